//! Plain text from strangers.

/// One line of plain text: control and bidi-override characters dropped, white
/// space folded, at most `max` bytes, cut at a grapheme boundary.
#[must_use]
pub fn line(_text: &str, _max: usize) -> String {
    todo!()
}

/// The first `graphemes` of `text` as one line, with `…` where something is left out.
#[must_use]
pub fn excerpt(_text: &str, _graphemes: usize) -> String {
    todo!()
}
