//! HTML that is safe to show.

/// Sanitised HTML: markup that has been through the allow-list.
///
/// Only `text::html::sanitize` vouches for markup; the store reads back what it
/// wrote. `tests/it/architecture.rs` holds that nobody else calls [`SafeHtml::vouched`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct SafeHtml(Box<str>);

impl SafeHtml {
    /// Wraps `markup` on the caller's word that it is safe; nothing is checked.
    #[must_use]
    pub fn vouched(markup: String) -> SafeHtml {
        SafeHtml(markup.into())
    }

    /// Returns the markup.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the markup is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
