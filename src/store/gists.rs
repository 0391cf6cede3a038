//! Gists of items that were compared lately, or may soon be.
//!
//! Copies of a story arrive within hours of each other, so that what a new item is
//! compared with is mostly what came shortly before.

use super::halves::{Halves, Weighty};
use crate::model::{Gist, ItemId};

/// Bytes of gists in each half, about: a thousand articles of middle length.
const HALF: usize = 2 << 20;

/// What a gist takes besides its tokens, about.
const OVERHEAD: usize = 200;

/// Gists by item.
pub(super) type Gists = Halves<ItemId, Gist, HALF>;

impl Weighty for Gist {
    fn weight(&self) -> usize {
        let n_tokens = self.title.len() + self.body.len() + self.names.len();
        OVERHEAD + 4 * n_tokens
    }
}
