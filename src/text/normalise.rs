//! NFKC and case folding of a few characters that depend on each other, keeping track of where each came from.
//!
//! Source: Unicode Standard Annex 15, "Unicode Normalization Forms", and section 3.11 of the standard.

use unicode_normalization::char::{
    canonical_combining_class, compose, decompose_canonical, decompose_compatible,
};

use super::characters::{CharacterKind, Characters, fold_case, is_diacritic};

/// A character and the bytes of the original text that it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedCharacter {
    pub(super) character: char,
    pub(super) start: usize,
    pub(super) end: usize,
    combining_class: u8,
}

/// Normalises one cluster at a time, in memory that is kept.
#[derive(Default)]
pub(super) struct ClusterNormaliser {
    pieces: Vec<PlacedCharacter>,
    spare: Vec<PlacedCharacter>,
}

impl ClusterNormaliser {
    /// The normalised form of `text[start..end]`, which must begin and end where normalising can be started
    /// afresh. The ranges ascend: where characters changed places, they share the range of all of them.
    pub(super) fn normalise(
        &mut self,
        characters: &Characters,
        text: &str,
        start: usize,
        end: usize,
    ) -> &[PlacedCharacter] {
        self.pieces.clear();
        for (offset, c) in text[start..end].char_indices() {
            if characters.get(c).own_kind() == CharacterKind::Dropped {
                continue;
            }
            let from = start + offset;
            let to = from + c.len_utf8();
            decompose_compatible(c, |d| self.pieces.push(PlacedCharacter::new(d, from, to)));
        }
        self.recompose();
        self.rewrite(|piece, out| {
            let mut push = |folded| {
                decompose_compatible(folded, |d| out.push(PlacedCharacter::new(d, piece.start, piece.end)));
            };
            if piece.character.is_ascii() {
                push(piece.character.to_ascii_lowercase());
            } else if !characters.get(piece.character).folds_case() {
                push(piece.character);
            } else {
                let mut buffer = [0; 4];
                fold_case(piece.character.encode_utf8(&mut buffer)).chars().for_each(push);
            }
        });
        self.recompose();
        if characters.drops_diacritics() {
            self.rewrite(|piece, out| {
                decompose_canonical(piece.character, |d| {
                    if !is_diacritic(d) {
                        out.push(PlacedCharacter::new(d, piece.start, piece.end));
                    }
                });
            });
            self.recompose();
        }
        for piece in &mut self.pieces {
            piece.character = characters.fold_digit(piece.character);
        }
        self.make_ranges_ascend();
        &self.pieces
    }

    fn rewrite(&mut self, replace: impl Fn(PlacedCharacter, &mut Vec<PlacedCharacter>)) {
        self.spare.clear();
        for &piece in &self.pieces {
            replace(piece, &mut self.spare);
        }
        std::mem::swap(&mut self.pieces, &mut self.spare);
    }

    /// Canonical ordering and canonical composition of decomposed pieces.
    fn recompose(&mut self) {
        let pieces = &mut self.pieces;
        for run in pieces.chunk_by_mut(|a, b| a.combining_class != 0 && b.combining_class != 0) {
            if run.len() > 1 {
                run.sort_by_key(|piece| piece.combining_class);
            }
        }
        let mut kept = 0;
        let mut starter: Option<usize> = None;
        for index in 0..pieces.len() {
            let piece = pieces[index];
            if let Some(starter) = starter {
                // What stands between blocks the way, unless its class is lower.
                let reaches = kept == starter + 1 || pieces[kept - 1].combining_class < piece.combining_class;
                if reaches && let Some(composed) = compose(pieces[starter].character, piece.character) {
                    let joined = &mut pieces[starter];
                    joined.character = composed;
                    joined.start = joined.start.min(piece.start);
                    joined.end = joined.end.max(piece.end);
                    continue;
                }
            }
            if piece.combining_class == 0 {
                starter = Some(kept);
            }
            pieces[kept] = piece;
            kept += 1;
        }
        pieces.truncate(kept);
    }

    fn make_ranges_ascend(&mut self) {
        let mut end = 0;
        for piece in &mut self.pieces {
            end = end.max(piece.end);
            piece.end = end;
        }
        let mut start = usize::MAX;
        for piece in self.pieces.iter_mut().rev() {
            start = start.min(piece.start);
            piece.start = start;
        }
    }
}

impl PlacedCharacter {
    fn new(character: char, start: usize, end: usize) -> Self {
        Self { character, start, end, combining_class: canonical_combining_class(character) }
    }
}
