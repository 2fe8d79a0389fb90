//! The documents, and how to look at their paragraphs.

use super::options::ParagraphOptions;
use crate::documents::Documents;
use crate::params::Shingling;
use crate::shingle::Shingler;

/// The documents, and how to look at their paragraphs.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Layouts<'a> {
    pub documents: Documents<'a>,
    pub shingler: &'a Shingler,
    pub shingling: Shingling,
    pub options: &'a ParagraphOptions,
}
