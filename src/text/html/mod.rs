//! HTML: sanitising, and markup as plain text.

mod address;
mod attribute;
mod clean;
mod element;
pub mod entities;
mod outline;
mod paragraphs;
mod picture;
mod player;
#[cfg(test)]
mod tests;
mod text;
mod token;

use crate::model::{SafeHtml, WebUrl};

pub use outline::Outline;
pub use paragraphs::from_text;
pub use picture::{HtmlPicture, first_picture};
pub use text::{excerpt, to_text};

/// Sanitises markup: allow-listed elements and attributes, absolute web addresses only, nothing
/// that runs, loads from private addresses, or tracks; at most 1 MiB.
///
/// `sanitize(sanitize(x)) == sanitize(x)`.
#[must_use]
pub fn sanitize(markup: &str, base: Option<&WebUrl>) -> SafeHtml {
    let base = base.map(WebUrl::to_url);
    SafeHtml::vouched(clean::clean(markup, base.as_ref()))
}
