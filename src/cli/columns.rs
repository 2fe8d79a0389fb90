//! Two texts side by side on a terminal, wrapped by the width of what is displayed.

use clap::builder::styling::{AnsiColor, Style};
use twicetold::engine::{Block, Mark, Span};
use unicode_width::UnicodeWidthChar;

use super::harmless::harmless_character;

/// How texts are shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Marks in colour, else by brackets.
    pub colours: bool,
}

/// What stands between the columns.
const GUTTER: usize = 3;

/// A column is at least this wide, whatever the terminal.
const LEAST_WIDTH: usize = 12;

/// Keeps text of the other direction within its column, where a terminal orders text by direction.
const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

impl Look {
    fn column(self) -> usize {
        (self.width.saturating_sub(GUTTER) / 2).max(LEAST_WIDTH)
    }

    /// Both texts below their names. `=` between the columns says that a passage is shared.
    pub(super) fn beside(self, names: [&str; 2], texts: [&str; 2], blocks: &[Block]) -> String {
        let mut shown = String::new();
        let heads = names.map(|name| self.wrapped(&[(name, Mark::Own)]));
        self.rows(&heads, '|', &mut shown);
        let rule = "-".repeat(self.column());
        shown.extend([&rule, "-+-", &rule, "\n"]);
        for block in blocks {
            let sides = [0, 1].map(|side: usize| {
                let text = |span: &Span| (texts[side].get(span.bytes.clone()).unwrap_or_default(), span.mark);
                self.wrapped(&block.sides[side].iter().map(text).collect::<Vec<_>>())
            });
            self.rows(&sides, if block.passage.is_some() { '=' } else { '|' }, &mut shown);
        }
        shown
    }

    fn rows(self, sides: &[Vec<ColumnRow>; 2], sign: char, shown: &mut String) {
        let empty = ColumnRow::default();
        for place in 0..sides[0].len().max(sides[1].len()) {
            let [left, right] = [0, 1].map(|side: usize| sides[side].get(place).unwrap_or(&empty));
            let mut line = self.painted(left);
            line.push_str(&" ".repeat(self.column().saturating_sub(left.width)));
            line.extend([' ', sign, ' ']);
            line.push_str(&self.painted(right));
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
    }

    fn painted(self, row: &ColumnRow) -> String {
        let mut line = String::new();
        let is_rtl = row.cells.iter().any(|&(character, _)| is_right_to_left(character));
        line.extend(ISOLATE[0..usize::from(is_rtl)].iter());
        for cells in row.cells.chunk_by(|a, b| a.1 == b.1) {
            let style = if self.colours { style(cells[0].1) } else { Style::new() };
            let text: String = cells.iter().map(|cell| cell.0).collect();
            line.extend([style.render().to_string(), text, style.render_reset().to_string()]);
        }
        line.extend(ISOLATE[1..].iter().take(usize::from(is_rtl)));
        line
    }

    /// Text in rows of a column's width: broken at white space, between wide characters, or where nothing else helps.
    fn wrapped(self, spans: &[(&str, Mark)]) -> Vec<ColumnRow> {
        let mut wrapping = Wrapping {
            width: self.column(),
            rows: Vec::new(),
            row: ColumnRow::default(),
            ..Wrapping::default()
        };
        for &(text, mark) in spans {
            let (open, body, close) = bracketed(text, if self.colours { Mark::Shared } else { mark });
            let start = text.len() - text.trim_start().len();
            let end = start + body.len();
            for piece in [&text[..start], &open, body, close, &text[end..]] {
                piece.chars().for_each(|character| wrapping.push(character, mark));
            }
        }
        wrapping.finish()
    }
}

/// What is put around a stretch where there are no colours: brackets around words that differ, braces and a number
/// around what was moved. Also the stretch without the white space around it.
fn bracketed(text: &str, mark: Mark) -> (String, &str, &'static str) {
    let body = text.trim();
    match mark {
        Mark::Differing if body.chars().any(char::is_alphanumeric) => ("[".to_owned(), body, "]"),
        Mark::Moved(number) => (format!("{{{number}: "), body, "}"),
        _ => (String::new(), body, ""),
    }
}

fn style(mark: Mark) -> Style {
    match mark {
        Mark::Own => Style::new(),
        Mark::Shared => AnsiColor::Green.on_default(),
        Mark::Differing => AnsiColor::Red.on_default().bold(),
        Mark::Moved(_) => AnsiColor::Cyan.on_default(),
    }
}

/// A row of a column.
#[derive(Clone, Debug, Default)]
struct ColumnRow {
    cells: Vec<(char, Mark)>,
    width: usize,
}

/// Text on its way into rows.
#[derive(Default)]
struct Wrapping {
    width: usize,
    rows: Vec<ColumnRow>,
    row: ColumnRow,
    /// What may not be broken, and follows the row.
    word: ColumnRow,
    /// A space stands before the word.
    space: Option<Mark>,
    /// Ends of lines since the last word.
    breaks: usize,
}

impl Wrapping {
    fn push(&mut self, character: char, mark: Mark) {
        if character.is_whitespace() {
            self.end_word();
            if character == '\n' {
                self.end_row();
                self.breaks += 1;
            } else {
                self.space = self.space.or(Some(mark));
            }
            return;
        }
        let Some(character) = harmless_character(character) else { return };
        let width = character.width().unwrap_or(0);
        if width > 1 || self.word.cells.last().is_some_and(|last| width == 1 && last.0.width() > Some(1)) {
            self.end_word();
        }
        if self.word.width + width > self.width {
            self.end_word();
        }
        self.word.cells.push((character, mark));
        self.word.width += width;
    }

    fn end_word(&mut self) {
        if self.word.cells.is_empty() {
            return;
        }
        self.keep_blank_line();
        let space = self.space.take().filter(|_| self.row.width > 0);
        if self.row.width + usize::from(space.is_some()) + self.word.width > self.width {
            self.rows.push(std::mem::take(&mut self.row));
        } else if let Some(mark) = space {
            self.row.cells.push((' ', mark));
            self.row.width += 1;
        }
        let word = std::mem::take(&mut self.word);
        self.row.cells.extend(word.cells);
        self.row.width += word.width;
    }

    fn end_row(&mut self) {
        self.space = None;
        if self.row.width > 0 {
            self.rows.push(std::mem::take(&mut self.row));
        }
    }

    /// Of several empty lines, one is kept.
    fn keep_blank_line(&mut self) {
        if std::mem::take(&mut self.breaks) > 1 {
            self.rows.push(ColumnRow::default());
        }
    }

    fn finish(mut self) -> Vec<ColumnRow> {
        self.end_word();
        self.end_row();
        if self.rows.is_empty() {
            self.keep_blank_line();
        }
        self.rows
    }
}

fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use twicetold::Containment;
    use twicetold::engine::{Matching, explain};
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn shown(texts: [&str; 2], width: usize, colours: bool) -> Vec<String> {
        let explained = explain(texts[0], texts[1], &Matching::default(), Containment::default()).unwrap();
        let shown = Look { width, colours }.beside(["A", "B"], texts, &explained.blocks);
        shown.lines().skip(2).map(str::to_owned).collect()
    }

    #[test]
    fn shared_passages_have_a_sign_between_and_differing_words_brackets() {
        let texts =
            ["Late news. The boat left Pell at noon today", "The boat left Hull at noon today.\n\nThey say"];
        let expected = [
            "Late news.                     |",
            "The boat left [Pell] at noon   = The boat left [Hull] at noon",
            "today                          = today.",
            "                               |",
            "                               | They say",
        ];
        assert_eq!(shown(texts, 63, false), expected);
    }

    #[test]
    fn colours_take_the_place_of_brackets() {
        let lines = shown(["The boat left Pell at noon today", "The boat left Hull at noon today"], 80, true);
        assert!(lines[0].contains("\u{1b}[1m\u{1b}[31m Pell") || lines[0].contains("31m"), "{lines:?}");
        assert!(!lines[0].contains('['.to_string().repeat(2).as_str()) && !lines[0].contains("[Pell]"));
    }

    #[test]
    fn a_terminal_is_not_steered_by_a_text() {
        let lines = shown(["\u{1b}[2J\u{202e}evil\u{7}", "\r\u{9b}1mtwo"], 60, false).join("\n");
        assert!(
            lines.chars().all(|c| !c.is_control() || c == '\n') && !lines.contains('\u{202e}'),
            "{lines:?}"
        );
    }

    #[test]
    fn every_line_fits_whatever_the_script() {
        let texts = [
            "海上起雾，渡轮停航。 ".repeat(8) + "Fog at sea stops the ferry " + &"x".repeat(90),
            "أوقف الضباب في البحر رحلات العبارة يوم الاثنين ".repeat(5) + "caf\u{65}\u{301} ｆｕｌｌ",
        ];
        for width in [1, 30, 80, 140] {
            for line in shown([&texts[0], &texts[1]], width, false) {
                assert!(line.width() <= width.max(2 * LEAST_WIDTH + GUTTER), "{width}: {line}");
            }
        }
        let all = shown([&texts[0], &texts[1]], 80, false).concat();
        assert_eq!(all.matches('雾').count(), 8);
        assert_eq!(all.matches(ISOLATE[0]).count(), all.matches(ISOLATE[1]).count());
        assert!(all.contains(ISOLATE[0]));
    }
}
