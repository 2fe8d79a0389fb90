//! Which fields to use: what was asked for, or the usual names.

use super::fields::{self, FieldChoice, FieldPath, Fields, SourceGuess};
use super::formats::{FieldName, ReadingRules};
use super::source::Source;
use crate::error::{Error, Result};
use crate::nearest::nearest_name;

/// What was guessed: what for, and which field.
pub(super) type Guesses = Vec<(&'static str, FieldPath)>;

/// Which fields are asked for.
#[derive(Clone, Debug)]
pub(super) struct FieldChoices {
    pub text: FieldChoice,
    pub id: FieldChoice,
    pub source: FieldChoice,
    /// Where the source is looked for if none is named.
    pub source_guess: SourceGuess,
    pub date: FieldChoice,
    /// None where titles are not looked at.
    pub title: Option<FieldChoice>,
    /// The option that names the text's.
    pub text_purpose: &'static str,
    /// Fields that priority keys look at.
    pub keys: Vec<FieldPath>,
}

impl FieldChoices {
    /// The fields beside the text's that were named, and the options that did.
    fn named(&self) -> impl Iterator<Item = (&FieldPath, &'static str)> {
        let choices = [(&self.id, "id"), (&self.source, "source"), (&self.date, "date")];
        let title = self.title.as_ref().map(|title| (title, "title"));
        let named = choices.into_iter().chain(title).filter_map(|(choice, purpose)| match choice {
            FieldChoice::Named(path) => Some((path, purpose)),
            FieldChoice::Preferred(_) | FieldChoice::Guess => None,
        });
        named.chain(self.keys.iter().map(|path| (path, "keep")))
    }
}

/// Settles the fields from the choices and the first readable record.
pub(super) fn settle_fields(
    sources: &[Source],
    choices: &FieldChoices,
    rules: &ReadingRules,
) -> Result<(Fields, Guesses)> {
    let mut first = None;
    for source in sources {
        if let Some(names) = source.field_names(rules)? {
            first = Some((source, names));
            break;
        }
    }
    let names: &[FieldName] = first.as_ref().map_or(&[], |(_, names)| names);
    let mut guesses = Vec::new();
    let mut guess = |purpose, usual: &[&str], string: bool| {
        let fits = |&&usual: &&&str| {
            names.iter().any(|(name, length)| name == usual && (length.is_some() || !string))
        };
        let path = FieldPath::new(*usual.iter().find(fits)?).ok()?;
        guesses.push((purpose, path.clone()));
        Some(path)
    };
    let mut settle = |purpose, choice: &FieldChoice, usual: &[&str], string: bool| match choice {
        FieldChoice::Named(path) => Ok(Some(path.clone())),
        FieldChoice::Preferred(path) if any_has(sources, path, rules)? => Ok(Some(path.clone())),
        FieldChoice::Preferred(_) | FieldChoice::Guess => Ok(guess(purpose, usual, string)),
    };
    let text = settle("text", &choices.text, fields::TEXT_NAMES, true)?;
    let id = settle("id", &choices.id, fields::ID_NAMES, false)?;
    let mut source = settle("source", &choices.source, fields::SOURCE_NAMES, true)?;
    if source.is_none() && choices.source_guess == SourceGuess::OwnFieldOrAddress {
        source = settle("source", &FieldChoice::Guess, fields::ADDRESS_NAMES, true)?;
    }
    let date = settle("date", &choices.date, fields::DATE_NAMES, false)?;
    let title = match &choices.title {
        Some(title) => settle("title", title, fields::TITLE_NAMES, true)?,
        None => None,
    };
    if let Some((first, names)) = &first {
        for (path, purpose) in choices.named() {
            if !any_has(sources, path, rules)? {
                let asked = Some(path.as_str());
                return Err(no_field(first, &format!("\"{path}\""), asked, names.clone(), purpose));
            }
        }
    }
    let purpose = choices.text_purpose;
    let text = match (text, first) {
        (Some(text), Some((source, names))) => {
            if matches!(choices.text, FieldChoice::Named(_)) && !any_has(sources, &text, rules)? {
                let asked = Some(text.as_str());
                return Err(no_field(source, &format!("\"{text}\""), asked, names, purpose));
            }
            text
        }
        (Some(text), None) => text,
        // A single column can only be the text.
        (None, Some((_, names))) if names.len() == 1 && names[0].0 == "1" => FieldPath::new("1")?,
        (None, Some((source, names))) => {
            let wanted = "\"text\" nor any other usual name of a text";
            return Err(no_field(source, wanted, None, names, purpose));
        }
        (None, None) => FieldPath::new(fields::TEXT_NAMES[0])?,
    };
    Ok((Fields { text, id, source, date, title }, guesses))
}

/// Whether one of the first records of some source has a field.
fn any_has(sources: &[Source], path: &FieldPath, rules: &ReadingRules) -> Result<bool> {
    for source in sources {
        if source.has_field(path, rules)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The error for a field that is nowhere; `purpose` names it, and perhaps gave it as `asked`.
fn no_field(
    source: &Source,
    wanted: &str,
    asked: Option<&str>,
    names: Vec<FieldName>,
    purpose: &'static str,
) -> Error {
    let found: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    let nearest =
        asked.and_then(|asked| nearest_name(asked, found.iter().map(String::as_str))).map(str::to_owned);
    Error::NoField {
        path: source.path().to_path_buf(),
        wanted: wanted.to_owned(),
        found: found.join(", "),
        nearest,
        purpose,
    }
}
