//! The name that was likely meant where another was written.

/// The least likeness, from 0 to 1, at which one name is taken for a slip for another: `bdoy` for `body` has 0.75.
const LEAST_LIKENESS: f64 = 0.6;

/// The one of `names` that is most like `written`, if any is like it; the first of several.
///
/// Likeness is the share of letters that need no change (Damerau-Levenshtein), whatever their case.
///
/// ```
/// assert_eq!(twicetold::nearest::nearest_name("treshold", ["recall", "threshold"]), Some("threshold"));
/// assert_eq!(twicetold::nearest::nearest_name("text", ["headline", "body"]), None);
/// ```
pub fn nearest_name<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&written, &name.to_lowercase());
    let likely = names
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|&(likeness, _)| likeness >= LEAST_LIKENESS);
    likely.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_no_far_one() {
        let names = ["headline", "body", "meta.url"];
        assert_eq!(nearest_name("bdoy", names), Some("body"));
        assert_eq!(nearest_name("Headlines", names), Some("headline"));
        assert_eq!(nearest_name("text", names), None);
        assert_eq!(nearest_name("text", []), None);
    }

    #[test]
    fn of_names_that_are_equally_near_the_first_is_taken() {
        assert_eq!(nearest_name("date1", ["date2", "date3"]), Some("date2"));
    }
}
