//! What each character is to the tokenizer, looked up in one step.
//!
//! The properties come from the Unicode crates, which search tables of their own for each. Here they are
//! combined into eight bytes a character, on pages of 256 characters that are filled when first met, so that
//! a run pays for the scripts it reads and not for all of Unicode. A page takes some twenty microseconds.
#![allow(clippy::cast_possible_truncation, reason = "places in a text of at most 4 GiB")]

use std::iter;
use std::sync::OnceLock;

use unicase::UniCase;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use crate::params::{DiacriticFolding, DigitFolding};

const PAGE_CHARACTERS: usize = 256;
const PAGES: usize = (char::MAX as usize + 1) / PAGE_CHARACTERS;

/// The part a character of normalised text plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharacterKind {
    /// Ends a token.
    Separator,
    /// A letter, digit or mark that makes one token with its neighbours.
    Word,
    /// A letter, digit or mark of a script written without spaces: a token of its own.
    Alone,
    /// As if it were not there.
    Dropped,
}

impl CharacterKind {
    /// The kind of a character of normalised text.
    pub(super) fn of(c: char) -> Self {
        match (c.general_category(), c.general_category_group()) {
            (GeneralCategory::Format, _) => Self::Dropped,
            (_, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number | GeneralCategoryGroup::Mark) => {
                if is_written_without_spaces(c) {
                    Self::Alone
                } else {
                    Self::Word
                }
            }
            _ => Self::Separator,
        }
    }
}

const WITHOUT_SPACES: [Script; 8] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
    Script::Tibetan,
];

/// Whether a letter, digit or mark belongs to a script that does not part its words.
///
/// A character that several scripts share, such as the prolonged sound mark of Hiragana and Katakana, counts
/// if all of them are such scripts; a tilde, which Thai shares with Latin, does not.
fn is_written_without_spaces(c: char) -> bool {
    match c.script() {
        Script::Common | Script::Inherited => {
            let scripts = c.script_extension();
            !scripts.is_common()
                && !scripts.is_inherited()
                && scripts.iter().all(|script| WITHOUT_SPACES.contains(&script))
        }
        script => WITHOUT_SPACES.contains(&script),
    }
}

/// How a character of the original text is treated. Aligned, so that it is loaded in one go.
#[derive(Clone, Copy, Debug)]
#[repr(align(8))]
pub(super) struct Character {
    /// What it becomes, in UTF-8, zero-padded. Valid for [`CharacterKind::Word`] and [`CharacterKind::Alone`].
    pub(super) utf8: [u8; 4],
    /// Bytes of `utf8` in use.
    pub(super) length: u8,
    /// What it is once normalised, or `None` if that must be left to the normaliser.
    pub(super) kind: Option<CharacterKind>,
    /// Canonical combining class.
    pub(super) combining_class: u8,
    flags: u8,
}

const STARTS_CLUSTER: u8 = 1;
const FOLDS_CASE: u8 = 2;
const IS_FORMAT: u8 = 4;
const IS_WORD: u8 = 8;
const IS_ALONE: u8 = 16;

impl Character {
    /// Whether normalising can be started afresh before it, since it never joins what stands before.
    #[inline]
    pub(super) fn starts_cluster(self) -> bool {
        self.flags & STARTS_CLUSTER != 0
    }

    /// Whether case folding changes it.
    pub(super) fn folds_case(self) -> bool {
        self.flags & FOLDS_CASE != 0
    }

    /// What it is as it stands, where it is part of normalised text.
    pub(super) fn own_kind(self) -> CharacterKind {
        match self.flags & (IS_FORMAT | IS_WORD | IS_ALONE) {
            IS_FORMAT => CharacterKind::Dropped,
            IS_WORD => CharacterKind::Word,
            IS_ALONE => CharacterKind::Alone,
            _ => CharacterKind::Separator,
        }
    }
}

impl Character {
    fn become_text(&mut self, kind: CharacterKind, text: &str) {
        self.kind = Some(kind);
        self.utf8[..text.len()].copy_from_slice(text.as_bytes());
        self.length = text.len() as u8;
    }
}

/// The treatment of every character under one choice of options.
pub(super) struct Characters {
    digits: DigitFolding,
    diacritics: DiacriticFolding,
    pages: Box<[OnceLock<Box<[Character; PAGE_CHARACTERS]>>]>,
}

impl Characters {
    pub(super) fn new(digits: DigitFolding, diacritics: DiacriticFolding) -> Self {
        Self { digits, diacritics, pages: iter::repeat_with(OnceLock::new).take(PAGES).collect() }
    }

    /// How to treat `c`.
    #[inline]
    pub(super) fn get(&self, c: char) -> Character {
        let code = c as usize;
        let page = &self.pages[code / PAGE_CHARACTERS];
        let page = match page.get() {
            Some(page) => page,
            None => self.fill(page, code / PAGE_CHARACTERS),
        };
        page[code % PAGE_CHARACTERS]
    }

    #[cold]
    #[inline(never)]
    fn fill<'a>(
        &self,
        page: &'a OnceLock<Box<[Character; PAGE_CHARACTERS]>>,
        index: usize,
    ) -> &'a [Character; PAGE_CHARACTERS] {
        page.get_or_init(|| {
            Box::new(std::array::from_fn(|offset| {
                // The surrogates are no characters and are never looked up.
                let code = (index * PAGE_CHARACTERS + offset) as u32;
                self.describe(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }))
        })
    }

    fn describe(&self, c: char) -> Character {
        let kind = CharacterKind::of(c);
        let own_kind = match kind {
            CharacterKind::Dropped => IS_FORMAT,
            CharacterKind::Word => IS_WORD,
            CharacterKind::Alone => IS_ALONE,
            CharacterKind::Separator => 0,
        };
        let starts = if self.starts_cluster(c) { STARTS_CLUSTER } else { 0 };
        let mut character = Character {
            utf8: [0; 4],
            length: 0,
            kind: None,
            combining_class: canonical_combining_class(c),
            flags: own_kind | starts,
        };
        if kind == CharacterKind::Dropped {
            character.kind = Some(kind);
            return character;
        }
        // Most characters by far: letters without case, such as Han and Hangul.
        let plain = c.general_category() == GeneralCategory::OtherLetter && is_stable_starter(c);
        if plain && self.diacritics == DiacriticFolding::Keep {
            character.become_text(kind, c.encode_utf8(&mut [0; 4]));
            return character;
        }
        let mut buffer = [0; 4];
        let own: &str = c.encode_utf8(&mut buffer);
        if fold_case(own) != own {
            character.flags |= FOLDS_CASE;
        }
        if let Some(text) = self.context_free(c, character.combining_class) {
            let mut kinds = text.chars().map(CharacterKind::of);
            let kind = kinds.next().unwrap_or(CharacterKind::Dropped);
            let fits = match kind {
                CharacterKind::Separator | CharacterKind::Dropped => true,
                CharacterKind::Word => text.len() <= character.utf8.len(),
                CharacterKind::Alone => text.chars().count() == 1,
            };
            if fits && kinds.all(|other| other == kind) {
                character.become_text(kind, if kind == CharacterKind::Separator { "" } else { &text });
            }
        }
        character
    }

    /// What `c` becomes wherever it stands, or `None` if that depends on its neighbours.
    ///
    /// It depends on them unless every step gives characters that are starters and never the second of a
    /// composition: then normalised pieces laid side by side are normalised. A nonstarter that nothing changes
    /// qualifies too; whether it stands in canonical order is for the caller to see.
    fn context_free(&self, c: char, combining_class: u8) -> Option<String> {
        let composed: String = iter::once(c).nfkc().collect();
        let folded = fold_case(&composed);
        let again: String = folded.nfkc().collect();
        if combining_class != 0 {
            let unchanged =
                again.chars().eq(iter::once(c)) && is_nfkc_quick(iter::once(c)) == IsNormalized::Yes;
            return match (unchanged, self.diacritics) {
                (true, DiacriticFolding::Keep) => Some(again),
                (true, DiacriticFolding::Fold) if is_diacritic(c) => Some(String::new()),
                _ => None,
            };
        }
        if !composed.chars().chain(folded.chars()).chain(again.chars()).all(is_stable_starter) {
            return None;
        }
        let mut text = again;
        if self.diacritics == DiacriticFolding::Fold {
            text = text.nfd().filter(|&c| !is_diacritic(c)).nfc().collect();
            if !text.chars().all(is_stable_starter) {
                return None;
            }
        }
        Some(text.chars().map(|c| self.fold_digit(c)).collect())
    }

    fn starts_cluster(&self, c: char) -> bool {
        if c.is_ascii() {
            return true;
        }
        let mut first = None;
        decompose_compatible(c, |d| {
            first.get_or_insert(d);
        });
        let droppable = match self.diacritics {
            DiacriticFolding::Keep => c.general_category() == GeneralCategory::Format,
            // Where marks go, what stands behind them may join what stands before.
            DiacriticFolding::Fold => {
                c.general_category() == GeneralCategory::Format || first.is_some_and(is_diacritic)
            }
        };
        !droppable && first.is_some_and(is_stable_starter)
    }

    /// `c`, or `0` for a decimal digit if digits are folded.
    pub(super) fn fold_digit(&self, c: char) -> char {
        let folds =
            self.digits == DigitFolding::Fold && c.general_category() == GeneralCategory::DecimalNumber;
        if folds { '0' } else { c }
    }

    /// Whether diacritics are dropped.
    pub(super) fn drops_diacritics(&self) -> bool {
        self.diacritics == DiacriticFolding::Fold
    }
}

/// Whether `c` is what diacritic folding drops.
pub(super) fn is_diacritic(c: char) -> bool {
    c.general_category() == GeneralCategory::NonspacingMark
}

/// Whether `c` is a starter that normalising neither changes nor joins to what stands before.
fn is_stable_starter(c: char) -> bool {
    canonical_combining_class(c) == 0 && is_nfkc_quick(iter::once(c)) == IsNormalized::Yes
}

/// Full case folding.
pub(super) fn fold_case(text: &str) -> String {
    UniCase::unicode(text).to_folded_case()
}
