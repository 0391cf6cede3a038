//! Two-generation cache: when the young half is full the old one is dropped, so that what
//! nobody asks for goes in the end.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Cache in two generations: when the young one exceeds `GENERATION_BYTES` it becomes the old one, and
/// the old one is dropped. A value that is found in the old one is young again.
pub(super) struct GenerationalCache<K, V, const GENERATION_BYTES: usize> {
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
    /// Bytes of the young generation, roughly.
    weight: usize,
}

/// Size of a cached value.
pub(super) trait CacheWeight {
    /// Returns the bytes it takes, roughly.
    fn weight(&self) -> usize;
}

impl<K: Copy + Eq + Hash, V: CacheWeight, const GENERATION_BYTES: usize>
    GenerationalCache<K, V, GENERATION_BYTES>
{
    /// Returns a value and makes it young.
    pub(super) fn get(&mut self, key: K) -> Option<Arc<V>> {
        if let Some(value) = self.young.get(&key) {
            return Some(Arc::clone(value));
        }
        let value = self.old.remove(&key)?;
        self.put(key, Arc::clone(&value));
        Some(value)
    }

    /// Puts a value into the young generation; first drops the old one if the young one is full.
    pub(super) fn put(&mut self, key: K, value: Arc<V>) {
        if self.weight > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += value.weight();
        self.young.insert(key, value);
    }

    /// Removes a value.
    pub(super) fn forget(&mut self, key: K) {
        self.young.remove(&key);
        self.old.remove(&key);
    }
}

impl<K, V, const GENERATION_BYTES: usize> Default for GenerationalCache<K, V, GENERATION_BYTES> {
    fn default() -> GenerationalCache<K, V, GENERATION_BYTES> {
        GenerationalCache {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl CacheWeight for String {
        fn weight(&self) -> usize {
            self.len()
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut halves: GenerationalCache<u64, String, 100_000> = GenerationalCache::default();
        let value = Arc::new("x".repeat(1000));
        for n in 0..400 {
            halves.put(n, Arc::clone(&value));
            assert!(halves.get(0).is_some(), "after {n}");
        }
        assert!(halves.get(1).is_none());
        assert!(halves.get(399).is_some());
        let n_held = halves.young.len() + halves.old.len();
        assert!(n_held <= 300, "{n_held}");
        halves.forget(0);
        assert!(halves.get(0).is_none());
    }
}
