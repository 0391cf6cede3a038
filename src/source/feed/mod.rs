//! Feeds of every kind.

use super::{ReadError, Reading, Setting};
use crate::model::Document;

/// Reads a feed.
pub fn read(_document: &Document, _setting: &Setting<'_>) -> Result<Reading, ReadError> {
    todo!()
}
