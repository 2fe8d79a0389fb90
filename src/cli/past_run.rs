//! What an earlier run was asked for, from its `summary.json`.
#![allow(clippy::cast_possible_truncation, reason = "sizes and shares for people")]

use std::path::Path;

use serde_json::Value;
use twicetold::engine::Matching;
use twicetold::{
    Bands, Containment, DiacriticFolding, DigitFolding, Error, HyphenJoining, Recall, Rows, Seed, Slots,
    Threshold,
};

use super::text_file::read_text;

/// The matching and the containment of the run that wrote to `directory`; what its summary does not say stays as it is.
pub(super) fn parameters(
    directory: &Path,
    matching: Matching,
    containment: Containment,
) -> Result<(Matching, Containment), Error> {
    let path = directory.join("summary.json");
    let summary: Value = serde_json::from_str(&read_text(&path)?).map_err(|error| Error::Io {
        path: path.clone(),
        action: "read it",
        source: error.into(),
    })?;
    let asked = &summary["parameters"];
    let flag = |name: &str, otherwise: bool| asked[name].as_bool().unwrap_or(otherwise);
    let text = matching.text;
    let digits = flag("fold_digits", text.digits == DigitFolding::Fold);
    let diacritics = flag("fold_diacritics", text.diacritics == DiacriticFolding::Fold);
    let hyphens = flag("join_hyphens", text.hyphens == HyphenJoining::Join);
    let index =
        |name: &str| summary["index"][name].as_u64().filter(|&number| number > 0).map(|number| number as u32);
    let mut matching = matching;
    matching.text.shingling = asked["shingle"].as_str().map_or(Ok(text.shingling), str::parse)?;
    matching.text.digits = if digits { DigitFolding::Fold } else { DigitFolding::Keep };
    matching.text.diacritics = if diacritics { DiacriticFolding::Fold } else { DiacriticFolding::Keep };
    matching.text.hyphens = if hyphens { HyphenJoining::Join } else { HyphenJoining::Keep };
    matching.text.seed = asked["seed"].as_u64().map_or(text.seed, Seed);
    matching.threshold = asked["threshold"].as_f64().map_or(Ok(matching.threshold), Threshold::new)?;
    matching.recall = asked["recall"].as_f64().map_or(Ok(matching.recall), Recall::new)?;
    matching.slots = asked["hashes"].as_u64().map_or(Ok(matching.slots), |slots| Slots::new(slots as u16))?;
    matching.bands = index("bands").map(Bands).or(matching.bands);
    matching.rows = index("rows").map(Rows).or(matching.rows);
    let asked = ["excerpts", "contained"].into_iter().find_map(|part| summary[part]["containment"].as_f64());
    let containment = asked.map_or(Ok(containment), Containment::new)?;
    Ok((matching, containment))
}
