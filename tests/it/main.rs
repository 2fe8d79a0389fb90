//! The program as its users meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

/// Options with some fields set: outside of the library they have no literals.
macro_rules! with {
    ($options:expr, $($field:ident $(: $value:expr)?),+ $(,)?) => {{
        let mut options = $options;
        $(with!(@set options, $field $(, $value)?);)+
        options
    }};
    (@set $options:ident, $field:ident) => { $options.$field = $field };
    (@set $options:ident, $field:ident, $value:expr) => { $options.$field = $value };
}

mod across_sources;
mod against;
mod architecture;
mod audit;
mod brute_force;
mod cli;
mod contained;
mod containment_against_truth;
mod cost;
mod deduplicator;
mod determinism;
mod estimate;
mod eval;
mod excerpts;
mod explain;
mod formats;
mod golden;
#[cfg(unix)]
mod interrupts;
mod join_against_truth;
mod manual;
mod modes;
mod newswire;
mod newswire_labels;
mod out_of_core;
mod paragraphs;
mod presets;
mod properties;
mod regression;
mod relations;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "report")]
mod report_in_browser;
mod representatives;
mod safety;
mod sandbox;
mod settings;
mod stories;
mod templates;
#[cfg(feature = "report")]
mod webdriver;
