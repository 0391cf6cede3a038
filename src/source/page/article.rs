//! An article page, by selectors.

use super::ArticleRules;
use crate::model::{Article, Document};
use crate::source::{ReadError, Setting};

/// Reads an article page.
pub fn read(
    _rules: &ArticleRules,
    _document: &Document,
    _setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    todo!()
}
