//! Markup: cleaning it, and what it says as text.

pub mod entities;
mod text;
mod token;

use crate::model::{SafeHtml, WebUrl};

pub use text::{excerpt, to_text};

/// Cleans markup: allow-listed elements and attributes, absolute web addresses
/// only, nothing that runs, loads from private addresses, or tracks.
///
/// `sanitize(sanitize(x)) == sanitize(x)`.
#[must_use]
pub fn sanitize(markup: &str, base: Option<&WebUrl>) -> SafeHtml {
    let mut builder = ammonia::Builder::default();
    builder.url_relative(match base {
        Some(base) => ammonia::UrlRelative::RewriteWithBase(base.to_url()),
        None => ammonia::UrlRelative::Deny,
    });
    SafeHtml::vouched(builder.clean(markup).to_string())
}
