//! Micro-benchmarks of the stages from text to signature, one thread each.
//!
//! The texts are made here, from a fixed seed: words drawn from short lists, so that no file is needed. Run
//! with `cargo bench --bench stages`; a name as argument selects benchmarks, such as `signature`.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use twicetold::shingle::{ShingleScratch, Shingler};
use twicetold::sketch::{SketchScratch, Sketcher};
use twicetold::text::{TokenScratch, Tokenizer};
use twicetold::{Slots, TextParams};

fn main() {
    divan::main();
}

/// What the texts are made of.
#[derive(Clone, Copy, Debug)]
enum Script {
    Ascii,
    AccentedLatin,
    Cyrillic,
    Arabic,
    Chinese,
    Japanese,
    Thai,
    Decomposed,
    Mixed,
}

const SCRIPTS: [Script; 9] = [
    Script::Ascii,
    Script::AccentedLatin,
    Script::Cyrillic,
    Script::Arabic,
    Script::Chinese,
    Script::Japanese,
    Script::Thai,
    Script::Decomposed,
    Script::Mixed,
];

const ASCII: &str = "the of and to in a that harbour was Council said on for it with ferry by as at had from bridge \
    his which be this were storm not would Tuesday new report have their an morning river been more after million \
    committee, railway. 1897 two because Northern station, residents. government they last week through";
const ACCENTED: &str = "la été déjà façon où l'hôtel même après forêt Île être élève naïve garçon größer Mädchen \
    schön über Straße für können zählen señor niño mañana corazón camión ação coração não três é à maître, reçu.";
const CYRILLIC: &str = "город река Мост утром сообщил что поезд после совета новый которые было вчера ночью \
    жители, станция. первый они под снегом Северный порт ещё объявил";
const ARABIC: &str = "المدينة النهر الجسر صباح قال أن القطار بعد المجلس جديد التي كان أمس ليلا السكان، محطة. \
    الأول تحت الثلج الشمالي ميناء أيضا أعلن مُحَمَّد في من إلى";
const CHINESE: &str = "市政府昨天宣布 新的桥梁将于明年 春季开放， 居民们表示欢迎。 暴风雨过后 渡轮服务已经恢复， \
    铁路公司 没有回应。 委员会 三百二十万元 报告说";
const JAPANESE: &str = "市は昨日、 新しい橋が来年の春に 開通すると発表した。 住民は歓迎している。 フェリーの サービスは 嵐のあと \
    再開した。 鉄道会社は ガソリン 報告書によると";
const THAI: &str =
    "เทศบาลประกาศเมื่อวานนี้ว่า สะพานใหม่จะเปิด ในฤดูใบไม้ผลิปีหน้า ชาวบ้านยินดีต้อนรับ เรือข้ามฟาก กลับมาให้บริการแล้ว";
const DECOMPOSED: &str = "e\u{301}te\u{301} de\u{301}ja\u{300} fac\u{327}on ou\u{300} ho\u{302}tel me\u{302}me \
    apre\u{300}s fore\u{302}t e\u{302}tre nai\u{308}ve gro\u{308}sser Ma\u{308}dchen u\u{308}ber sen\u{303}or la un";

impl Script {
    fn words(self) -> Vec<&'static str> {
        let lists: &[&str] = match self {
            Self::Ascii => &[ASCII],
            Self::AccentedLatin => &[ACCENTED, ASCII],
            Self::Cyrillic => &[CYRILLIC],
            Self::Arabic => &[ARABIC],
            Self::Chinese => &[CHINESE],
            Self::Japanese => &[JAPANESE],
            Self::Thai => &[THAI],
            Self::Decomposed => &[DECOMPOSED],
            Self::Mixed => &[ACCENTED, CYRILLIC, ARABIC, CHINESE, JAPANESE],
        };
        lists.iter().flat_map(|list| list.split_whitespace()).collect()
    }
}

/// Texts of `words` words each, `bytes` bytes together.
fn texts(script: Script, words: usize, bytes: usize) -> Vec<String> {
    let list = script.words();
    let mut state = 1u64;
    let mut total = 0;
    let mut texts = Vec::new();
    while total < bytes {
        let mut text = String::new();
        for index in 0..words {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if index > 0 {
                text.push(' ');
            }
            text.push_str(list[(state >> 33) as usize % list.len()]);
        }
        total += text.len();
        texts.push(text);
    }
    texts
}

const ARTICLE_WORDS: usize = 420;
const TOTAL_BYTES: usize = 1 << 20;

fn bytes_of(texts: &[String]) -> BytesCount {
    BytesCount::new(texts.iter().map(String::len).sum::<usize>())
}

#[divan::bench(args = SCRIPTS)]
fn tokenize(bencher: Bencher, script: Script) {
    let texts = texts(script, ARTICLE_WORDS, TOTAL_BYTES);
    let tokenizer = Tokenizer::new(&TextParams::default());
    let (mut scratch, mut hashes) = (TokenScratch::default(), Vec::<u64>::new());
    bencher.counter(bytes_of(&texts)).bench_local(|| {
        for text in &texts {
            hashes.clear();
            tokenizer.tokenize(text, &mut scratch, &mut hashes);
            divan::black_box(&hashes);
        }
    });
}

#[divan::bench(args = SCRIPTS)]
fn shingle(bencher: Bencher, script: Script) {
    let texts = texts(script, ARTICLE_WORDS, TOTAL_BYTES);
    let shingler = Shingler::new(&TextParams::default());
    let mut scratch = ShingleScratch::default();
    bencher.counter(bytes_of(&texts)).bench_local(|| {
        for text in &texts {
            divan::black_box(shingler.shingles(text, &mut scratch));
        }
    });
}

#[divan::bench(args = SCRIPTS)]
fn signature(bencher: Bencher, script: Script) {
    let texts = texts(script, ARTICLE_WORDS, TOTAL_BYTES);
    let bytes = bytes_of(&texts);
    signatures(bencher.counter(bytes), &texts, 128);
}

/// Documents of five words: one shingle, all slots.
#[divan::bench(args = [32, 128])]
fn signature_of_five_words(bencher: Bencher, slots: u16) {
    let texts = texts(Script::Ascii, 5, TOTAL_BYTES / 8);
    let count = texts.len();
    signatures(bencher.counter(ItemsCount::new(count)), &texts, slots);
}

/// Paragraphs, whose number of words is the first argument and number of slots the second.
#[divan::bench(args = [(24, 32), (54, 32), (104, 32), (54, 128)])]
fn signature_of_paragraphs(bencher: Bencher, (words, slots): (usize, u16)) {
    let texts = texts(Script::Ascii, words, TOTAL_BYTES / 2);
    let count = texts.len();
    signatures(bencher.counter(ItemsCount::new(count)), &texts, slots);
}

fn signatures(bencher: Bencher, texts: &[String], slots: u16) {
    let slots = Slots::new(slots).expect("within the range");
    let shingler = Shingler::new(&TextParams::default());
    let sketcher = Sketcher::new(slots);
    let (mut shingling, mut sketching) = (ShingleScratch::default(), SketchScratch::default());
    let mut signature = vec![0; slots.get()];
    bencher.bench_local(|| {
        for text in texts {
            let shingles = shingler.shingles(text, &mut shingling);
            sketcher.sketch(shingles.hashes, &mut sketching, &mut signature);
            divan::black_box(&signature);
        }
    });
}

/// The sketch alone, of sets of so many fresh hashes.
#[divan::bench(args = [1, 5, 20, 50, 100, 1_000, 10_000])]
fn sketch(bencher: Bencher, count: usize) {
    // Many sets, so that no branch can be learnt. Any sequence of distinct, well spread hashes will do.
    let sets = (20_000 / count).max(2);
    let hashes: Vec<u64> = (1..=(sets * count) as u64)
        .map(|n| {
            let x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
        })
        .collect();
    let slots = Slots::default();
    let sketcher = Sketcher::new(slots);
    let mut scratch = SketchScratch::default();
    let mut signature = vec![0; slots.get()];
    bencher.counter(ItemsCount::new(sets)).bench_local(|| {
        for set in divan::black_box(&hashes).chunks(count) {
            sketcher.sketch(set, &mut scratch, &mut signature);
            divan::black_box(&signature);
        }
    });
}
