//! Excerpts: an item in a line or three.

use crate::model::Item;
use crate::text::{html, plain};

/// Upper limit of an excerpt, in bytes; a Chinese character has three.
const MAX_EXCERPT_BYTES: usize = 360;

/// Cuts the beginning of the teaser, or of the text where there is no teaser, to one line of
/// plain text, at most 360 bytes, without the captions of its pictures; empty where there is
/// neither.
pub(super) fn excerpt(item: &Item) -> String {
    match item.summary.as_ref().or(item.content.as_ref()) {
        Some(markup) => {
            let text = html::to_text(markup.as_str());
            let is_caption =
                |line: &&str| item.captions.iter().any(|caption| caption == line.trim());
            let lines: Vec<&str> = text.lines().filter(|line| !is_caption(line)).collect();
            plain::line(&lines.join("\n"), MAX_EXCERPT_BYTES)
        }
        None => String::new(),
    }
}
