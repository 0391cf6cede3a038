//! Diagnostics of feeds.toml, and how they are shown with line, column and caret.

pub(super) mod diagnostic;
pub(super) mod error;
pub(super) mod quote;
pub(super) mod render;
