//! Markup: cleaning it, and what it says as text.

use crate::model::{SafeHtml, WebUrl};

/// Cleans markup: allow-listed elements and attributes, absolute web addresses
/// only, nothing that runs, loads from private addresses, or tracks.
///
/// `sanitize(sanitize(x)) == sanitize(x)`.
#[must_use]
pub fn sanitize(_markup: &str, _base: Option<&WebUrl>) -> SafeHtml {
    todo!()
}

/// What markup says: entities decoded, tags dropped, one line per block.
#[must_use]
pub fn to_text(_markup: &str) -> String {
    todo!()
}

/// Plain text as markup: escaped, a paragraph for every block of lines.
#[must_use]
pub fn from_text(_text: &str) -> SafeHtml {
    todo!()
}
