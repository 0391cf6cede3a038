//! Format detection: a feed in some dress, or something else.

use super::xml::{Attributes, XmlToken, XmlTokens, fold, unescape};
use crate::model::WebUrl;

/// Most start tags that are looked at in search of a feed, and tokens of a page in search of its
/// feeds.
const MAX_SNIFFED_TAGS: usize = 2_000;

/// Kind of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DocumentKind<'a> {
    /// Feed in XML, from its first tag on, and whether something stood before it.
    Xml(&'a str, bool),
    /// Document that begins like JSON.
    Json(&'a str),
    /// Web page.
    Html,
    /// No text at all.
    Empty,
    /// Document that ends before its first tag is whole.
    Cut,
    /// Something else, in words: `an OPML list`.
    Other(&'static str),
}

/// Names these bytes, if they are no text at all.
pub(super) fn binary(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 12] = [
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"GIF8", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\0\0\x01\0", "a picture"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "gzip data"),
        (b"\x28\xb5\x2f\xfd", "zstd data"),
        (b"ID3", "a sound"),
        (b"OggS", "a sound"),
        (b"\x7fELF", "a program"),
        (b"MZ\x90\0", "a program"),
    ];
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let is_video = bytes.get(4..8) == Some(b"ftyp");
    let known = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
    match known {
        Some((_, name)) => Some(name),
        None if is_webp => Some("a picture"),
        None if is_video => Some("a video"),
        None => None,
    }
}

/// Detects the kind of a text.
pub(super) fn text(text: &str) -> DocumentKind<'_> {
    let start = text.trim_start();
    match start.as_bytes().first() {
        None => return DocumentKind::Empty,
        Some(b'{' | b'[') => return DocumentKind::Json(start),
        Some(_) => {}
    }
    let mut tokens = XmlTokens::new(start);
    let mut first = None;
    let mut n_seen = 0;
    loop {
        let before = tokens.rest();
        let Some(token) = tokens.next() else {
            break;
        };
        let name = match token {
            XmlToken::Start { name, .. } => name,
            XmlToken::Cut if first.is_none() => return DocumentKind::Cut,
            _ => continue,
        };
        let local = name.rsplit(':').next().unwrap_or(name);
        let mut buffer = [0; 16];
        let local = fold(local, &mut buffer);
        let is_first = first.is_none();
        match local {
            "rss" | "rdf" | "feed" => return xml(start, before, is_first),
            "channel" | "item" | "entry" if !first.is_some_and(is_html) => {
                return xml(start, before, is_first);
            }
            "html" => return DocumentKind::Html,
            "head" | "body" if first.is_none() => return DocumentKind::Html,
            _ => {}
        }
        first = first.or(Some(name));
        n_seen += 1;
        if n_seen == MAX_SNIFFED_TAGS {
            break;
        }
    }
    match first {
        Some(name) if is_html(name) => DocumentKind::Html,
        Some(name) => DocumentKind::Other(xml_name(name)),
        None if start.starts_with("<?xml") => DocumentKind::Other("XML without a feed in it"),
        None => DocumentKind::Other("plain text"),
    }
}

/// Makes the kind of a feed whose first tag begins `from_tag`.
fn xml<'a>(whole: &'a str, from_tag: &'a str, is_first: bool) -> DocumentKind<'a> {
    // Comments and declarations were passed over with the tag.
    let junk = &whole[..whole.len() - from_tag.len()];
    let is_junk = !is_first || !junk.trim_start().is_empty() && !junk.trim_start().starts_with('<');
    DocumentKind::Xml(from_tag, is_junk)
}

fn is_html(name: &str) -> bool {
    const COMMON: [&str; 22] = [
        "a", "b", "br", "center", "div", "font", "form", "h1", "h2", "hr", "i", "img", "link",
        "meta", "noscript", "p", "pre", "script", "span", "style", "table", "title",
    ];
    COMMON.contains(&fold(name, &mut [0; 16]))
}

fn xml_name(name: &str) -> &'static str {
    match fold(name, &mut [0; 16]) {
        "opml" => "an OPML list",
        "urlset" | "sitemapindex" => "a sitemap",
        "svg" => "a picture",
        "error" | "exception" | "fault" => "an error message",
        _ => "XML that is no feed",
    }
}

/// Names a web page without entries ("a challenge page" or "a web page"), and lists the feeds it
/// names.
pub(super) fn web_page(text: &str, url: &WebUrl) -> (&'static str, Vec<WebUrl>) {
    const CHALLENGES: [&str; 7] = [
        "cf-chl",
        "cf_chl_opt",
        "challenge-platform",
        "cf-browser-verification",
        "_Incapsula_",
        "ddos-guard",
        "Just a moment...",
    ];
    let is_challenge = CHALLENGES.iter().any(|marker| text.contains(marker));
    let mut feeds = Vec::new();
    for token in XmlTokens::new(text).take(MAX_SNIFFED_TAGS) {
        let XmlToken::Start {
            name, attributes, ..
        } = token
        else {
            continue;
        };
        if !name.eq_ignore_ascii_case("link") {
            continue;
        }
        let value = |wanted: &str| {
            Attributes::new(attributes)
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| unescape(value))
                .unwrap_or_default()
        };
        let is_alternate = value("rel")
            .split_ascii_whitespace()
            .any(|rel| rel.eq_ignore_ascii_case("alternate"));
        let kind = value("type").to_ascii_lowercase();
        let is_feed = ["rss", "atom", "rdf", "feed+json"]
            .iter()
            .any(|part| kind.contains(part));
        if is_alternate
            && is_feed
            && let Some(feed) = url.join(&value("href"))
            && !feeds.contains(&feed)
        {
            feeds.push(feed);
        }
    }
    (
        if is_challenge {
            "a challenge page"
        } else {
            "a web page"
        },
        feeds,
    )
}
