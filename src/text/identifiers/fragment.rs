//! Fragments of addresses, which stand behind the `#` of an address: a place on a page that holds many
//! notices, or a mark of where a reader came from.

/// Anchors that pages set for parts of one article.
const OWN: [&str; 25] = [
    "anchor",
    "article",
    "comment",
    "comments",
    "content",
    "continue",
    "disqus_thread",
    "feed",
    "full",
    "gallery",
    "header",
    "main",
    "main-content",
    "maincontent",
    "more",
    "page",
    "photos",
    "readmore",
    "respond",
    "rss",
    "share",
    "start",
    "text",
    "top",
    "video",
];

/// Beginnings of such anchors that end in a number: `comment-12`, `more-4711`.
const NUMBERED: [&str; 9] = [
    "comment", "comments", "c", "more", "p", "page", "respond", "slide", "img",
];

/// Whether a fragment is part of what an address names: not where it only tells
/// whence a reader came (`xtor=RSS-1`, `utm_source=…`), is a search in the text, or
/// leads to a part of one article.
///
/// ```
/// use gazetted::text::identifiers::fragment::is_meant;
/// assert_eq!(is_meant("summer-timetable"), true);
/// assert_eq!(is_meant("!/story/5"), true);
/// assert_eq!(is_meant("xtor=RSS-1"), false);
/// assert_eq!(is_meant("comments"), false);
/// assert_eq!(is_meant("more-4711"), false);
/// ```
#[must_use]
pub fn is_meant(fragment: &str) -> bool {
    if fragment.starts_with(['!', '/']) {
        return true;
    }
    let folded = fragment.to_ascii_lowercase();
    let is_parameter = folded.contains('=') || folded.starts_with(":~:");
    let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered =
        bare.len() < folded.len() && NUMBERED.contains(&bare.trim_end_matches(['-', '_']));
    !folded.is_empty() && !is_parameter && !is_numbered && !OWN.contains(&&*folded)
}
