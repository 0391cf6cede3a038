//! The disk: a ledger, and one volume a month.
//!
//! `ledger/` holds source states, the directory of items and stories, and the
//! layout version; `volumes/2026-11/` the items first seen in that month. The
//! store changes in one way, [`Store::apply`].

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::model::{ChannelId, Commit, Held, ItemId, SourceId, SourceState, Story, StoryId};

/// The store of one daemon.
#[derive(Debug)]
pub struct Store;

/// What a batch of commits did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Items that were not there.
    pub new: usize,
    /// Items that were there and changed.
    pub changed: usize,
    /// New items that joined a story of another source.
    pub joined: usize,
}

/// Where a page of stories begins: just below this story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key of the last story seen.
    pub sort_key: Timestamp,
    /// Its id.
    pub story: StoryId,
}

/// A store in trouble.
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct StoreError;

impl Store {
    /// Opens the store in `dir`, making it if it is not there.
    pub fn open(_dir: &Path) -> Result<Store, StoreError> {
        todo!()
    }

    /// Writes what follows from some polls: items, flushed, then states, flushed.
    pub fn apply(&self, _commits: &[Commit]) -> Result<Applied, StoreError> {
        todo!()
    }

    /// What we remember of every source.
    pub fn states(&self) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        todo!()
    }

    /// What we hold of these items, in their order.
    pub fn held(&self, _items: &[ItemId]) -> Result<Vec<Option<Held>>, StoreError> {
        todo!()
    }

    /// The newest stories of a channel and all below it, at most `limit`, those
    /// below `before` if given.
    pub fn page(
        &self,
        _channel: &ChannelId,
        _before: Option<Cursor>,
        _limit: usize,
    ) -> Result<Vec<Story>, StoreError> {
        todo!()
    }

    /// One story.
    pub fn story(&self, _id: StoryId) -> Result<Option<Story>, StoreError> {
        todo!()
    }

    /// Moves on whenever something a reader of the channel would see changes.
    #[must_use]
    pub fn generation(&self, _channel: &ChannelId) -> u64 {
        todo!()
    }

    /// When something a reader of the channel would see last changed; the same
    /// after a restart.
    pub fn changed(&self, _channel: &ChannelId) -> Result<Option<Timestamp>, StoreError> {
        todo!()
    }
}
