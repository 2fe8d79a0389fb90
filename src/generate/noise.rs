//! Errors such as character recognition makes on old newsprint.
#![allow(
    clippy::cast_precision_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use super::random::Stream;

/// What is read for what. Every pair of letters or letter may be read as one of those that follow it.
const CONFUSIONS: &[(&str, &[&str])] = &[
    ("rn", &["m"]),
    ("cl", &["d"]),
    ("li", &["h"]),
    ("a", &["o", "n"]),
    ("b", &["h", "6"]),
    ("c", &["e", "o"]),
    ("d", &["cl", "a"]),
    ("e", &["c", "o"]),
    ("f", &["t", "l"]),
    ("g", &["q", "9"]),
    ("h", &["b", "li"]),
    ("i", &["l", "1", "j"]),
    ("l", &["i", "1", "I"]),
    ("m", &["rn", "in"]),
    ("n", &["u", "ri"]),
    ("o", &["0", "c"]),
    ("r", &["t", "n"]),
    ("s", &["5", "z"]),
    ("t", &["f", "l"]),
    ("u", &["n", "ii"]),
    ("v", &["y", "r"]),
    ("w", &["vv", "iv"]),
    ("y", &["v"]),
    ("S", &["5", "8"]),
    ("O", &["0", "Q"]),
    ("B", &["8", "R"]),
    ("I", &["l", "1"]),
    ("0", &["O", "o"]),
    ("1", &["l", "I"]),
    ("5", &["S", "s"]),
    ("8", &["B", "3"]),
    (".", &[",", ""]),
    (",", &[".", ""]),
    (" ", &["", "  "]),
];

/// Appends `text` with each character misread with the given probability. Line ends stay.
pub(super) fn misread(text: &str, rate: f64, stream: &mut Stream, out: &mut String) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let (whole, tail) = rest.split_at(letter.len_utf8());
        if letter == '\n' || !stream.chance(rate) {
            out.push_str(whole);
            rest = tail;
            continue;
        }
        match stream.below(10) {
            0 => rest = tail,
            1 => {
                out.push_str(whole);
                out.push_str(whole);
                rest = tail;
            }
            2 => {
                out.push_str(whole);
                out.push(' ');
                rest = tail;
            }
            _ => {
                let confusion = CONFUSIONS.iter().find(|(read, _)| rest.starts_with(read));
                // A letter of no known likeness, as in other scripts, becomes a blot.
                let (read, instead) = confusion.map_or((whole, "*"), |&(read, likenesses)| {
                    (read, likenesses[stream.below(likenesses.len())])
                });
                out.push_str(instead);
                rest = &rest[read.len()..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::random::Purpose;
    use crate::params::Seed;

    fn noisy(text: &str, rate: f64) -> String {
        let mut out = String::new();
        misread(text, rate, &mut Stream::new(Seed(1), Purpose::Edit, 0), &mut out);
        out
    }

    #[test]
    fn the_rate_is_the_share_of_characters_that_change() {
        let text = "xxxx".repeat(5000);
        assert_eq!(noisy(&text, 0.0), text);
        let changed = noisy(&text, 0.05).matches('*').count() as f64 / 20_000.0;
        assert!((changed - 0.05 * 0.7).abs() < 0.005, "{changed}");
    }

    #[test]
    fn any_script_is_misread_and_line_ends_stay() {
        let text = "山川 ab\nبحر";
        let read = noisy(text, 1.0);
        assert_ne!(read, text);
        assert_eq!(read.matches('\n').count(), 1);
    }
}
