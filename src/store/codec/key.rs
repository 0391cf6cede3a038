//! Keys of the trees.
//!
//! All indexes have one shape: eight bytes that say what is indexed, then a
//! [`IndexPosition`], so that a range read gives the newest first.

use std::ops::Bound;

use jiff::Timestamp;

use crate::model::{ChannelId, StoryId};

/// First part of an index key, 8 bytes: the first half of blake3(channel), or a join key (u64,
/// big-endian).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) struct IndexPrefix([u8; 8]);

/// Second part of an index key, 28 bytes: `!sort_key` (12, big-endian) ‖ story id (16).
///
/// Times are inverted, so an ascending range scan returns the newest story first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct IndexPosition([u8; 28]);

/// Key of `by_channel` and `joins`, 36 bytes: [`IndexPrefix`] ‖ [`IndexPosition`].
pub(in crate::store) type IndexKey = [u8; 36];

/// Added to nanoseconds since 1970, so that every timestamp is positive and fits twelve bytes.
const TIME_BIAS: i128 = 1 << 95;

impl IndexPrefix {
    /// Prefix of a channel: the first 8 bytes of the hash of its name. Also its key in ledger tree
    /// `channels`.
    pub(in crate::store) fn channel(channel: &ChannelId) -> IndexPrefix {
        let hash = blake3::hash(channel.as_str().as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[..8]);
        IndexPrefix(bytes)
    }

    /// Prefix of a dedupe key that copies of a story share.
    pub(in crate::store) const fn join(key: u64) -> IndexPrefix {
        IndexPrefix(key.to_be_bytes())
    }

    /// Wraps a prefix that was stored as a number.
    pub(in crate::store) const fn from_number(number: u64) -> IndexPrefix {
        IndexPrefix(number.to_be_bytes())
    }

    /// Returns the prefix as a number, as story records hold it.
    pub(in crate::store) const fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }

    /// Returns the prefix as it stands in a key.
    pub(in crate::store) const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// Joins prefix and position to a key.
    pub(in crate::store) fn key(self, place: IndexPosition) -> IndexKey {
        let mut key = [0; 36];
        key[..8].copy_from_slice(&self.0);
        key[8..].copy_from_slice(&place.0);
        key
    }

    /// Returns the bounds of all keys behind `after`, or of all keys of this prefix.
    pub(in crate::store) fn below(
        self,
        after: Option<IndexPosition>,
    ) -> (Bound<IndexKey>, Bound<IndexKey>) {
        let from = match after {
            Some(place) => Bound::Excluded(self.key(place)),
            None => Bound::Included(self.key(IndexPosition([0; 28]))),
        };
        (from, Bound::Included(self.key(IndexPosition([0xff; 28]))))
    }

    /// Returns the bounds of all keys whose sort keys lie from `newest` down to `oldest`, both
    /// included.
    pub(in crate::store) fn between(
        self,
        newest: Timestamp,
        oldest: Timestamp,
    ) -> (Bound<IndexKey>, Bound<IndexKey>) {
        (
            Bound::Included(self.key(IndexPosition::top(newest))),
            Bound::Included(self.key(IndexPosition::bottom(oldest))),
        )
    }
}

impl IndexPosition {
    /// Makes the position of a story from its sort key and id.
    pub(in crate::store) fn new(sort_key: Timestamp, story: StoryId) -> IndexPosition {
        let mut bytes = [0; 28];
        for (byte, of_time) in bytes.iter_mut().zip(time_bytes(sort_key)) {
            *byte = !of_time;
        }
        bytes[12..].copy_from_slice(story.as_bytes());
        IndexPosition(bytes)
    }

    /// Returns the position in an index key; `None` if it has not 36 bytes.
    pub(in crate::store) fn in_key(key: &[u8]) -> Option<IndexPosition> {
        let key: &IndexKey = key.try_into().ok()?;
        key[8..].try_into().ok().map(IndexPosition)
    }

    /// Returns the story that stands here.
    pub(in crate::store) fn story(self) -> StoryId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[12..]);
        StoryId::from_bytes(id)
    }

    /// Returns the sort key of the story that stands here; `None` if it is out of range.
    pub(in crate::store) fn sort_key(self) -> Option<Timestamp> {
        let mut bytes = [0; 12];
        for (of_time, byte) in bytes.iter_mut().zip(self.0) {
            *of_time = !byte;
        }
        time_of(bytes)
    }

    /// Lists the keys of `by_channel` under which the story of this position stands, in the order of
    /// its channels.
    pub(in crate::store) fn channel_keys(
        self,
        channels: &[IndexPrefix],
    ) -> impl Iterator<Item = IndexKey> {
        channels.iter().map(move |head| head.key(self))
    }

    /// Lists the keys of `joins` under which the story of this position stands, in the order of its
    /// dedupe keys.
    pub(in crate::store) fn join_keys(self, keys: &[u64]) -> impl Iterator<Item = IndexKey> {
        keys.iter()
            .map(move |key| IndexPrefix::join(*key).key(self))
    }

    /// First position of a sort key: that of id 00…00.
    pub(in crate::store) fn top(sort_key: Timestamp) -> IndexPosition {
        IndexPosition::new(sort_key, StoryId::from_bytes([0; 16]))
    }

    /// Last position of a sort key: that of id ff…ff.
    pub(in crate::store) fn bottom(sort_key: Timestamp) -> IndexPosition {
        IndexPosition::new(sort_key, StoryId::from_bytes([0xff; 16]))
    }
}

/// Encodes a time in 12 bytes, big-endian, that sort as the times do.
pub(in crate::store) fn time_bytes(at: Timestamp) -> [u8; 12] {
    let biased = (at.as_nanosecond() + TIME_BIAS).to_be_bytes();
    let mut bytes = [0; 12];
    bytes.copy_from_slice(&biased[4..]);
    bytes
}

/// Decodes a time of [`time_bytes`]; `None` if it is out of range.
pub(in crate::store) fn time_of(bytes: [u8; 12]) -> Option<Timestamp> {
    let mut biased = [0; 16];
    biased[4..].copy_from_slice(&bytes);
    Timestamp::from_nanosecond(i128::from_be_bytes(biased) - TIME_BIAS).ok()
}

/// Decodes a big-endian u64; 0 if there are not eight bytes.
pub(in crate::store) fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_sort_as_their_bytes(a in any_time(), b in any_time()) {
            prop_assert_eq!(a.cmp(&b), time_bytes(a).cmp(&time_bytes(b)));
            prop_assert_eq!(time_of(time_bytes(a)), Some(a));
        }

        #[test]
        fn the_newest_comes_first(a in any_time(), b in any_time()) {
            let id = StoryId::from_bytes([7; 16]);
            prop_assert_eq!(b.cmp(&a), IndexPosition::new(a, id).cmp(&IndexPosition::new(b, id)));
            prop_assert_eq!(IndexPosition::new(a, id).story(), id);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }
}
