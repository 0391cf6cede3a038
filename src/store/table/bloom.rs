//! Bloom filter: which keys are not there, without looking.
//!
//! Ten bits for each key, seven of them set, so that of a hundred
//! keys that are not there one is looked for in vain. (Bloom 1970; positions by
//! double hashing, Kirsch and Mitzenmacher 2006.)

use serde::{Deserialize, Serialize};

/// Bits of the filter for each key.
const BITS_PER_KEY: u64 = 10;

/// Bits that a key sets (the k of the literature).
const HASHES_PER_KEY: u64 = 7;

/// Bloom filter: a set of keys that never denies one it was given. Serialised into the index of a
/// table; in memory for tombstones.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct BloomFilter {
    /// Bits, eight to a byte, lowest first.
    bits: Vec<u8>,
}

impl BloomFilter {
    /// Makes the filter of these hashes; at least one byte.
    pub(in crate::store) fn of(hashes: &[u64]) -> BloomFilter {
        let n_bits = (hashes.len() as u64 * BITS_PER_KEY).max(8);
        let mut bits = vec![0; n_bits.div_ceil(8) as usize];
        for hash in hashes {
            for place in places(*hash, bits.len()) {
                bits[place / 8] |= 1 << (place % 8);
            }
        }
        BloomFilter { bits }
    }

    /// Returns `false` only if the key was not given; `true` for one in a hundred others. An empty
    /// filter knows nothing.
    pub(in crate::store) fn may_hold(&self, hash: u64) -> bool {
        // One that is empty knows nothing.
        self.bits.is_empty()
            || places(hash, self.bits.len()).all(|at| self.bits[at / 8] & (1 << (at % 8)) != 0)
    }
}

/// Hashes a key: the first 8 bytes of its blake3, little-endian. The same in every release, as filters
/// are stored.
pub(super) fn hash(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&blake3::hash(key).as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// Returns the bits of a key, by double hashing.
fn places(hash: u64, n_bytes: usize) -> impl Iterator<Item = usize> {
    let n_bits = n_bytes as u64 * 8;
    let (first, step) = (hash, hash.rotate_left(32) | 1);
    (0..HASHES_PER_KEY)
        .map(move |nth| (first.wrapping_add(step.wrapping_mul(nth)) % n_bits) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_denies_no_key_it_has_and_most_it_has_not() {
        let hashes: Vec<u64> = (0..20_000_u32).map(|n| hash(&n.to_le_bytes())).collect();
        let filter = BloomFilter::of(&hashes);
        assert!(hashes.iter().all(|hash| filter.may_hold(*hash)));
        let others = (20_000..120_000_u32).filter(|n| filter.may_hold(hash(&n.to_le_bytes())));
        let n_wrong = others.count();
        assert!(n_wrong < 2000, "{n_wrong} of 100 000");
    }

    #[test]
    fn an_empty_one_denies_what_it_can() {
        assert!(!BloomFilter::of(&[]).may_hold(hash(b"a")));
        assert!(BloomFilter { bits: Vec::new() }.may_hold(hash(b"a")));
    }
}
