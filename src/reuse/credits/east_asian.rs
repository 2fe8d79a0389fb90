//! Datelines in Chinese and Japanese: an agency, a place and a date, without spaces, and with signs of their own.

/// The most characters of one.
const LONGEST: usize = 40;

/// What stands around a dateline.
const BRACKETS: [(char, char); 6] =
    [('（', '）'), ('(', ')'), ('【', '】'), ('［', '］'), ('[', ']'), ('〔', '〕')];

/// The last character of a dateline that says how the report came: by wire, or as a message.
const BY_WIRE: [char; 4] = ['电', '電', '讯', '訊'];

/// Words for reporters, whose names stand in parentheses behind a dateline.
const REPORTERS: [&str; 3] = ["记者", "記者", "编辑"];

/// The length in bytes of the dateline that `paragraph` begins with, and the place of the agency in the list.
/// `agencies` are names in these scripts.
///
/// * "新华社北京1月5日电（记者王明）": an agency, no punctuation, a day, 电;
/// * "（中央社台北5日電）": the same in parentheses, where no day is needed;
/// * "【ワシントン共同】", "［東京 ５日 ロイター］ - ": brackets in which the agency comes last.
pub(super) fn dateline<'a>(
    paragraph: &str,
    agencies: impl Iterator<Item = (usize, &'a str)> + Clone,
) -> Option<(usize, usize)> {
    let first = paragraph.chars().next()?;
    if let Some(&(open, close)) = BRACKETS.iter().find(|&&(open, _)| open == first) {
        let (inner, behind) = paragraph[open.len_utf8()..].split_once(close)?;
        if inner.chars().count() > LONGEST || inner.contains(['。', '、', '，']) {
            return None;
        }
        let by_wire = inner.ends_with(BY_WIRE);
        let is_curved = matches!(open, '（' | '(');
        let of = |name: &str| by_wire && inner.starts_with(name) || !is_curved && inner.ends_with(name);
        let (place, _) = longest(agencies.filter(|(_, name)| of(name)))?;
        let text = behind.trim_start().trim_start_matches(['-', '‐', '－', '–', '—', '：', ':']).trim_start();
        return Some((paragraph.len() - text.len(), place));
    }
    let (place, name) = longest(agencies.filter(|(_, name)| paragraph.starts_with(name)))?;
    let rest = &paragraph[name.len()..];
    let (at, wire) =
        rest.char_indices().take(LONGEST).find(|&(_, c)| BY_WIRE.contains(&c) || is_punctuation(c))?;
    if !BY_WIRE.contains(&wire) || !rest[..at].ends_with('日') {
        return None;
    }
    let behind = rest[at + wire.len_utf8()..].trim_start();
    let text = without_reporters(behind).trim_start_matches(['：', ':']).trim_start();
    Some((paragraph.len() - text.len(), place))
}

/// Of several names the longest: one begins as another does.
fn longest<'a>(names: impl Iterator<Item = (usize, &'a str)>) -> Option<(usize, &'a str)> {
    names.max_by_key(|(_, name)| name.len())
}

/// The text behind the names of reporters in parentheses, if it begins with those.
fn without_reporters(text: &str) -> &str {
    let Some(inner) = text.strip_prefix(['（', '(']) else { return text };
    let Some((names, behind)) = inner.split_once(['）', ')']) else { return text };
    let is_of_reporters = REPORTERS.iter().any(|word| names.starts_with(word));
    if is_of_reporters && names.chars().count() <= LONGEST { behind.trim_start() } else { text }
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '。' | '，' | '、' | '；' | '：' | '！' | '？' | ',' | ':' | ';')
}

/// Whether the name of an agency is in these scripts.
pub(super) fn is_name(name: &str) -> bool {
    name.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'))
}
