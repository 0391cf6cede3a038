//! Paths of channels, and cursors of their older pages.

use jiff::Timestamp;

use crate::model::{ChannelId, Story};
use crate::publish::{Address, Format, Month, View};
use crate::store::Cursor;

/// Name under which other sites have the page of a folder.
const INDEX_PAGE: &str = "index.html";

/// Target of a channel path.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// `shandong/jinan/`
    Listing(ChannelId),
    /// Another way to write the address of a view's page or feed, to be redirected there:
    /// `shandong/jinan` without its slash, `shandong/jinan/hot/` with one too many,
    /// `shandong/jinan.xml` for its RSS, `shandong/jinan/index.html`.
    Moved(ChannelId, View, Option<Format>),
    /// `shandong/jinan.rss`
    Feed(ChannelId, Format),
    /// `shandong/jinan/archive/2026-10.rss`
    Archive(ChannelId, Month, Format),
    /// `shandong/jinan/events`
    Events(ChannelId),
    /// `shandong/jinan/hot`
    View(ChannelId, View),
    /// `shandong/jinan/hot.rss`
    ViewFeed(ChannelId, View, Format),
}

/// Parses the path of a channel, without its leading slash. `None` if no channel can have it;
/// whether the channel is configured is not looked up.
pub(super) fn wanted(path: &str) -> Option<Wanted> {
    if let Some(stem) = path.strip_suffix('/') {
        if let Some((channel, view)) = view(stem) {
            return Some(Wanted::Moved(channel?, view, None));
        }
        return Some(Wanted::Listing(stem.parse().ok()?));
    }
    if let Some(stem) = path.strip_suffix(INDEX_PAGE) {
        let channel = match stem.strip_suffix('/') {
            Some(channel) => channel.parse().ok()?,
            None if stem.is_empty() => ChannelId::root(),
            None => return None,
        };
        return Some(Wanted::Moved(channel, View::Newest, None));
    }
    if let Some(stem) = path.strip_suffix(".xml") {
        let (channel, view) = feed_of(stem)?;
        return Some(Wanted::Moved(channel, view, Some(Format::Rss)));
    }
    if let Some(channel) = below(path, Address::EVENTS) {
        return channel.map(Wanted::Events);
    }
    if let Some((channel, view)) = view(path) {
        return channel.map(|channel| Wanted::View(channel, view));
    }
    for format in Format::ALL {
        let stem = path.strip_suffix(format.ending());
        if let Some(channel) = stem.and_then(|stem| stem.strip_suffix('.')) {
            if let Some((channel, month)) = archive(channel) {
                return Some(Wanted::Archive(channel, month, format));
            }
            if let Some((channel, view)) = view(channel) {
                return Some(Wanted::ViewFeed(channel?, view, format));
            }
            return Some(Wanted::Feed(channel.parse().ok()?, format));
        }
    }
    Some(Wanted::Moved(path.parse().ok()?, View::Newest, None))
}

/// Splits the address of an archive before its ending, `shandong/jinan/archive/2026-10`.
fn archive(stem: &str) -> Option<(ChannelId, Month)> {
    let (folder, month) = stem.rsplit_once('/')?;
    let month = month.parse().ok()?;
    let channel = match folder.strip_suffix(Address::ARCHIVE)? {
        "" => ChannelId::root(),
        channel => channel.strip_suffix('/')?.parse().ok()?,
    };
    Some((channel, month))
}

/// Returns the channel and the view whose feed has this address before its ending.
fn feed_of(stem: &str) -> Option<(ChannelId, View)> {
    if stem == Address::INDEX {
        return Some((ChannelId::root(), View::Newest));
    }
    match view(stem) {
        Some((channel, view)) => Some((channel?, view)),
        None => Some((stem.parse().ok()?, View::Newest)),
    }
}

/// Splits a path that ends in the name of a view, such as `/hot`. `None`: no view;
/// `Some((None, _))`: a view, but before it stands no channel id.
fn view(path: &str) -> Option<(Option<ChannelId>, View)> {
    View::NAMED
        .into_iter()
        .find_map(|view| Some((below(path, view.name()?)?, view)))
}

/// Splits a path that ends in `name`, as its only segment or the last one: the channel before
/// it, which is `None` if it is no channel id. `None`: the path does not end so.
fn below(path: &str, name: &str) -> Option<Option<ChannelId>> {
    let channel = path.strip_suffix(name)?;
    match channel.is_empty() {
        true => Some(Some(ChannelId::root())),
        false => Some(channel.strip_suffix('/')?.parse().ok()),
    }
}

/// Returns the position of a story, behind which a page may begin.
pub(in crate::serve) fn cursor(story: &Story) -> Cursor {
    Cursor {
        sort_key: story.canonical.sort_key,
        story: story.id,
    }
}

/// Writes the cursor of the page behind a position: sort key in nanoseconds since 1970, a dash,
/// story id, as in `1521175740000000000-0123…cdef`.
pub(in crate::serve) fn write_cursor(cursor: &Cursor) -> String {
    let sort_key = cursor.sort_key.as_nanosecond();
    format!("{sort_key}-{}", cursor.story)
}

/// Parses a cursor of [`write_cursor`]; `None` if the text is not one.
pub(in crate::serve) fn read_cursor(text: &str) -> Option<Cursor> {
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
        let moved = |id, format| Some(Wanted::Moved(id, View::Newest, format));
        check("a/b", moved(id("a/b"), None));
        check("a/b/index.html", moved(id("a/b"), None));
        check("index.html", moved(ChannelId::root(), None));
        let month = "2026-10".parse().unwrap();
        let archive = |id| Some(Wanted::Archive(id, month, Format::Atom));
        check("a/b/archive/2026-10.atom", archive(id("a/b")));
        check("archive/2026-10.atom", archive(ChannelId::root()));
        check("a/b/events", Some(Wanted::Events(id("a/b"))));
        check("events", Some(Wanted::Events(ChannelId::root())));
        check("a/prevents", moved(id("a/prevents"), None));
        check("a/b.xml", moved(id("a/b"), Some(Format::Rss)));
        check("index.xml", moved(ChannelId::root(), Some(Format::Rss)));
        check("a/b.rss", Some(Wanted::Feed(id("a/b"), Format::Rss)));
        check("a.atom", Some(Wanted::Feed(id("a"), Format::Atom)));
        check("a.json", Some(Wanted::Feed(id("a"), Format::Json)));
        for view in View::NAMED {
            let name = view.name().unwrap();
            let root = ChannelId::root();
            let of_feed = |channel, format| Some(Wanted::ViewFeed(channel, view, format));
            check(name, Some(Wanted::View(root.clone(), view)));
            let of_page = |id, format| Some(Wanted::Moved(id, view, format));
            check(&format!("{name}/"), of_page(root.clone(), None));
            check(&format!("a/{name}/"), of_page(id("a"), None));
            check(
                &format!("a/{name}.xml"),
                of_page(id("a"), Some(Format::Rss)),
            );
            check(&format!("a/b/{name}"), Some(Wanted::View(id("a/b"), view)));
            check(&format!("{name}.rss"), of_feed(root, Format::Rss));
            check(&format!("a/{name}.atom"), of_feed(id("a"), Format::Atom));
        }
        check("a/snapshot", moved(id("a/snapshot"), None));
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
            "a/index.html/",
            "xindex.html",
            "a/b/.xml",
            ".xml",
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
