//! The program as its users meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod across_sources;
mod against;
mod architecture;
mod brute_force;
mod cli;
mod containment_against_truth;
mod deduplicator;
mod determinism;
mod estimate;
mod excerpts;
mod explain;
mod formats;
mod golden;
mod join_against_truth;
mod manual;
mod modes;
mod newswire;
mod newswire_labels;
mod out_of_core;
mod paragraphs;
mod properties;
mod regression;
mod relations;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "report")]
mod report_in_browser;
mod safety;
mod sandbox;
mod settings;
mod stories;
mod templates;
#[cfg(feature = "report")]
mod webdriver;
