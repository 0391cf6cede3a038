//! Diagnostics of feeds.toml, and how they are shown with line, column and caret.
//!
//! ```text
//! diagnostic ─▶ render (carets) ─▶ error (all problems) ─▶ collector (while the file is checked)
//! ```

pub(super) mod collector;
pub(super) mod diagnostic;
pub(super) mod error;
pub(super) mod parts;
pub(super) mod quote;
pub(super) mod render;
