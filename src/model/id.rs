//! Names and computed ids.
//!
//! Names ([`SourceId`], [`ChannelId`]) are typed by the admin and safe in a URL,
//! a log field and a store key. Ids ([`ItemId`], [`StoryId`]) are computed from
//! what they name, never counted, so every node and every restart finds the same.

use std::fmt;
use std::str::FromStr;

/// Longest name, in bytes.
const MAX_NAME: usize = 200;

/// Most segments of a name.
const MAX_DEPTH: usize = 8;

/// First segments that no channel may have, because they are, or will be, addresses of the listing
/// itself. Enforced by `config::check`, not by parsing.
pub const RESERVED: &[&str] = &[
    "admin", "api", "channels", "healthz", "hub", "image", "index", "metrics", "readyz", "search",
    "source", "static", "status", "story", "style", "websub",
];

/// Error: a text that is no name or id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// A segment is empty, longer than 64 bytes, or has other characters; also a text that is no
    /// story id.
    #[error("`{0}` is not a name: use 1 to 64 of a-z, 0-9 and - between slashes")]
    Segment(String),
    /// The name has more than 200 bytes or 8 segments.
    #[error("this name is too long: use at most 8 segments and 200 bytes")]
    TooLong,
    /// The name has one segment, so its source stands in no channel.
    #[error(
        "`{0}` names no channel: write `region/{0}`, the part before the last slash is its channel"
    )]
    NoChannel(String),
}

/// Name of one source in `feeds.toml`, for example `shandong/jinan/daily`.
///
/// Invariant: two to eight segments of 1 to 64 `a-z`, `0-9` and `-`, joined by slashes; at most 200
/// bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(Box<str>);

impl SourceId {
    /// Returns the channel this source belongs to: all segments but the last.
    #[must_use]
    pub fn channel(&self) -> ChannelId {
        let end = self.0.rfind('/').unwrap_or(0);
        ChannelId(self.0[..end].into())
    }

    /// Returns the name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<SourceId, BadId> {
        check_name(text)?;
        if !text.contains('/') {
            return Err(BadId::NoChannel(text.to_owned()));
        }
        Ok(SourceId(text.into()))
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of one channel, for example `shandong/jinan`; the root holds them all.
///
/// Invariant: up to eight segments of 1 to 64 `a-z`, `0-9` and `-`, joined by slashes, at most 200
/// bytes; only the root has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(Box<str>);

impl ChannelId {
    /// Returns the channel above all others, published at `/`.
    #[must_use]
    pub fn root() -> ChannelId {
        ChannelId("".into())
    }

    /// Whether this is the root channel.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the channel one level up; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<ChannelId> {
        if self.is_root() {
            return None;
        }
        let end = self.0.rfind('/').unwrap_or(0);
        Some(ChannelId(self.0[..end].into()))
    }

    /// Iterates over this channel and everything above it, the root last.
    ///
    /// ```
    /// use gazetted::model::ChannelId;
    /// let jinan: ChannelId = "shandong/jinan".parse().unwrap();
    /// let line: Vec<String> = jinan.lineage().map(|c| c.to_string()).collect();
    /// assert_eq!(line, ["shandong/jinan", "shandong", ""]);
    /// ```
    pub fn lineage(&self) -> impl Iterator<Item = ChannelId> + use<> {
        std::iter::successors(Some(self.clone()), ChannelId::parent)
    }

    /// Returns the last segment; empty for the root.
    #[must_use]
    pub fn leaf(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// Returns the name as it is written; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<ChannelId, BadId> {
        check_name(text)?;
        Ok(ChannelId(text.into()))
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of one item, 16 bytes: first 6 of blake3(source id) ‖ first 10 of blake3(identity within the
/// source).
///
/// Computed, so every node finds the same. Items of one source are neighbours in every index, so
/// that a poll touches few pages of the store. Written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId([u8; 16]);

impl ItemId {
    /// Computes the id of the entry that `source` knows under `identity`, as `ingest::identity`
    /// words it.
    ///
    /// ```
    /// use gazetted::model::ItemId;
    /// let source = "shandong/jinan/daily".parse().unwrap();
    /// assert_eq!(ItemId::of(&source, "guid:1"), ItemId::of(&source, "guid:1"));
    /// assert_ne!(ItemId::of(&source, "guid:1"), ItemId::of(&source, "guid:2"));
    /// ```
    #[must_use]
    pub fn of(source: &SourceId, identity: &str) -> ItemId {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&blake3::hash(source.0.as_bytes()).as_bytes()[..6]);
        bytes[6..].copy_from_slice(&blake3::hash(identity.as_bytes()).as_bytes()[..10]);
        ItemId(bytes)
    }

    /// Wraps bytes that were stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> ItemId {
        ItemId(bytes)
    }

    /// Returns the 16 bytes, as the store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Id of one story, 16 bytes: for ever the id of the item it began with.
///
/// Written as 32 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoryId([u8; 16]);

impl StoryId {
    /// Makes the id of the story that begins with `item`: the same bytes.
    #[must_use]
    pub const fn begun_by(item: ItemId) -> StoryId {
        StoryId(item.0)
    }

    /// Returns the item that the story began with: the same bytes.
    #[must_use]
    pub const fn first_item(self) -> ItemId {
        ItemId(self.0)
    }

    /// Wraps bytes that were stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> StoryId {
        StoryId(bytes)
    }

    /// Returns the 16 bytes, as the store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl StoryId {
    /// Formats the id as a `urn:uuid:`, the same wherever we are published.
    ///
    /// A UUID of version 8, which RFC 9562 leaves to whoever makes it up; version and variant
    /// replace 6 bits of the id.
    #[must_use]
    pub fn urn(&self) -> String {
        let number = u128::from_be_bytes(self.0);
        let digits = format!("{number:032x}");
        let variant = 8 | (number >> 60 & 3);
        format!(
            "urn:uuid:{}-{}-8{}-{variant:x}{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..]
        )
    }
}

impl FromStr for StoryId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<StoryId, BadId> {
        let bad = || BadId::Segment(text.to_owned());
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(bad());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| bad())?;
        Ok(StoryId(number.to_be_bytes()))
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

impl fmt::Debug for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoryId({self})")
    }
}

/// Checks a name of segments of `a-z`, `0-9` and `-`, 1 to 64 bytes each, joined by slashes.
fn check_name(text: &str) -> Result<(), BadId> {
    if text.len() > MAX_NAME || text.split('/').count() > MAX_DEPTH {
        return Err(BadId::TooLong);
    }
    let is_slug = |segment: &str| {
        (1..=64).contains(&segment.len())
            && segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match text.split('/').find(|segment| !is_slug(segment)) {
        Some(bad) => Err(BadId::Segment(bad.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_stands_in_its_parent_path() {
        let id: SourceId = "shandong/jinan/daily".parse().unwrap();
        assert_eq!(id.channel().as_str(), "shandong/jinan");
        assert_eq!(
            "daily".parse::<SourceId>(),
            Err(BadId::NoChannel("daily".into()))
        );
    }

    #[test]
    fn hostile_names_are_refused() {
        for bad in [
            "", "../x", "a//b", "/a", "a/", "A", "a b", "a\0", "济南", "a/../b",
        ] {
            assert!(bad.parse::<ChannelId>().is_err(), "{bad:?}");
        }
        assert_eq!("a/".repeat(101).parse::<ChannelId>(), Err(BadId::TooLong));
    }

    #[test]
    fn a_story_has_a_lawful_urn() {
        let story = StoryId::from_bytes([0xff; 16]);
        let want = "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff";
        assert_eq!(story.urn(), want);
        let story = StoryId::from_bytes([0x12; 16]);
        let want = "urn:uuid:12121212-1212-8212-9212-121212121212";
        assert_eq!(story.urn(), want);
    }

    #[test]
    fn a_story_id_reads_back() {
        let item = ItemId::of(&"a/b".parse().unwrap(), "guid:x");
        let story = StoryId::begun_by(item);
        assert_eq!(story.to_string().parse(), Ok(story));
        assert!(
            "+0000000000000000000000000000000"
                .parse::<StoryId>()
                .is_err()
        );
        assert!(story.to_string().to_uppercase().parse::<StoryId>().is_err());
    }
}
