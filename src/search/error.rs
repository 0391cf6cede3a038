//! Errors of the index.

use crate::store::StoreError;

/// Reason why nothing can be searched, or nothing put into the index.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index is not open yet, or cannot be opened.
    #[error("the search index is not ready")]
    NotReady,
    /// The index is damaged, or the disk refuses; it is looked at, and built anew if need be.
    #[error("the search index cannot be used: {0}")]
    Index(String),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of the index cannot be removed.
    #[error("cannot remove the search index: {0}")]
    Folder(std::io::Error),
    /// Work was given up because the daemon stops.
    #[error("stopped")]
    Stopped,
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> SearchError {
        SearchError::Index(error.to_string())
    }
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> SearchError {
        SearchError::Index(error.to_string())
    }
}
