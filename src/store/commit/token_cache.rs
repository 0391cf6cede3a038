//! Gists of items that were compared lately, or may soon be.
//!
//! Copies of a story arrive within hours of each other, so that what a new item is
//! compared with is mostly what came shortly before.

use crate::model::{ItemId, TokenizedText};
use crate::store::cache::{CacheWeight, GenerationalCache};

/// Bytes of tokens in each generation, roughly: a thousand articles of middle length.
const GENERATION_BYTES: usize = 2 << 20;

/// Bytes that a text takes besides its tokens, roughly.
const TEXT_OVERHEAD_BYTES: usize = 200;

/// Tokenised texts by item.
pub(in crate::store) type TokenCache = GenerationalCache<ItemId, TokenizedText, GENERATION_BYTES>;

impl CacheWeight for TokenizedText {
    fn weight(&self) -> usize {
        let n_tokens = self.title.len() + self.body.len() + self.names.len();
        TEXT_OVERHEAD_BYTES + 4 * n_tokens
    }
}
