//! Bugs that were there once.
