//! Lead picture of a text.

use super::entities;
use super::token::{HtmlToken, HtmlTokens, Tag};

/// Least width and height of a picture, in pixels: what says to be smaller is a rule, smiley or
/// counter.
const MIN_SIDE_PIXELS: u32 = 48;

/// Picture in markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HtmlPicture {
    /// Address, as written, references decoded.
    pub src: String,
    /// Alternative text, if there is one.
    pub alt: Option<String>,
}

/// Finds the first picture that is more than an ornament.
///
/// ```
/// use gazetted::text::html::first_picture;
/// let text = "<img src='https://a.de/dot.gif' width=1><p><img src='https://a.de/b.jpg' alt='A kite'>";
/// let picture = first_picture(text).unwrap();
/// assert_eq!(picture.src, "https://a.de/b.jpg");
/// assert_eq!(picture.alt.as_deref(), Some("A kite"));
/// ```
#[must_use]
pub fn first_picture(markup: &str) -> Option<HtmlPicture> {
    HtmlTokens::of(markup).find_map(|token| match token {
        HtmlToken::Open(tag) if tag.name.eq_ignore_ascii_case("img") => picture(&tag),
        _ => None,
    })
}

fn picture(tag: &Tag<'_>) -> Option<HtmlPicture> {
    let is_small = |size: Option<String>| {
        let size = size.and_then(|size| size.trim().trim_end_matches("px").parse::<u32>().ok());
        size.is_some_and(|size| size < MIN_SIDE_PIXELS)
    };
    if is_small(attribute(tag, "width")) || is_small(attribute(tag, "height")) {
        return None;
    }
    let src = attribute(tag, "src").filter(|src| !src.is_empty())?;
    let alt = attribute(tag, "alt").filter(|alt| !alt.trim().is_empty());
    Some(HtmlPicture { src, alt })
}

fn attribute(tag: &Tag<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let (_, value) = attributes.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(entities::decode(value).into_owned())
}
