//! Cells of the tables that this program makes.

use std::borrow::Cow;

/// A cell that no spreadsheet takes for a formula: one that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets
/// an apostrophe before it.
///
/// Only for cells of text: the numbers of this program are never negative. Source: OWASP, "CSV Injection".
///
/// ```
/// use twicetold::corpus::guarded_cell;
/// assert_eq!(guarded_cell("=1+1"), "'=1+1");
/// assert_eq!(guarded_cell("a=1"), "a=1");
/// ```
pub fn guarded_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
