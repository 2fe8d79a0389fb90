//! Invented languages: pronounceable words in six scripts, with names and the marks that each script uses.
//!
//! Words are put together from syllables of our own choosing and mean nothing. Their frequencies follow
//! Zipf's law in Mandelbrot's form, weight `1 / (rank + 2.7)`, as those of natural languages do.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use std::collections::HashSet;

use super::random::{Purpose, Stream};
use crate::params::Seed;

/// Entries of the table that turns random bits into words by frequency: a power of two, in the cache as `u16`.
const DRAWS: usize = 1 << 15;

/// After so many words, words get a syllable more. With this, a word of the first language and the space behind it
/// take six to seven bytes on average, as in English.
const RANKS_PER_SYLLABLE: usize = 1500;

/// The seed of the words. The vocabulary is the same in every archive, as in archives of one language.
const WORDS_SEED: Seed = Seed(0x776f_7264);

/// How a script is put to paper.
pub(super) struct Style {
    /// Names the language in the vocabulary's random streams.
    number: u64,
    onsets: &'static [&'static str],
    nuclei: &'static [&'static str],
    codas: &'static [&'static str],
    /// The most frequent words, most frequent first.
    common: &'static [&'static str],
    /// How many words, how many syllables the longest have.
    words: usize,
    syllables: usize,
    /// Between two words.
    pub(super) space: &'static str,
    pub(super) comma: &'static str,
    pub(super) stop: &'static str,
    pub(super) open_quote: &'static str,
    pub(super) close_quote: &'static str,
    /// Between a quotation and its speaker, and between a speaker and the clause reported.
    pub(super) said: &'static str,
    pub(super) percent: &'static str,
    pub(super) date: DateStyle,
}

/// How a date is written.
#[derive(Clone, Copy)]
pub(super) enum DateStyle {
    /// 12 March 2024
    Words(&'static [&'static str; 12]),
    /// 12.3.2024
    Dotted,
    /// 2024年3月12日
    Ideographic,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The languages, in the order in which they are numbered. The first is plain ASCII.
pub(super) static STYLES: [Style; 6] = [
    Style {
        number: 0,
        onsets: &[
            "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl",
            "r", "s", "sh", "st", "t", "th", "tr", "v", "w",
        ],
        nuclei: &["a", "e", "i", "o", "u", "ai", "ea", "ou"],
        codas: &["", "", "", "n", "r", "l", "s", "m", "t", "nd", "ck", "st"],
        common: &[
            "the", "of", "and", "to", "in", "a", "that", "for", "was", "on", "with", "as", "by", "at",
            "from", "it", "had", "is", "were", "which", "an", "are", "his", "they", "not", "has", "but",
            "their", "after", "its", "who", "been", "over", "would", "this", "more", "when", "up", "about",
            "into",
        ],
        words: 6000,
        syllables: 4,
        space: " ",
        comma: ", ",
        stop: ".",
        open_quote: "\"",
        close_quote: ",\"",
        said: " said ",
        percent: " per cent",
        date: DateStyle::Words(&MONTHS),
    },
    Style {
        number: 1,
        onsets: &[
            "б", "в", "г", "д", "ж", "з", "к", "л", "м", "н", "п", "пр", "р", "с", "ст", "т", "х", "ч", "ш",
        ],
        nuclei: &["а", "е", "и", "о", "у", "ы", "я"],
        codas: &["", "", "н", "р", "л", "с", "т", "й", "в"],
        common: &["и", "в", "на", "не", "с", "по", "за", "из", "от", "для", "как", "что"],
        words: 3000,
        syllables: 4,
        space: " ",
        comma: ", ",
        stop: ".",
        open_quote: "«",
        close_quote: "»,",
        said: " — ",
        percent: " %",
        date: DateStyle::Dotted,
    },
    Style {
        number: 2,
        onsets: &["β", "γ", "δ", "θ", "κ", "λ", "μ", "ν", "π", "πρ", "ρ", "σ", "στ", "τ", "φ", "χ"],
        nuclei: &["α", "ε", "η", "ι", "ο", "ω", "ου", "ει"],
        codas: &["", "", "ν", "ρ", "λ", "μ"],
        common: &["και", "το", "η", "ο", "να", "με", "για", "από", "στο", "που"],
        words: 3000,
        syllables: 4,
        space: " ",
        comma: ", ",
        stop: ".",
        open_quote: "«",
        close_quote: "»,",
        said: " - ",
        percent: " %",
        date: DateStyle::Dotted,
    },
    Style {
        number: 3,
        onsets: &["ب", "ت", "ج", "ح", "د", "ر", "س", "ش", "ص", "ط", "ع", "ف", "ق", "ك", "ل", "م", "ن", "ه"],
        nuclei: &["ا", "و", "ي", "", ""],
        codas: &["", "", "ن", "ر", "ل", "م", "ة"],
        common: &["في", "من", "على", "إلى", "عن", "مع", "هذا", "التي", "أن", "كان"],
        words: 3000,
        syllables: 3,
        space: " ",
        comma: "، ",
        stop: ".",
        open_quote: "«",
        close_quote: "»،",
        said: " قال ",
        percent: "٪",
        date: DateStyle::Dotted,
    },
    Style {
        number: 4,
        onsets: &[
            "山", "川", "水", "火", "土", "木", "金", "石", "田", "日", "月", "星", "雨", "雪", "風", "花",
            "草", "海", "江", "湖", "城", "市", "村", "町", "路", "橋", "門", "家", "室", "台", "人", "民",
            "工", "農", "商", "学", "文", "字", "書", "音", "力", "心", "手", "目", "口", "足", "大", "小",
            "高", "長", "新", "古", "東", "西", "南", "北", "上", "下", "前", "後", "左", "右", "年", "春",
            "夏", "秋", "冬", "光",
        ],
        nuclei: &[
            "成", "定", "生", "出", "入", "立", "行", "開", "分", "合", "明", "安", "平", "和", "正", "言",
        ],
        codas: &["", "", "", "会", "力", "地", "所"],
        common: &["的", "了", "在", "是", "有", "不", "也", "就", "与", "被"],
        words: 3000,
        syllables: 1,
        space: "",
        comma: "，",
        stop: "。",
        open_quote: "「",
        close_quote: "」，",
        said: "说，",
        percent: "%",
        date: DateStyle::Ideographic,
    },
    Style {
        number: 5,
        onsets: &[
            "か", "き", "く", "け", "こ", "さ", "し", "す", "た", "ち", "な", "に", "は", "ひ", "ま", "み",
            "や", "り",
        ],
        nuclei: &[
            "る", "た", "ん", "い", "う", "え", "駅", "町", "船", "雲", "島", "声", "ロ", "ネ", "ム", "テ",
        ],
        codas: &["", "", "ル", "ト", "く", "つ"],
        common: &["の", "に", "は", "を", "が", "と", "で", "も", "から", "まで"],
        words: 3000,
        syllables: 2,
        space: "",
        comma: "、",
        stop: "。",
        open_quote: "「",
        close_quote: "」と",
        said: "述べた、",
        percent: "%",
        date: DateStyle::Ideographic,
    },
];

/// Words end to end in one string, in lower case and with a capital.
pub(super) struct WordList {
    lower: String,
    capitalised: String,
    bounds: Vec<(u32, u32)>,
}

impl WordList {
    /// `count` different words: first the common ones, then invented ones that grow longer with their rank.
    fn invent(style: &Style, list: u64, common: &[&str], count: usize) -> Self {
        let mut stream = Stream::new(WORDS_SEED, Purpose::Vocabulary, style.number * 16 + list);
        let mut words = Self { lower: String::new(), capitalised: String::new(), bounds: Vec::new() };
        let mut seen = HashSet::new();
        for word in common {
            words.push(word, &mut seen);
        }
        let mut word = String::new();
        while words.bounds.len() < count {
            word.clear();
            // Frequent words are short, as in natural languages.
            let rank = words.bounds.len();
            let grown = (rank / RANKS_PER_SYLLABLE).min(style.syllables - 1);
            for _ in 0..stream.between(1.max(grown), style.syllables.max(2).min(grown + 2)) {
                for part in [style.onsets, style.nuclei, style.codas] {
                    word.push_str(part[stream.below(part.len())]);
                }
            }
            words.push(&word, &mut seen);
        }
        words
    }

    fn push(&mut self, word: &str, seen: &mut HashSet<String>) {
        if !seen.insert(word.to_owned()) {
            return;
        }
        let start = self.lower.len();
        self.lower.push_str(word);
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        self.capitalised.extend(first.chain(letters));
        // Holds in all our scripts, and lets both spellings share their bounds.
        debug_assert_eq!(self.lower.len(), self.capitalised.len(), "{word}");
        self.bounds.push((start as u32, self.lower.len() as u32));
    }

    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    pub(super) fn word(&self, index: usize) -> &str {
        let (start, end) = self.bounds[index];
        &self.lower[start as usize..end as usize]
    }

    pub(super) fn capitalised(&self, index: usize) -> &str {
        let (start, end) = self.bounds[index];
        &self.capitalised[start as usize..end as usize]
    }
}

/// The words and names of one invented language.
pub(super) struct Language {
    pub(super) style: &'static Style,
    pub(super) words: WordList,
    pub(super) given_names: WordList,
    pub(super) family_names: WordList,
    pub(super) places: WordList,
    /// Word indexes, each as often as its frequency asks.
    draws: Vec<u16>,
}

impl Language {
    pub(super) fn new(style: &'static Style) -> Self {
        let words = WordList::invent(style, 0, style.common, style.words);
        let draws = draws(words.len());
        Self {
            style,
            words,
            given_names: WordList::invent(style, 1, &[], 400),
            family_names: WordList::invent(style, 2, &[], 2000),
            places: WordList::invent(style, 3, &[], 1000),
            draws,
        }
    }

    /// A word's index, by frequency, from the lowest bits given.
    #[inline]
    pub(super) fn frequent(&self, bits: u64) -> usize {
        usize::from(self.draws[bits as usize % DRAWS])
    }
}

/// Word `r` fills a share of the table in proportion to `1 / (r + 2.7)`.
fn draws(words: usize) -> Vec<u16> {
    let weight = |rank: usize| 1.0 / (rank as f64 + 2.7);
    let total: f64 = (0..words).map(weight).sum();
    let mut sum = 0.0;
    let mut table = Vec::with_capacity(DRAWS);
    for rank in 0..words {
        sum += weight(rank);
        let until = (sum / total * DRAWS as f64) as usize;
        table.resize(until.clamp(table.len(), DRAWS), rank as u16);
    }
    table.resize(DRAWS, 0);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_words_and_its_most_frequent_ones_first() {
        for style in &STYLES {
            let language = Language::new(style);
            assert_eq!(language.words.len(), style.words);
            assert_eq!(language.words.word(0), style.common[0]);
            let count = |rank: u16| language.draws.iter().filter(|&&word| word == rank).count();
            let (first, tenth) = (count(0), count(9));
            assert!((first as f64 / tenth as f64 - 11.7 / 2.7).abs() < 0.1, "{first} {tenth}");
            let lists = [&language.words, &language.given_names, &language.family_names, &language.places];
            for list in lists {
                assert_eq!(list.lower.len(), list.capitalised.len());
            }
        }
    }

    #[test]
    fn the_first_language_is_ascii() {
        let language = Language::new(&STYLES[0]);
        assert!(language.words.lower.is_ascii());
        assert_eq!(language.words.capitalised(0), "The");
        assert!(language.family_names.capitalised(7).starts_with(|c: char| c.is_ascii_uppercase()));
    }
}
