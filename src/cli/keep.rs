//! The flags about which of several repeats is kept.

use clap::Args;
use twicetold::PriorityKey;
use twicetold::corpus::FieldPath;

use super::errors::CallError;

/// Which of several repeats is kept.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct KeepArgs {
    /// Which repeat to keep, as longest
    ///
    /// One or more of: first (in the order of the corpus), longest, earliest, latest, max:FIELD, min:FIELD, source (in the
    /// order of --prefer-source). With several, separated by commas, each one decides the ties of those before it.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "first")]
    pub keep: Vec<String>,
    /// Sources to keep, best first [default: none]
    ///
    /// Names separated by commas. Documents of these sources are kept rather than others. Decides before --keep, unless
    /// --keep says `source` at a later place.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub prefer_source: Vec<String>,
}

impl KeepArgs {
    /// The priority keys, in order.
    pub(crate) fn priority(&self) -> anyhow::Result<Vec<PriorityKey>> {
        let preferred = PriorityKey::Source(self.prefer_source.clone());
        let mut keys = Vec::new();
        for key in &self.keep {
            keys.push(match key.split_once(':') {
                None if key == "first" => continue,
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
                        expected: "first, longest, earliest, latest, max:FIELD, min:FIELD, or source with --prefer-source",
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
            let args = KeepArgs { keep: strings(keep), prefer_source: strings(sources) };
            args.priority().map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(keys(&["first"], &[]).unwrap(), Vec::<String>::new());
        assert_eq!(keys(&["longest", "max:score"], &["AP"]).unwrap(), ["source:AP", "longest", "max:score"]);
        assert_eq!(keys(&["earliest", "source"], &["AP", "UPI"]).unwrap(), ["earliest", "source:AP,UPI"]);
        assert!(keys(&["source"], &[]).is_err());
        assert!(keys(&["best"], &[]).is_err());
    }
}
