//! Characters allowed in XML documents.

use std::borrow::Cow;

/// Removes from `text` the characters that no XML 1.0 document may hold, and those it should
/// not (C1 controls, noncharacters; XML 1.0, 2.2).
///
/// One of them in one item would make the whole merged feed unreadable, and no writer of
/// feeds takes them out.
pub(super) fn legal(text: &str) -> Cow<'_, str> {
    match text.chars().all(is_legal) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().filter(|c| is_legal(*c)).collect()),
    }
}

fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FDD0}'..='\u{FDEF}' => false,
        _ => u32::from(c) & 0xFFFE != 0xFFFE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(legal(given), want);
    }

    #[test]
    fn forbidden_characters_are_dropped() {
        check("a\0b\u{1}c\u{1B}[31m", "abc[31m");
        check("\u{FFFE}x\u{FFFF}\u{1FFFE}\u{85}\u{7F}", "x");
        check("]]\u{8}>", "]]>");
    }

    #[test]
    fn text_is_kept() {
        check(
            "济南\t新闻\r\n\u{FFFD}\u{1F600}\u{10FFFD}",
            "济南\t新闻\r\n\u{FFFD}\u{1F600}\u{10FFFD}",
        );
    }
}
