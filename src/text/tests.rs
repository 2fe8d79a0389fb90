//! The production path against a slow one that does to the whole text what the module documentation says.

use proptest::prelude::*;
use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::boundaries::Kernel;
use super::characters::CharacterKind;
use super::unicode::NormalizerScratch;
use super::*;
use crate::hash;
use crate::params::{DiacriticFolding, DigitFolding, Seed, TextParams};

const OPTIONS: [(DigitFolding, DiacriticFolding); 4] = [
    (DigitFolding::Keep, DiacriticFolding::Keep),
    (DigitFolding::Keep, DiacriticFolding::Fold),
    (DigitFolding::Fold, DiacriticFolding::Keep),
    (DigitFolding::Fold, DiacriticFolding::Fold),
];

/// Normalised forms of the tokens, the slow way.
fn obvious(text: &str, (digits, diacritics): (DigitFolding, DiacriticFolding)) -> Vec<String> {
    let visible = text.chars().filter(|c| c.general_category() != GeneralCategory::Format);
    let composed: String = visible.nfkc().collect();
    let mut normal: String = UniCase::unicode(composed).to_folded_case().nfkc().collect();
    if diacritics == DiacriticFolding::Fold {
        let bare = normal.nfd().filter(|c| c.general_category() != GeneralCategory::NonspacingMark);
        normal = bare.nfc().collect();
    }
    let mut tokens = Vec::new();
    let mut word = String::new();
    for c in normal.chars() {
        let decimal = c.general_category() == GeneralCategory::DecimalNumber;
        let c = if decimal && digits == DigitFolding::Fold { '0' } else { c };
        match CharacterKind::of(c) {
            CharacterKind::Word => word.push(c),
            CharacterKind::Alone => {
                tokens.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                tokens.push(c.to_string());
            }
            CharacterKind::Separator => tokens.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            CharacterKind::Dropped => {}
        }
    }
    tokens.extend((!word.is_empty()).then_some(word));
    tokens
}

#[derive(Default)]
struct TokenForms(Vec<(String, u64, usize, usize)>);

impl TokenSink for TokenForms {
    fn token(&mut self, normalised: &[u8], hash: u64, start: usize, end: usize) {
        self.0.push((String::from_utf8(normalised.to_vec()).unwrap(), hash, start, end));
    }
}

fn tokenizer((digits, diacritics): (DigitFolding, DiacriticFolding)) -> Tokenizer {
    Tokenizer::new(&TextParams { digits, diacritics, ..TextParams::default() })
}

fn run(tokenizer: &Tokenizer, text: &str) -> Vec<(String, u64, usize, usize)> {
    let mut forms = TokenForms::default();
    tokenizer.tokenize(text, &mut TokenScratch::default(), &mut forms);
    forms.0
}

fn words(text: &str) -> Vec<String> {
    run(&tokenizer(OPTIONS[0]), text).into_iter().map(|token| token.0).collect()
}

/// Compares with the slow way, and checks hashes and ranges.
fn check(tokenizer: &Tokenizer, options: (DigitFolding, DiacriticFolding), text: &str) {
    let tokens = run(tokenizer, text);
    let forms: Vec<&str> = tokens.iter().map(|token| token.0.as_str()).collect();
    assert_eq!(forms, obvious(text, options), "{text:?} {options:?}");
    for (form, hash, start, end) in &tokens {
        assert_eq!(*hash, hash::token(form.as_bytes(), Seed::default()), "{text:?}");
        assert!(start < end && text.get(*start..*end).is_some(), "{text:?}: {form:?} at {start}..{end}");
    }
    for pair in tokens.windows(2) {
        assert!(pair[0].2 <= pair[1].2 && pair[0].3 <= pair[1].3, "{text:?}: {pair:?}");
    }
}

/// Characters that join, move, split or vanish, and some that do not.
const TRICKY: &str = concat!(
    "  aeZ7=<\n\u{a8}\u{ad}\u{bd}…éÉßẞİıŉǰΐΣςᾳᾼﬃﬀＡ７㈱㍍ª\u{300}\u{301}\u{307}\u{308}\u{323}\u{327}",
    "\u{338}\u{345}\u{34f}\u{321}\u{316}\u{1100}\u{1161}\u{11a8}가각漢字かが\u{3099}カｶﾞー々กำ\u{e34}\u{e38}",
    "\u{e48}๑ກຳ\u{f71}\u{f73}\u{f72}ཀ\u{1039}က၁ក\u{17d2}كم\u{64e}\u{651}آ\u{653}ا٣\u{6dd}ש\u{5c1}",
    "\u{5bc}क\u{93c}\u{94d}\u{941}\u{9c7}\u{9be}\u{9c1}\u{200d}\u{200b}\u{202e}\u{feff}\u{fe0f}❤",
    "\u{20e3}１Дйи\u{306}\u{1d15e}\u{1d165}𝐀\u{302e}\u{302a}\u{fdfa}\u{ddd}\u{dca}\u{dcf}\u{dd9}\u{0}",
);

fn tricky_character() -> impl Strategy<Value = char> {
    proptest::sample::select(TRICKY.chars().collect::<Vec<_>>())
}

#[test]
fn every_character_alone_and_between_others_is_treated_as_the_slow_way_treats_it() {
    for options in [OPTIONS[0], OPTIONS[3]] {
        let tokenizer = tokenizer(options);
        let mut text = String::new();
        for c in '\0'..=char::MAX {
            // Those of which there are very many alike: unassigned and private ones, and all but a sample of the
            // Han and Hangul characters that stand for themselves.
            let is_one_of_many = match c.general_category() {
                GeneralCategory::Unassigned | GeneralCategory::PrivateUse => true,
                GeneralCategory::OtherLetter => {
                    c >= '\u{3400}' && c.nfkd().eq([c]) && !(c as u32).is_multiple_of(31)
                }
                _ => false,
            };
            if is_one_of_many {
                continue;
            }
            text.clear();
            text.extend([
                c, ' ', 'e', c, '\u{301}', '字', c, c, '\u{323}', ' ', '=', c, '\u{338}', 'x', '\u{316}', c,
                'y',
            ]);
            check(&tokenizer, options, &text);
        }
    }
}

#[test]
fn a_composition_starts_a_cluster_wherever_its_first_character_does() {
    // What `starts_cluster` relies on: folding what a first character composed to gives a first character.
    for options in OPTIONS {
        let tokenizer = tokenizer(options);
        for c in '\0'..=char::MAX {
            let mut decomposed = c.nfd();
            if let (Some(first), Some(_)) = (decomposed.next(), decomposed.next()) {
                let text: String =
                    ['a', '\u{1100}', '\u{9c7}', first].into_iter().chain(c.nfd().skip(1)).collect();
                check(&tokenizer, options, &text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn tricky_text_gives_the_tokens_of_the_slow_way(
        text in proptest::collection::vec(tricky_character(), 0..24), options in 0usize..4,
    ) {
        let text: String = text.into_iter().collect();
        check(&tokenizer(OPTIONS[options]), OPTIONS[options], &text);
    }

    #[test]
    fn any_text_gives_the_tokens_of_the_slow_way(text in any::<String>(), options in 0usize..4) {
        check(&tokenizer(OPTIONS[options]), OPTIONS[options], &text);
    }

    #[test]
    fn ascii_gives_the_same_tokens_by_either_path(text in "[ -~\n]{0,200}") {
        let tokenizer = tokenizer(OPTIONS[0]);
        let mut slow = TokenForms::default();
        let scratch = &mut NormalizerScratch::default();
        tokenizer.normalizer.tokenize_region(&text, 0, text.len(), tokenizer.seed, scratch, &mut slow);
        prop_assert_eq!(run(&tokenizer, &text), slow.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn neither_segments_nor_kernels_change_the_tokens(
        text in proptest::collection::vec(tricky_character(), 1..200),
        letters in 1usize..200, repeats in 1usize..400,
    ) {
        let piece: String = text.into_iter().collect::<String>() + &"word".repeat(letters);
        let text = piece.repeat(repeats);
        let expected = obvious(&text, OPTIONS[0]);
        for kernel in Kernel::available() {
            let tokens = run(&Tokenizer::with_kernel(&TextParams::default(), kernel), &text);
            prop_assert!(tokens.iter().map(|token| &token.0).eq(&expected), "{:?}", kernel);
        }
    }
}

#[test]
fn ranges_are_tight() {
    let places = |text| -> Vec<(String, std::ops::Range<usize>)> {
        run(&tokenizer(OPTIONS[0]), text)
            .into_iter()
            .map(|(form, _, start, end)| (form, start..end))
            .collect()
    };
    assert_eq!(
        places("«Été», 漢字x"),
        [("été".into(), 2..7), ("漢".into(), 11..14), ("字".into(), 14..17), ("x".into(), 17..18),]
    );
    // Several tokens of one character share its range; dropped characters at either end are left out.
    assert_eq!(places("½\u{ad}\u{2060}"), [("1".into(), 0..2), ("2".into(), 0..2)]);
    assert_eq!(places("\u{200f}a\u{ad}b\u{ad} c"), [("ab".into(), 3..7), ("c".into(), 10..11)]);
    assert_eq!(places("x=\u{338}e\u{301}"), [("x".into(), 0..1), ("é".into(), 4..7)]);
}

#[test]
fn equal_text_in_other_clothes_gives_equal_tokens() {
    for (left, right) in [
        ("Ｔｏｋｙｏ", "tokyo"),
        ("ﬁle", "FILE"),
        ("Straße", "STRASSE"),
        ("e\u{301}te\u{301}", "Été"),
        ("co\u{ad}operate", "cooperate"),
        ("ｶﾞｽ", "ガス"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("ταΐζω", "ΤΑΪ\u{301}ΖΩ"),
        ("2²", "22"),
    ] {
        assert_eq!(words(left), words(right), "{left} {right}");
    }
}

#[test]
fn scripts_without_spaces_give_a_token_a_character() {
    assert_eq!(words("報告書2024年"), ["報", "告", "書", "2024", "年"]);
    assert_eq!(words("スーパー"), ["ス", "ー", "パ", "ー"]);
    assert_eq!(words("ที่นี่"), ["ท", "\u{e35}", "\u{e48}", "น", "\u{e35}", "\u{e48}"]);
    assert_eq!(words("한국 말"), ["한국", "말"]);
}

#[test]
fn options_fold_digits_of_any_script_and_diacritics() {
    let fold = |text| {
        let tokens = run(&tokenizer((DigitFolding::Fold, DiacriticFolding::Fold)), text);
        tokens.into_iter().map(|token| token.0).collect::<Vec<_>>()
    };
    assert_eq!(fold("1987 ٣٤ १२ 4th"), ["0000", "00", "00", "0th"]);
    assert_eq!(fold("Café résumé Ångström"), ["cafe", "resume", "angstrom"]);
    assert_eq!(fold("cafe\u{301} مُحَمَّد"), ["cafe", "محمد"]);
}
