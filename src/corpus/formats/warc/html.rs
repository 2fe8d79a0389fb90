//! The visible text of HTML.
//!
//! The tokenizer of a browser engine reads the markup, so that entities, comments and raw text are what a browser
//! takes them for; no tree is built, since text comes in the order of the tokens. Nothing is left out for being a
//! menu or a footer: what repeats across pages is for paragraph matching to find.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Elements whose content is not shown.
///
/// A head is none of them. All that may stand in one is without content or is here, and whatever may not stand in it ends
/// it (HTML standard, 13.2.6.4.4, 'The "in head" insertion mode'). Its tags and those of the body may be left out.
const HIDDEN: &[&str] =
    &["script", "style", "noscript", "template", "title", "iframe", "noembed", "noframes", "svg"];

/// Elements that stand within a line.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "img", "ins", "kbd", "label", "mark", "meta", "q", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
];

/// Elements that stand apart from what is around them by a blank line.
const PARAGRAPHS: &[&str] = &[
    "article",
    "blockquote",
    "dl",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// The text that a reader sees: lines as blocks make them, blank lines around paragraphs, white space run together.
pub(super) fn visible_text(html: &str) -> String {
    let sink = Sink::default();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // The tokenizer stops behind scripts, for someone to run them.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let mut text = tokenizer.sink.0.into_inner().text;
    text.truncate(text.trim_end().len());
    text
}

#[derive(Default)]
struct Sink(RefCell<VisibleText>);

#[derive(Default)]
struct VisibleText {
    text: String,
    /// How many hidden elements are open, of the kind that was opened first.
    hidden: Option<(String, usize)>,
    gap: Gap,
}

/// What has to stand before the next word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl VisibleText {
    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn characters(&mut self, characters: &str) {
        if self.hidden.is_some() {
            return;
        }
        let mut words = characters.split_ascii_whitespace().peekable();
        if words.peek().is_none() || characters.starts_with(|c: char| c.is_ascii_whitespace()) {
            self.widen(Gap::Space);
        }
        while let Some(word) = words.next() {
            if !self.text.is_empty() {
                self.text.push_str(match self.gap {
                    Gap::None => "",
                    Gap::Space => " ",
                    Gap::Line => "\n",
                    Gap::Paragraph => "\n\n",
                });
            }
            self.text.push_str(word);
            self.gap = if words.peek().is_some() { Gap::Space } else { Gap::None };
        }
        if characters.ends_with(|c: char| c.is_ascii_whitespace()) {
            self.widen(Gap::Space);
        }
    }

    fn tag(&mut self, tag: &Tag) {
        let name = &*tag.name;
        let is_start = tag.kind == TagKind::StartTag;
        match &mut self.hidden {
            Some((hidden, depth)) => {
                if hidden == name {
                    *depth = if is_start { *depth + 1 } else { *depth - 1 };
                }
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            None if is_start && HIDDEN.contains(&name) && !tag.self_closing => {
                self.hidden = Some((name.to_owned(), 1));
            }
            None => {}
        }
        if PARAGRAPHS.contains(&name) {
            self.widen(Gap::Paragraph);
        } else if matches!(name, "td" | "th") {
            self.widen(Gap::Space);
        } else if !INLINE.contains(&name) && !HIDDEN.contains(&name) {
            self.widen(Gap::Line);
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(characters) => state.characters(&characters),
            Token::TagToken(tag) => {
                state.tag(&tag);
                if tag.kind == TagKind::StartTag {
                    // What follows is not markup, as the tree builder would tell the tokenizer.
                    return match &*tag.name {
                        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                        "style" | "iframe" | "noembed" | "noframes" | "xmp" => {
                            TokenSinkResult::RawData(RawKind::Rawtext)
                        }
                        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                        "plaintext" => TokenSinkResult::Plaintext,
                        _ => TokenSinkResult::Continue,
                    };
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_what_a_reader_sees() {
        let page = "<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body>\
            <h1>Fish &amp;\n chips</h1><p>One <b>bo</b>ld wo<i>rd</i>.<br>Next&nbsp;line</p>\n\
            <script>if (a < b) { document.write('<p>no'); }</script><!-- <p>no -->\
            <ul><li>a<li>b</ul><table><tr><td>1<td>2<tr><td>3</table></body></html>";
        assert_eq!(visible_text(page), "Fish & chips\n\nOne bold word.\nNext\u{a0}line\n\na\nb\n\n1 2\n3");
    }

    #[test]
    fn tags_of_head_and_body_may_be_left_out() {
        let in_head = "<meta charset=utf-8><title>T</title><base href=/><link rel=x><style>p{}</style>\
            <script>no</script><noscript>no</noscript><template><p>no</template>\n";
        for body in
            ["Told twice", "<p>Told twice", "<div>Told</div> twice", "<br>Told <b>twice", "</p>Told twice"]
        {
            for (html, head, head_end, body_start) in [
                ("", "", "", ""),
                ("<html>", "", "", ""),
                ("", "<head>", "", ""),
                ("", "<HEAD>", "</HEAD>", ""),
                ("<html lang=en>", "<head>", "", "<body class=a>"),
                ("<html>", "<head>", "</head>\n", "\n<body>"),
                ("", "", "", "<body>"),
            ] {
                let page = format!("<!DOCTYPE html>\n{html}\n{head}{in_head}{head_end}{body_start}{body}");
                let words: Vec<_> = visible_text(&page).split_whitespace().map(str::to_owned).collect();
                assert_eq!(words, ["Told", "twice"], "{page}");
            }
        }
        assert_eq!(visible_text("plain words"), "plain words");
        assert_eq!(visible_text(""), "");
    }

    proptest! {
        #[test]
        fn any_markup_ends(html in "(<(p|script|/script|b|head|!--|title|svg/)>?|[a &;<>\"'-]|&amp;){0,30}") {
            let text = visible_text(&html);
            prop_assert!(text.len() <= 3 * html.len() + 8);
        }
    }
}
