//! Plain text from strangers, made safe to show.
//!
//! The results can be put into any output: no control characters, nothing
//! that turns the text around it, marks in readable numbers, one composed form.

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::is_combining_mark, is_nfc_quick,
};
use unicode_segmentation::UnicodeSegmentation;

/// Most combining marks in a row that are kept; more than any language puts on one letter.
const MAX_MARKS: usize = 8;

/// Most bytes of a character with [`MAX_MARKS`] marks, four each, beyond which nothing composes with it.
const MAX_CLUSTER_BYTES: usize = 4 * (MAX_MARKS + 2);

/// Character that stands where text was cut off.
const ELLIPSIS: char = '…';

/// Cleans text to one line: control and bidi-override characters dropped, white space folded, NFC,
/// at most `max` bytes, cut at a grapheme boundary.
///
/// ```
/// use gazetted::text::plain::line;
/// assert_eq!(line("　Two\r\n words\u{202E} ", 100), "Two words");
/// assert_eq!(line("今日大雪", 10), "今日…");
/// ```
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(max.saturating_mul(2)));
    let mut is_gap_due = false;
    let mut n_marks = 0;
    let mut checked_from = max.saturating_add(MAX_CLUSTER_BYTES);
    for c in text.chars() {
        if is_gap(c) {
            is_gap_due = !kept.is_empty();
            continue;
        }
        n_marks = match is_mark(c) {
            true => n_marks + 1,
            false => 0,
        };
        if is_unwanted(c) || n_marks > MAX_MARKS {
            continue;
        }
        if std::mem::take(&mut is_gap_due) {
            kept.push(' ');
        }
        kept.push(c);
        // What is composed already stays as it is, whatever follows.
        if kept.len() > checked_from {
            if is_nfc_quick(kept.chars()) == IsNormalized::Yes {
                return cut(&kept, max);
            }
            checked_from = usize::MAX;
        }
        // Composing makes text shorter, though never this much.
        if kept.len() / 4 > max {
            break;
        }
    }
    if is_nfc_quick(kept.chars()) != IsNormalized::Yes {
        kept = kept.nfc().collect();
    }
    cut(&kept, max)
}

/// Cleans text that may have several lines: each as [`line()`] does; empty lines go; at most `max`
/// bytes in all.
#[must_use]
pub fn block(text: &str, max: usize) -> String {
    let mut lines = String::new();
    for part in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let part = line(part, usize::MAX);
        if part.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(&part);
        if lines.len() > max {
            break;
        }
    }
    cut(&lines, max)
}

/// Cuts `text` to at most `max` bytes, with `…` where something is missing. Never cuts within a
/// grapheme.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(ELLIPSIS.len_utf8());
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if at + grapheme.len() > room {
            break;
        }
        end = at + grapheme.len();
    }
    let mut kept = text[..end].trim_end().to_owned();
    if max >= ELLIPSIS.len_utf8() {
        kept.push(ELLIPSIS);
    }
    kept
}

/// Whether `c` does not belong into any output: a control or a noncharacter, or a character that
/// turns its neighbours around.
#[must_use]
pub fn is_unwanted(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        ' '..='~' => false,
        '\u{FFF9}'..='\u{FFFB}' | '\u{FEFF}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' => true,
        '\u{E0000}'..='\u{E001F}' => true,
        '\u{FDD0}'..='\u{FDEF}' => true,
        _ => c.is_control() || (u32::from(c) & 0xFFFE) == 0xFFFE,
    }
}

/// Whether `c` is a mark on a letter. Most characters are told without looking them up.
fn is_mark(c: char) -> bool {
    let is_plain = c < '\u{300}' || ('\u{3400}'..='\u{9FFF}').contains(&c);
    !is_plain && is_combining_mark(c)
}

/// Whether `c` is white space, or looks like nothing.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{0085}' | '\u{180E}' | '\u{3164}')
}

#[cfg(test)]
mod tests {
    use super::{block, cut, is_unwanted, line};
    use proptest::prelude::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(line(given, 60), want, "given {given:?}");
    }

    #[test]
    fn white_space_is_folded() {
        check(" a \t\r\n b ", "a b");
        check("\u{3000}济南\u{A0}\u{A0}大雪\u{3000}", "济南 大雪");
        check("\u{2028}a\u{2029}b\u{85}c", "a b c");
        check(" \n ", "");
    }

    #[test]
    fn what_breaks_outputs_is_dropped() {
        check("a\0\u{1}\u{1b}[31mb\u{9b}\u{7f}c", "a[31mbc");
        check("a\u{FFFE}\u{FFFF}\u{FDD0}\u{1FFFE}b", "ab");
    }

    #[test]
    fn nothing_turns_its_neighbours_around() {
        check("a\u{202E}cba\u{202C}", "acba");
        check("\u{2066}\u{2067}\u{2068}x", "x");
    }

    #[test]
    fn letters_keep_their_marks_but_not_hundreds() {
        check("e\u{301}", "é");
        check("हिन्दी", "हिन्दी");
        let zalgo = format!("a{}b", "\u{316}".repeat(300));
        assert!(line(&zalgo, 1000).chars().count() < 12);
    }

    #[test]
    fn joined_emoji_stay_joined() {
        check("👩‍👩‍👧‍👦 🏳️‍🌈", "👩‍👩‍👧‍👦 🏳️‍🌈");
        assert_eq!(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 30), "👩‍👩‍👧‍👦…");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abc…");
        assert_eq!(cut("abc", 1), "");
    }

    #[test]
    fn blocks_keep_their_lines() {
        assert_eq!(block(" a  b \n\n\r\n c\u{2028}d", 100), "a b\nc\nd");
    }

    proptest! {
        #[test]
        fn lines_are_clean_short_and_settled(text in ".*", max in 0..80usize) {
            let once = line(&text, max);
            prop_assert!(once.len() <= max);
            prop_assert!(!once.chars().any(|c| is_unwanted(c) || c == '\n' || c == '\t'));
            prop_assert_eq!(line(&once, max), once.clone());
        }

        #[test]
        fn a_line_is_the_beginning_of_the_whole_line(
            text in ".*|[a-e\u{300}-\u{310}\u{1100}-\u{11FF}가-각济 \u{200D}👨-👩]{0,90}",
            max in 0..80usize,
        ) {
            prop_assert_eq!(line(&text, max), cut(&line(&text, usize::MAX), max));
        }
    }
}
