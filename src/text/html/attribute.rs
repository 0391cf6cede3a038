//! Attributes of the allow-list, and how their values are cleaned.

use url::Url;

use super::address;
use super::element::{Element, ElementKind};
use super::entities;
use super::token::Tag;
use crate::text::plain;

/// Attributes in which scripts leave the address of an image until it is scrolled to. The first
/// that holds one counts.
const LAZY: &[&str] = &[
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "data-original-src",
    "data-lazyload",
    "data-echo",
    "data-url",
    "data-src-large",
    "data-hi-res-src",
    "zoomfile",
    "file",
    "_src",
    "ess-data",
];

/// Attributes in which scripts leave several addresses of an image.
const SETS: &[&str] = &["srcset", "data-srcset", "data-lazy-srcset"];

/// Parts of the addresses of images that count readers.
const COUNTERS: &[&str] = &[
    "//feeds.feedburner.com/~r/",
    "//feeds.feedburner.com/~ff/",
    "//pixel.wp.com/",
    "//stats.wordpress.com/",
    "//pixel.quantserve.com/",
    "//ad.doubleclick.net/",
    "//www.google-analytics.com/",
    "//hm.baidu.com/",
    "//feedpress.me/link/",
    "//b.scorecardresearch.com/",
    "//sb.scorecardresearch.com/",
];

/// Most digits of a number; longer ones are no size of anything.
const MAX_DIGITS: usize = 4;

/// Longest text, in bytes; longer ones are no description of anything.
const MAX_TEXT: usize = 1024;

/// Writes the attributes that `tag` may keep. `None` if the tag has to go: a link to nowhere, an
/// image that is not there.
pub(super) fn write(
    element: Element,
    tag: &Tag<'_>,
    base: Option<&Url>,
    out: &mut String,
) -> Option<()> {
    match element.kind {
        ElementKind::Link => link(tag, base, out),
        ElementKind::Image => image(tag, base, out),
        // Browsers open these again; without attributes, copies stay few.
        ElementKind::Format | ElementKind::Void => Some(()),
        _ => {
            for (name, value) in tag.attributes() {
                if is_kept(element.name, name) && !out_has(out, name) {
                    plain_value(element.name, name, value, out);
                }
            }
            Some(())
        }
    }
}

fn is_kept(element: &str, name: &str) -> bool {
    let own: &[&str] = match element {
        "ol" => &["start"],
        "li" => &["value"],
        "td" | "th" => &["colspan", "rowspan"],
        "abbr" => &["title"],
        "time" => &["datetime"],
        _ => &[],
    };
    own.iter()
        .chain(&["lang", "dir"])
        .any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Whether the tag that is being written has this attribute already.
fn out_has(out: &str, name: &str) -> bool {
    let tag = &out[out.rfind('<').unwrap_or(0)..];
    tag.contains(&format!(" {}=\"", name.to_ascii_lowercase()))
}

fn plain_value(element: &str, name: &str, value: &str, out: &mut String) {
    let name = name.to_ascii_lowercase();
    let value = text(value);
    let is_good = match name.as_str() {
        "dir" => matches!(value.as_str(), "ltr" | "rtl" | "auto"),
        "lang" => is_language(&value),
        "title" => element == "abbr" && !value.is_empty(),
        "datetime" => value.len() <= 40 && value.is_ascii(),
        _ => is_number(&value),
    };
    if is_good {
        push(&name, &value, out);
    }
}

/// Writes a link, if it leads to the web.
fn link(tag: &Tag<'_>, base: Option<&Url>, out: &mut String) -> Option<()> {
    let mut attributes = tag.attributes();
    let (_, href) = attributes.find(|(name, _)| name.eq_ignore_ascii_case("href"))?;
    link_to(&address::resolve(href, base)?, out);
    Some(())
}

/// Writes an image, if it can be shown to everybody and is not there to count them.
fn image(tag: &Tag<'_>, base: Option<&Url>, out: &mut String) -> Option<()> {
    let image = Values(tag.attributes().collect());
    if image.is_pixel() {
        return None;
    }
    shown(&image, &image.address(base)?, out)
}

/// Writes the attributes of an image that is at `url`, whatever its own are.
pub(super) fn image_at(url: &Url, tag: &Tag<'_>, out: &mut String) -> Option<()> {
    shown(&Values(tag.attributes().collect()), url, out)
}

/// Writes the attributes of the poster of a film.
pub(super) fn poster(url: &Url, label: &str, out: &mut String) {
    push("src", url.as_str(), out);
    push("alt", label, out);
    out.push_str(" loading=\"lazy\" referrerpolicy=\"no-referrer\"");
}

/// Writes the attributes of a link.
pub(super) fn link_to(url: &Url, out: &mut String) {
    push("href", url.as_str(), out);
    out.push_str(" rel=\"noopener noreferrer nofollow\"");
}

/// Whether an address is there to count readers.
pub(super) fn is_counter(url: &Url) -> bool {
    COUNTERS
        .iter()
        .any(|counter| url.as_str().contains(counter))
}

fn shown(image: &Values<'_>, url: &Url, out: &mut String) -> Option<()> {
    if is_counter(url) || address::is_private(url) {
        return None;
    }
    push("src", url.as_str(), out);
    if let Some(alt) = image.value("alt") {
        push("alt", &text(alt), out);
    }
    for name in ["width", "height"] {
        let size = image
            .value(name)
            .map(|size| size.trim().trim_end_matches("px"));
        if let Some(size) = size.filter(|size| is_number(size)) {
            push(name, size, out);
        }
    }
    out.push_str(" loading=\"lazy\" referrerpolicy=\"no-referrer\"");
    Some(())
}

/// The attributes of an image.
pub(super) struct Values<'a>(pub(super) Vec<(&'a str, &'a str)>);

impl<'a> Values<'a> {
    /// Returns the first attribute `wanted`, as written.
    pub(super) fn value(&self, wanted: &str) -> Option<&'a str> {
        let is_wanted = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(wanted);
        self.0.iter().find(is_wanted).map(|(_, value)| *value)
    }

    /// Finds the address: where scripts left it, else where it belongs, else the largest of a set.
    pub(super) fn address(&self, base: Option<&Url>) -> Option<Url> {
        let single = |name: &&str| address::resolve(self.value(name)?, base);
        let largest = |name: &&str| address::resolve(largest(self.value(name)?)?, base);
        let lazy = LAZY.iter().find_map(single);
        lazy.or_else(|| single(&"src"))
            .or_else(|| SETS.iter().find_map(largest))
    }

    /// Whether it is too small to be seen.
    pub(super) fn is_pixel(&self) -> bool {
        let size = |name| {
            let size = self.value(name)?.trim();
            size.strip_suffix("px").unwrap_or(size).parse::<u32>().ok()
        };
        let (width, height) = (size("width"), size("height"));
        let is_dot = width == Some(0) || height == Some(0) || width == Some(1) && height == Some(1);
        is_dot || self.value("style").is_some_and(is_hidden)
    }
}

/// Whether a style hides the element.
fn is_hidden(style: &str) -> bool {
    const HIDDEN: &[&str] = &[
        "display:none",
        "visibility:hidden",
        "width:1px",
        "width:0",
        "height:1px",
        "height:0",
    ];
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let style = style.to_ascii_lowercase();
    style.split(';').any(|rule| HIDDEN.contains(&rule))
}

/// Returns the address in a `srcset` that promises most.
fn largest(set: &str) -> Option<&str> {
    let sizes = set
        .split(", ")
        .flat_map(|part| part.split_inclusive(",\n"))
        .filter_map(|part| {
            let mut words = part.trim().trim_end_matches(',').split_whitespace();
            let url = words.next()?;
            let size = words
                .next()
                .and_then(|size| size.trim_end_matches(['w', 'x']).parse::<f32>().ok());
            Some((size.unwrap_or(1.0), url))
        });
    let (_, url) = sizes.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(url)
}

fn text(value: &str) -> String {
    plain::line(&entities::decode(value), MAX_TEXT)
}

fn push(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    entities::escape_into(value, out);
    out.push('"');
}

fn is_number(text: &str) -> bool {
    (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_language(text: &str) -> bool {
    let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=35).contains(&text.len()) && text.bytes().all(is_tag)
}
