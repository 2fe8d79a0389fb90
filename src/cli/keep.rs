//! The flags about which of several repeats is kept.

use std::num::NonZeroU32;

use clap::Args;
use twicetold::PriorityKey;
use twicetold::corpus::FieldPath;
use twicetold::engine::Representatives;

use super::errors::CallError;

/// Which of several repeats is kept.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct KeepArgs {
    /// Which repeat to keep, as longest
    ///
    /// One or more of: first (in the order of the corpus), longest, earliest, latest, max:FIELD, min:FIELD, source (in the
    /// order of --prefer-source). With several, separated by commas, each one decides the ties of those before it. Or none,
    /// alone: every document of a cluster of two or more is removed, so that what was told once is left. (A cluster is a document
    /// that would be kept, and those removed on its account; a document that is only like one of these counts as told once.)
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "first")]
    pub keep: Vec<String>,
    /// Sources to keep, best first [default: none]
    ///
    /// Names separated by commas. Documents of these sources are kept rather than others, with --remove-excerpts also rather
    /// than larger ones around them. Decides before --keep, unless --keep says `source` at a later place.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub prefer_source: Vec<String>,
    /// Keep up to N of each source in a cluster
    ///
    /// By default one document of a cluster stays. With this flag documents that repeat it stay, too, in the order of
    /// priority, as long as fewer than N of their source stay in the cluster, the kept one counted. So no source loses all
    /// that it has of a story (lower recall, and repeats in the clean corpus). Needs a source field; all documents without a
    /// source count as one source. What repeats a reference record goes whatever its source.
    #[arg(long, value_name = "N", value_parser = per_source, hide_short_help = true)]
    pub per_source: Option<NonZeroU32>,
}

fn per_source(text: &str) -> Result<NonZeroU32, &'static str> {
    text.parse().map_err(|_| "it must be a whole number from 1 on; --keep none keeps nothing of a cluster")
}

/// What --keep says where nothing of a cluster is kept.
const NONE: &str = "none";

impl KeepArgs {
    /// How many documents of a cluster stay.
    pub(crate) fn representatives(&self) -> anyhow::Result<Representatives> {
        let keeps_none = self.keep.iter().any(|key| key == NONE);
        let refused = |expected| {
            let value = self.keep.join(",");
            Err(CallError::Argument { argument: "--keep", value, expected }.into())
        };
        match self.per_source {
            _ if keeps_none && (self.keep.len() > 1 || !self.prefer_source.is_empty()) => {
                refused("none alone and without --prefer-source, since there is nothing to choose")
            }
            Some(_) if keeps_none => refused("something else than none with --per-source, which keeps some"),
            Some(most) => Ok(Representatives::PerSource(most)),
            None if keeps_none => Ok(Representatives::Nobody),
            None => Ok(Representatives::One),
        }
    }

    /// The priority keys, in order.
    pub(crate) fn priority(&self) -> anyhow::Result<Vec<PriorityKey>> {
        let preferred = PriorityKey::Source(self.prefer_source.clone());
        let mut keys = Vec::new();
        for key in &self.keep {
            keys.push(match key.split_once(':') {
                None if key == "first" || key == NONE => continue,
                None if key == "longest" => PriorityKey::Longest,
                None if key == "earliest" => PriorityKey::Earliest,
                None if key == "latest" => PriorityKey::Latest,
                None if key == "source" && !self.prefer_source.is_empty() => preferred.clone(),
                Some(("max", field)) => PriorityKey::Max(FieldPath::new(field)?),
                Some(("min", field)) => PriorityKey::Min(FieldPath::new(field)?),
                _ => {
                    return Err(CallError::Argument {
                        argument: "--keep",
                        value: key.clone(),
                        expected: "first, longest, earliest, latest, max:FIELD, min:FIELD, none, or source with --prefer-source",
                    }
                    .into());
                }
            });
        }
        if !self.prefer_source.is_empty() && !keys.contains(&preferred) {
            keys.insert(0, preferred);
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferred_sources_come_first_unless_keep_says_where() {
        let keys = |keep: &[&str], sources: &[&str]| {
            let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect();
            let args = KeepArgs { keep: strings(keep), prefer_source: strings(sources), per_source: None };
            args.priority().map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(keys(&["first"], &[]).unwrap(), Vec::<String>::new());
        assert_eq!(keys(&["longest", "max:score"], &["AP"]).unwrap(), ["source:AP", "longest", "max:score"]);
        assert_eq!(keys(&["earliest", "source"], &["AP", "UPI"]).unwrap(), ["earliest", "source:AP,UPI"]);
        assert!(keys(&["source"], &[]).is_err());
        assert!(keys(&["best"], &[]).is_err());
    }

    #[test]
    fn none_stands_alone() {
        let representatives = |keep: &[&str], sources: &[&str], per_source: u32| {
            let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect();
            let per_source = NonZeroU32::new(per_source);
            KeepArgs { keep: strings(keep), prefer_source: strings(sources), per_source }
                .representatives()
                .ok()
        };
        let two = NonZeroU32::new(2).unwrap();
        assert_eq!(representatives(&["first"], &[], 0), Some(Representatives::One));
        assert_eq!(representatives(&["none"], &[], 0), Some(Representatives::Nobody));
        assert_eq!(representatives(&["longest"], &["AP"], 2), Some(Representatives::PerSource(two)));
        for (keep, sources, per_source) in
            [(&["none", "longest"][..], &[][..], 0), (&["none"], &["AP"], 0), (&["none"], &[], 2)]
        {
            assert_eq!(representatives(keep, sources, per_source), None, "{keep:?} {sources:?} {per_source}");
        }
    }
}
