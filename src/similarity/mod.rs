//! Exact similarity of shingle sets.
