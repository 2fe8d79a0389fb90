//! What two documents are to one another, and why.
//!
//! * `exact`: the same tokens, by the definition of [`TextIdentity`];
//! * `template`: the same form with other facts, see below;
//! * `near`: a Jaccard similarity of at least the threshold, or each contained in the other;
//! * `excerpt`, `expansion`: the first is contained in the second, or contains it;
//! * `passages`: neither, but passages are shared;
//! * otherwise the texts have nothing to do with one another.
//!
//! # Templates
//!
//! A high similarity is not yet the same story: a form that was filled in for another town repeats nearly every word.
//! An update or a correction repeats nearly every word too. What tells them apart is what happened to the facts that
//! say what the text is *about*:
//!
//! * in a template pair the names are **exchanged**: a name that stands in one text only has, at the same place of
//!   the other text, another name that stands in that one only, and so wherever it stands;
//! * in an update, a correction or a joint release the names persist. What differs is a figure or two, sentences that
//!   were added or left out, ordinary words, or a credit.
//!
//! The texts are aligned word by word ([`crate::reuse::align`]). Where they differ, an *exchange* is a place with at
//! most eight words on either side, and at most two of them ordinary words, such that
//!
//! * both sides have a *name* that is nowhere in the other text. A name is a word written with a capital, not only in
//!   headlines and at the beginning of sentences, and never without. If at most a third of the letters differ, it is
//!   not another name but a corrected one;
//! * or, failing that, both sides have a *number*.
//!
//! Places in credits ([`crate::reuse::credits`]) do not count. Two exchanges are the same if they exchange the same words. Dates (months, days of the week) are no names. With
//! this, a pair is a template if at least two fifths of both texts are equal, and
//!
//! 1. **names**: one name is exchanged for another at two places or more, and at least one other fact is exchanged
//!    too. A single fact is what a correction changes, however often it stands there; or
//! 2. **names, once each**: at least two different names and a number are exchanged, and exchanges are at least two
//!    thirds of all places where words were replaced. In a text that was reworded, ordinary words change. This does
//!    not apply where common nouns are written with capitals too, as in German; or
//! 3. **figures**: at least three fifths of all numbers in both texts are exchanged, what was added or left out is at
//!    most a tenth of the words, and a date and three different numbers are exchanged, or four if there are no dates.
//!    An update changes the figures that are news, and adds to the text; a bulletin changes all of them, and its
//!    date. If the dates are kept, the text is an update of the same day's.
//!
//! Where it is known how often the shingles of both stand in a corpus, a pair is a template also if
//!
//! 4. **slots**: both are filled in from a form that many documents of the corpus are filled in from, and differ mostly
//!    where all of these do, by whatever words: see the module `family`.
//!
//! In scripts without capitals nothing tells a name. There the first rule asks for words that were replaced by the
//! same other words at two places or more and stand nowhere else, *and* for two numbers (or two such pairs of words,
//! and one number), the second does not apply, and the third does. So without figures and a corpus, no pair is called a
//! template.
//!
//! The numbers here are not fitted to a corpus: two is the least for "everywhere" and for "more than one fact"; two
//! thirds and three fifths say "most", a tenth says "little else". How often that is right is measured on
//! `corpora/forms` and `corpora/newswire`.
//!
//! [`TextIdentity`]: crate::shingle::TextIdentity

mod calendar;
mod comparison;
mod facts;
mod family;
mod reason;
mod related;
mod relater;
mod slots;

pub use crate::relation::Relation;
pub use related::Related;
pub use relater::{RelateScratch, Relater};
