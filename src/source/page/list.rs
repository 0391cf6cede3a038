//! A list page, by selectors.

use super::Rules;
use crate::model::Document;
use crate::source::{ReadError, Reading, Setting};

/// Reads a list page.
pub fn read(
    _rules: &Rules,
    _document: &Document,
    _setting: &Setting<'_>,
) -> Result<Reading, ReadError> {
    todo!()
}
