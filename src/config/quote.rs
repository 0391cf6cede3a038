//! Pieces of the file in messages: short, tame, without passwords, with their place.

/// Most characters of a value that a message repeats.
const MAX_QUOTE: usize = 60;

/// Quotes `value` for a message: short, on one line, between back quotes, without passwords.
pub(super) fn quoted(value: &str) -> String {
    let start: String = value.chars().take(MAX_QUOTE).collect();
    let dots = if start.len() < value.len() { "…" } else { "" };
    let mut visible = String::new();
    for c in masked(&start).chars() {
        match c.is_control() {
            true => visible.extend(c.escape_default()),
            false => visible.push(c),
        }
    }
    format!("`{visible}{dots}`")
}

/// Masks the user names and passwords in the addresses of `text` with stars; the length stays.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let is_end = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace();
        let end = after.find(is_end).unwrap_or(after.len());
        let secret = after[..end].rfind('@').unwrap_or(0);
        masked.push_str(before);
        masked.push_str(&"*".repeat(secret));
        rest = &after[secret..];
    }
    masked + rest
}

/// Returns the last character boundary up to byte `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    (0..=at).rev().find(is_boundary).unwrap_or(0)
}

/// Computes line and column of a byte offset, both from 1; columns count characters.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..floor(text, at)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("a\n济南 = x", 9), (2, 4));
        assert_eq!(place("", 7), (1, 1));
    }

    #[test]
    fn passwords_are_masked() {
        #[track_caller]
        fn check(given: &str, want: &str) {
            assert_eq!(masked(given), want);
        }
        check(
            "url = \"https://me:p@ss@a.cn/\"",
            "url = \"https://*******@a.cn/\"",
        );
        check("feed://济:x@a.cn", "feed://*****@a.cn");
        check("https://a.cn/@x", "https://a.cn/@x");
        check("https://a.cn https://u@b.cn", "https://a.cn https://*@b.cn");
        check("me@a.cn", "me@a.cn");
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quoted("a\nb\u{1b}"), r"`a\nb\u{1b}`");
        assert!(quoted(&"济".repeat(1000)).chars().count() < 70);
    }
}
