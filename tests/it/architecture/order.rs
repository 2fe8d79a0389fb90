//! The order of modules, and of the rooms in one, as ARCHITECTURE.md states it.

use std::collections::HashMap;

use super::sources::Ties;

/// The modules of the package, or the rooms of one of them.
pub(super) struct Order {
    /// `""` for the modules, `"engine/"` for the rooms of the engine.
    below: String,
    heading: String,
    /// Several names of one row have one rank, and may know one another.
    ranks: HashMap<String, usize>,
}

impl Order {
    /// Reads the table under a heading: the names in the first column, from the one that knows nobody.
    pub(super) fn read(document: &str, heading: &str, below: &str) -> Result<Self, String> {
        let rows = first_column(document, heading);
        if rows.is_empty() {
            return Err(format!("ARCHITECTURE.md has no table under the heading `{heading}`"));
        }
        let mut ranks = HashMap::new();
        for (rank, names) in rows.into_iter().enumerate() {
            for name in names {
                if ranks.insert(name.clone(), rank).is_some() {
                    return Err(format!("ARCHITECTURE.md, `{heading}`: `{name}` stands there twice"));
                }
            }
        }
        Ok(Self { below: below.to_owned(), heading: heading.to_owned(), ranks })
    }

    /// The name in this order that a file belongs to, if it lies here.
    fn name<'a>(&self, file: &'a str) -> Option<&'a str> {
        let first = file.strip_prefix(&self.below)?.split('/').next()?;
        Some(first.trim_end_matches(".rs"))
    }

    /// `lib.rs`, `main.rs` and the `mod.rs` of a module are its doors: they know all rooms, and no room knows them.
    fn rank(&self, name: &str) -> Option<usize> {
        if matches!(name, "lib" | "main" | "mod") { Some(usize::MAX) } else { self.ranks.get(name).copied() }
    }

    /// Files without a row, and rows without a file.
    pub(super) fn strangers<'a>(&self, files: impl Iterator<Item = &'a String>) -> Vec<String> {
        let mut stale = self.ranks.keys().map(String::as_str).collect::<Vec<_>>();
        let mut found = Vec::new();
        for file in files {
            let Some(name) = self.name(file) else { continue };
            stale.retain(|&other| other != name);
            if self.rank(name).is_none() {
                found.push(format!("src/{file}: `{name}` has no row under `{}`", self.heading));
            }
        }
        stale.sort_unstable();
        found.extend(
            stale.iter().map(|name| format!("`{name}`, a row under `{}`, has no file", self.heading)),
        );
        found
    }

    /// Files that use one further down.
    pub(super) fn violations(&self, ties: &Ties) -> Vec<String> {
        let mut found = Vec::new();
        for ((from, to), names) in ties {
            let (Some(user), Some(used)) = (self.name(from), self.name(to)) else { continue };
            if let (Some(own), Some(other)) = (self.rank(user), self.rank(used))
                && other > own
            {
                let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                found.push(format!("src/{from} -> src/{to} ({names}): `{used}` comes after `{user}`"));
            }
        }
        found
    }
}

/// The names in backticks in the first column of the first table under a heading, by row.
pub(super) fn first_column(document: &str, heading: &str) -> Vec<Vec<String>> {
    let below =
        document.lines().skip_while(|line| !(line.starts_with('#') && is_heading(line, heading))).skip(1);
    let section = below.take_while(|line| !line.starts_with('#'));
    let table = section.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = table.skip(2).filter_map(|row| row.split('|').nth(1));
    cells.map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

fn is_heading(line: &str, heading: &str) -> bool {
    line.trim_start_matches('#').trim() == heading
}
