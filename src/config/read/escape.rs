//! Mapping from an offset in a string to the place in the file where it was typed.

/// Maps byte `offset` of the string written as `typed` (with its quotes) to a byte offset in
/// `typed`; its end, if the string is shorter.
pub(super) fn offset(typed: &str, offset: usize) -> usize {
    let (quotes, is_literal) = match typed.as_bytes() {
        [b'"', b'"', b'"', ..] => (3, false),
        [b'\'', b'\'', b'\'', ..] => (3, true),
        [b'\'', ..] => (1, true),
        [b'"', ..] => (1, false),
        _ => (0, true),
    };
    let mut at = quotes.min(typed.len());
    if quotes == 3 {
        let body = &typed[at..];
        at += ["\r\n", "\n"]
            .iter()
            .find(|end| body.starts_with(**end))
            .map_or(0, |end| end.len());
    }
    // A backslash at a line's end is passed too: it means nothing.
    let mut passed = 0;
    loop {
        let (typed_len, len) = match is_literal {
            true => plain(&typed[at..]),
            false => step(&typed[at..]),
        };
        let is_there = passed >= offset && len > 0;
        if is_there || typed_len == 0 {
            break;
        }
        at += typed_len;
        passed += len;
    }
    at
}

/// Returns the bytes of the first character as typed, and as meant.
fn step(typed: &str) -> (usize, usize) {
    let Some(escape) = typed.strip_prefix('\\') else {
        return plain(typed);
    };
    let digits = match escape.as_bytes().first() {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b'\n' | b'\r' | b' ' | b'\t') => {
            let rest = escape.trim_start_matches(['\n', '\r', ' ', '\t']);
            return (typed.len() - rest.len(), 0);
        }
        // Only a character of ASCII can be meant; whatever else stands there is no escape.
        Some(_) => return (1 + plain(escape).0, 1),
        None => return (1, 1),
    };
    match escape.get(1..=digits) {
        Some(code) => {
            let meant = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            (2 + digits, meant.map_or(1, char::len_utf8))
        }
        None => (2, 1),
    }
}

fn plain(typed: &str) -> (usize, usize) {
    let len = typed.chars().next().map_or(0, char::len_utf8);
    (len, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The string means `a` … `X`; `X` has to be found where it was typed.
    #[track_caller]
    fn check(typed: &str, meant: &str) {
        let at = offset(typed, meant.find('X').unwrap());
        assert_eq!(&typed[at..=at], "X", "in {typed}");
    }

    #[test]
    fn places_are_found_behind_escapes() {
        check(r#""abX""#, "abX");
        check(r#"'a\nX'"#, r"a\nX");
        check(r#""a\n\"X""#, "a\n\"X");
        check(r#""\u6d4e\x41X""#, "济AX");
        check(r#""\U0001F600X""#, "😀X");
        check("\"\"\"\nab\\\n   X\"\"\"", "abX");
        check("'''\r\n济X'''", "济X");
    }

    #[test]
    fn places_past_the_end_are_the_end() {
        assert_eq!(offset("'a'", 99), 3);
        assert_eq!(offset("'a'", 1), 2);
        assert_eq!(offset("", 1), 0);
        assert_eq!(offset(r#""\"#, 9), 2);
    }

    #[test]
    fn what_is_no_escape_is_passed_by_whole_characters() {
        for typed in [r#""网\济=""#, r#""\x济""#, r#""\u4济济""#, r#""\U1""#] {
            for at in 0..=typed.len() {
                let found = offset(typed, at);
                assert!(typed.is_char_boundary(found), "{typed} {at}: {found}");
            }
        }
    }
}
