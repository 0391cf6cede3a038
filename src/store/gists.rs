//! Gists of items that were compared lately, or may soon be.
//!
//! Copies of a story arrive within hours of each other, so that what a new item is
//! compared with is mostly what came shortly before.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Gist, ItemId};

/// Bytes of gists in each half, about: a thousand articles of middle length.
const HALF: usize = 2 << 20;

/// What a gist takes besides its tokens, about.
const OVERHEAD: usize = 200;

/// Gists by item. When one half is full the other is dropped, so that what nobody
/// asks for goes in the end.
#[derive(Default)]
pub(super) struct Gists {
    young: HashMap<ItemId, Arc<Gist>>,
    old: HashMap<ItemId, Arc<Gist>>,
    weight: usize,
}

impl Gists {
    pub(super) fn get(&mut self, id: ItemId) -> Option<Arc<Gist>> {
        if let Some(gist) = self.young.get(&id) {
            return Some(Arc::clone(gist));
        }
        let gist = self.old.remove(&id)?;
        self.put(id, Arc::clone(&gist));
        Some(gist)
    }

    pub(super) fn put(&mut self, id: ItemId, gist: Arc<Gist>) {
        if self.weight > HALF {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight(&gist);
        self.young.insert(id, gist);
    }

    pub(super) fn forget(&mut self, id: ItemId) {
        self.young.remove(&id);
        self.old.remove(&id);
    }
}

fn weight(gist: &Gist) -> usize {
    let n_tokens = gist.title.len() + gist.body.len() + gist.names.len();
    OVERHEAD + 4 * n_tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Token;

    fn id(n: u64) -> ItemId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        ItemId::from_bytes(bytes)
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut gists = Gists::default();
        let gist = Arc::new(Gist {
            body: vec![Token::character('的'); 1000],
            ..Gist::default()
        });
        let n_put = 4 * HALF as u64 / 4000;
        for n in 0..n_put {
            gists.put(id(n), Arc::clone(&gist));
            assert!(gists.get(id(0)).is_some(), "after {n}");
        }
        assert!(gists.get(id(1)).is_none());
        assert!(gists.get(id(n_put - 1)).is_some());
        let n_held = gists.young.len() + gists.old.len();
        assert!(n_held * 4000 <= 3 * HALF, "{n_held}");
        gists.forget(id(0));
        assert!(gists.get(id(0)).is_none());
    }
}
