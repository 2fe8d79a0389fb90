//! Names of members, each of which is to be read and written under a name of its own.

use std::collections::{HashMap, HashSet};

/// The names of an archive's members. The first member of a name keeps it; each later one gets a number before it, so
/// that ids tell them apart and none replaces another when the written archive is extracted.
#[derive(Debug)]
pub(super) struct MemberNames {
    /// As they are extracted, `./a` being `a`; with those that were made.
    all: HashSet<String>,
    /// Of these, the ones that a member has got, with the number that the last one of the name was given.
    given: HashMap<String, u64>,
}

impl MemberNames {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { all: names.map(extracted).collect(), given: HashMap::new() }
    }

    /// Another name for the next member of this name, unless it is the first.
    pub(super) fn another(&mut self, name: &str) -> Option<String> {
        let own = extracted(name);
        let Some(number) = self.given.get_mut(&own) else {
            self.given.insert(own, 1);
            return None;
        };
        loop {
            *number += 1;
            let another = format!("{number}/{own}");
            if self.all.insert(another.clone()) {
                return Some(another);
            }
        }
    }
}

fn extracted(name: &str) -> String {
    name.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_members_of_a_name_get_names_that_no_other_has() {
        let members = ["a.txt", "./a.txt", "b.txt", "2/a.txt", "a.txt"];
        let mut names = MemberNames::new(members.into_iter());
        let given = members.map(|name| names.another(name).unwrap_or(name.to_owned()));
        assert_eq!(given, ["a.txt", "3/a.txt", "b.txt", "2/a.txt", "4/a.txt"]);
    }
}
