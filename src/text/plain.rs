//! Plain text from strangers.

/// One line of plain text: control and bidi-override characters dropped, white
/// space folded, at most `max` bytes, cut at a grapheme boundary.
#[must_use]
pub fn line(_text: &str, _max: usize) -> String {
    todo!()
}
