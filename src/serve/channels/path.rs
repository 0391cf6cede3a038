//! Paths of channels, and cursors of their older pages.

use jiff::Timestamp;

use crate::model::{ChannelId, Story};
use crate::publish::{Format, View};
use crate::store::Cursor;

/// Target of a channel path.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// `shandong/jinan/`
    Listing(ChannelId),
    /// `shandong/jinan`: to be redirected to the same with a slash at its end.
    Unfinished(ChannelId),
    /// `shandong/jinan.rss`
    Feed(ChannelId, Format),
    /// `shandong/jinan/hot`
    View(ChannelId, View),
    /// `shandong/jinan/hot.rss`
    ViewFeed(ChannelId, View, Format),
}

/// Parses the path of a channel, without its leading slash. `None` if no channel can have it;
/// whether the channel is configured is not looked up.
pub(super) fn wanted(path: &str) -> Option<Wanted> {
    if let Some(channel) = path.strip_suffix('/') {
        return Some(Wanted::Listing(channel.parse().ok()?));
    }
    if let Some((channel, view)) = view(path) {
        return channel.map(|channel| Wanted::View(channel, view));
    }
    for format in Format::ALL {
        let stem = path.strip_suffix(format.ending());
        if let Some(channel) = stem.and_then(|stem| stem.strip_suffix('.')) {
            if let Some((channel, view)) = view(channel) {
                return Some(Wanted::ViewFeed(channel?, view, format));
            }
            return Some(Wanted::Feed(channel.parse().ok()?, format));
        }
    }
    Some(Wanted::Unfinished(path.parse().ok()?))
}

/// Splits a path that ends in the name of a view, such as `/hot`. `None`: no view;
/// `Some((None, _))`: a view, but before it stands no channel id.
fn view(path: &str) -> Option<(Option<ChannelId>, View)> {
    View::NAMED.into_iter().find_map(|view| {
        let channel = path.strip_suffix(view.name()?)?;
        if channel.is_empty() {
            return Some((Some(ChannelId::root()), view));
        }
        Some((channel.strip_suffix('/')?.parse().ok(), view))
    })
}

/// Writes the cursor of the page after `last`: sort key in nanoseconds since 1970, a dash,
/// story id, as in `1521175740000000000-0123…cdef`.
pub(super) fn write_cursor(last: &Story) -> String {
    let sort_key = last.canonical.sort_key.as_nanosecond();
    format!("{sort_key}-{}", last.id)
}

/// Parses a cursor of [`write_cursor`]; `None` if the text is not one.
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
        for view in View::NAMED {
            let name = view.name().unwrap();
            let root = ChannelId::root();
            let of_feed = |channel, format| Some(Wanted::ViewFeed(channel, view, format));
            check(name, Some(Wanted::View(root.clone(), view)));
            check(&format!("a/b/{name}"), Some(Wanted::View(id("a/b"), view)));
            check(&format!("{name}.rss"), of_feed(root, Format::Rss));
            check(&format!("a/{name}.atom"), of_feed(id("a"), Format::Atom));
        }
        check("a/snapshot", Some(Wanted::Unfinished(id("a/snapshot"))));
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
