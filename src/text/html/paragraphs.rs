//! Plain text as markup.

use super::entities;
use crate::model::SafeHtml;

/// Turns plain text into markup: escaped, a paragraph for every line that is not blank.
///
/// ```
/// use gazetted::text::html::from_text;
/// assert_eq!(from_text("a < b\n\nc").as_str(), "<p>a &lt; b</p><p>c</p>");
/// ```
#[must_use]
pub fn from_text(text: &str) -> SafeHtml {
    let mut markup = String::with_capacity(text.len() + 7);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        markup.push_str("<p>");
        entities::escape_into(line, &mut markup);
        markup.push_str("</p>");
    }
    super::sanitize(&markup, None)
}
