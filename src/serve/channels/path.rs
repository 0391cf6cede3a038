//! What the addresses of channels and their pages say.

use jiff::Timestamp;

use crate::model::{ChannelId, Story};
use crate::publish::Format;
use crate::store::Cursor;

/// What the path of a channel asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// `shandong/jinan/`
    Listing(ChannelId),
    /// `shandong/jinan`, which has moved a slash further.
    Unfinished(ChannelId),
    /// `shandong/jinan.rss`
    Feed(ChannelId, Format),
    /// `shandong/jinan/hot`
    Hot(ChannelId),
    /// `shandong/jinan/hot.rss`
    HotFeed(ChannelId, Format),
}

/// What a path asks for, if it is one of ours.
pub(super) fn wanted(path: &str) -> Option<Wanted> {
    if let Some(channel) = path.strip_suffix('/') {
        return Some(Wanted::Listing(channel.parse().ok()?));
    }
    if let Some(channel) = hot(path) {
        return channel.map(Wanted::Hot);
    }
    for format in Format::ALL {
        let stem = path.strip_suffix(format.ending());
        if let Some(channel) = stem.and_then(|stem| stem.strip_suffix('.')) {
            if let Some(channel) = hot(channel) {
                return Some(Wanted::HotFeed(channel?, format));
            }
            return Some(Wanted::Feed(channel.parse().ok()?, format));
        }
    }
    Some(Wanted::Unfinished(path.parse().ok()?))
}

/// The channel whose hot stories a path names; `Some(None)` if there can be no
/// such channel.
fn hot(path: &str) -> Option<Option<ChannelId>> {
    if path == "hot" {
        return Some(Some(ChannelId::root()));
    }
    let channel = path.strip_suffix("/hot")?;
    Some(channel.parse().ok())
}

/// Where the page after `last` begins: `1521175740000000000-0123…cdef`.
pub(super) fn write_cursor(last: &Story) -> String {
    let sort_key = last.canonical.sort_key.as_nanosecond();
    format!("{sort_key}-{}", last.id)
}

/// Where a page begins, from what [`write_cursor`] wrote.
pub(super) fn read_cursor(text: &str) -> Option<Cursor> {
    let (sort_key, story) = text.rsplit_once('-')?;
    Some(Cursor {
        sort_key: Timestamp::from_nanosecond(sort_key.parse().ok()?).ok()?,
        story: story.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let id = |text: &str| text.parse::<ChannelId>().unwrap();
        #[track_caller]
        fn check(given: &str, want: Option<Wanted>) {
            assert_eq!(wanted(given), want, "given {given}");
        }
        check("a/b/", Some(Wanted::Listing(id("a/b"))));
        check("a/b", Some(Wanted::Unfinished(id("a/b"))));
        check("a/b.rss", Some(Wanted::Feed(id("a/b"), Format::Rss)));
        check("a.atom", Some(Wanted::Feed(id("a"), Format::Atom)));
        check("a.json", Some(Wanted::Feed(id("a"), Format::Json)));
        check("a/b/hot", Some(Wanted::Hot(id("a/b"))));
        check("hot", Some(Wanted::Hot(ChannelId::root())));
        check(
            "hot.rss",
            Some(Wanted::HotFeed(ChannelId::root(), Format::Rss)),
        );
        check("a/hot.atom", Some(Wanted::HotFeed(id("a"), Format::Atom)));
    }

    #[test]
    fn hostile_paths_lead_nowhere() {
        for path in [
            "",
            "/",
            "//",
            "../etc/passwd",
            "a/../b",
            ".rss",
            "a.rss.rss",
            "a\0",
            "a.exe",
            "A/",
            "a.rss/",
            "济南/",
            "a//b",
            "a/b//",
        ] {
            assert_eq!(wanted(path), None, "{path:?}");
        }
        assert_eq!(wanted(&"a/".repeat(30_000)), None);
    }

    #[test]
    fn hostile_cursors_are_refused() {
        for text in [
            "",
            "-",
            "1",
            "x-y",
            "9999999999999999999999999999999999-00",
            "1-xyz",
        ] {
            assert!(read_cursor(text).is_none(), "{text:?}");
        }
        let text = format!("-1521175740000000000-{}", "0".repeat(32));
        let cursor = read_cursor(&text).unwrap();
        assert_eq!(cursor.sort_key.as_second(), -1_521_175_740);
    }
}
