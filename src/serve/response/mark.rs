//! Marks: which stories a feed held, written into its `ETag` (RFC 3229 with the instance
//! manipulation `feed`).
//!
//! A client that names the tag of what it holds can be sent what it lacks, without our having to
//! remember anything of it, also after a restart. The newest entries are told apart exactly; of
//! those below them, which are many only in long feeds, it counts when they changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::{SafeHtml, Story, StoryId};

/// Upper limit of entries that a mark tells apart: with them a tag has 238 bytes, and there are
/// readers that keep 255.
const MAX_TOLD_APART: usize = 36;

/// Longest time between the start of a poll, which dates its changes, and its commit, in seconds.
const MAX_POLL_SECONDS: i64 = 6 * 3600;

/// Bytes of a mark before its fingerprints: two times.
const HEAD_BYTES: usize = 8;

/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 4;

/// Entry of a feed: a story as it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) struct Entry {
    pub(in crate::serve) story: StoryId,
    fingerprint: u32,
    /// Place in the feed, in seconds since 1970.
    place: i64,
    /// Time of the last change, in seconds since 1970.
    changed: i64,
}

/// Mark of a feed, read from or written into a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::serve) struct Mark {
    /// Latest change of any entry, in seconds since 1970, 0 to 2³² − 1.
    latest: u32,
    /// Place of the last entry that is told apart, in the same unit.
    floor: u32,
    /// Fingerprints of the entries from there upwards.
    recent: BTreeSet<u32>,
}

impl Entry {
    /// Describes a story as it is shown at present.
    pub(in crate::serve) fn of(story: &Story) -> Entry {
        let mut hasher = blake3::Hasher::new();
        hasher.update(story.id.as_bytes());
        hasher.update(story.canonical.id.as_bytes());
        hasher.update(&story.changed.as_nanosecond().to_be_bytes());
        let item = &story.canonical;
        let texts = [&item.summary, &item.content].into_iter().flatten();
        let texts = texts.map(SafeHtml::as_str);
        for text in std::iter::once(item.title.as_str()).chain(texts) {
            hasher.update(&text.len().to_be_bytes());
            hasher.update(text.as_bytes());
        }
        let mut fingerprint = [0; FINGERPRINT_BYTES];
        hasher.finalize_xof().fill(&mut fingerprint);
        Entry {
            story: story.id,
            fingerprint: u32::from_be_bytes(fingerprint),
            place: story.canonical.sort_key.as_second(),
            changed: story.changed.as_second(),
        }
    }

    /// Describes the stories of a feed.
    pub(in crate::serve) fn all(stories: &[Arc<Story>]) -> Vec<Entry> {
        stories.iter().map(|story| Entry::of(story)).collect()
    }
}

impl Mark {
    /// Marks a feed with these entries, newest first.
    pub(in crate::serve) fn of(entries: &[Entry]) -> Mark {
        let told_apart = &entries[..entries.len().min(MAX_TOLD_APART)];
        let floor = match entries.len() > told_apart.len() {
            true => told_apart.last().map_or(0, |last| last.place),
            false => 0,
        };
        let latest = entries.iter().map(|entry| entry.changed).max();
        Mark {
            latest: seconds(latest.unwrap_or_default()),
            floor: seconds(floor),
            recent: told_apart.iter().map(|entry| entry.fingerprint).collect(),
        }
    }

    /// Whether whoever holds the marked feed lacks this entry of a later version, or has an
    /// older version of it. Where that cannot be told, it does.
    pub(in crate::serve) fn lacks(&self, entry: &Entry) -> bool {
        if self.recent.contains(&entry.fingerprint) {
            return false;
        }
        let is_below = self.floor > 0 && entry.place < i64::from(self.floor);
        !is_below || entry.changed > i64::from(self.latest) - MAX_POLL_SECONDS
    }

    /// Writes the mark as text for a tag, URL-safe base64.
    pub(in crate::serve) fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.recent.len() * FINGERPRINT_BYTES);
        bytes.extend(self.latest.to_be_bytes());
        bytes.extend(self.floor.to_be_bytes());
        let recent = self.recent.iter();
        bytes.extend(recent.flat_map(|fingerprint| fingerprint.to_be_bytes()));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the mark of a tag, in quotes, of whichever coding; `None` if it has none.
    pub(in crate::serve) fn in_tag(etag: &str, codings: &[&str]) -> Option<Mark> {
        let tag = etag.strip_prefix('"')?.strip_suffix('"')?;
        let (_, mark) = tag.split_once('.')?;
        let of_coding = |name: &&str| mark.strip_suffix(name)?.strip_suffix('-');
        let mark = codings.iter().find_map(of_coding).unwrap_or(mark);
        Mark::read(mark)
    }

    /// Reads what [`Mark::to_text`] wrote; `None` if the text is no mark.
    pub(in crate::serve) fn read(text: &str) -> Option<Mark> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (latest, floor) = head.split_at(FINGERPRINT_BYTES);
        let recent = rest.chunks_exact(FINGERPRINT_BYTES);
        let is_whole = recent.remainder().is_empty();
        (is_whole && rest.len() / FINGERPRINT_BYTES <= MAX_TOLD_APART).then(|| Mark {
            latest: number(latest),
            floor: number(floor),
            recent: recent.map(number).collect(),
        })
    }
}

/// Puts a number of seconds into 32 bits: those before 1970 and after 2106 go to the ends.
fn seconds(at: i64) -> u32 {
    u32::try_from(at.max(0)).unwrap_or(u32::MAX)
}

fn number(bytes: &[u8]) -> u32 {
    let number = bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u8, changed: i64) -> Entry {
        Entry {
            story: StoryId::from_bytes([n; 16]),
            fingerprint: u32::from(n),
            place: 1_790_000_000 + i64::from(n),
            changed,
        }
    }

    fn feed(numbers: std::ops::RangeInclusive<u8>) -> Vec<Entry> {
        numbers.rev().map(|n| entry(n, 1_790_000_000)).collect()
    }

    #[test]
    fn a_mark_comes_back_out_of_its_tag() {
        let mark = Mark::of(&feed(1..=50));
        let text = mark.to_text();
        for suffix in ["", "-gzip", "-br"] {
            let tag = format!("\"{}.{text}{suffix}\"", "0".repeat(32));
            assert!(tag.len() < 255, "{}", tag.len());
            assert_eq!(Mark::in_tag(&tag, &["br", "gzip"]).as_ref(), Some(&mark));
        }
        for junk in [
            "*",
            "\"x\"",
            "\"x.\"",
            "\"x.AAAA\"",
            "\"x.!!\"",
            "x.AAAAAAAAAAA",
            "\"",
        ] {
            assert_eq!(Mark::in_tag(junk, &["gzip"]), None, "{junk}");
        }
        let long = format!("\"x.{}\"", "A".repeat(4000));
        assert_eq!(Mark::in_tag(&long, &[]), None);
    }

    #[test]
    fn what_is_new_or_changed_is_lacking() {
        let mark = Mark::of(&feed(1..=20));
        assert!(feed(1..=20).iter().all(|entry| !mark.lacks(entry)));
        assert!(mark.lacks(&entry(21, 1_700_000_000)));
        // Also what stands further back, whenever it was changed.
        assert!(mark.lacks(&entry(0, 1_700_000_000)));
        assert!(Mark::of(&[]).lacks(&entry(1, 0)));
    }

    #[test]
    fn below_what_is_told_apart_the_time_of_change_counts() {
        let mut long = feed(1..=50);
        for old in &mut long[36..] {
            old.changed -= MAX_POLL_SECONDS;
        }
        let mark = Mark::of(&long);
        assert!(long.iter().all(|entry| !mark.lacks(entry)));
        // Changed since, or by a poll that was under way.
        assert!(mark.lacks(&Entry {
            fingerprint: 999,
            ..entry(3, 1_789_999_999)
        }));
    }
}
