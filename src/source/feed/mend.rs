//! Mending of JSON: as people write it, made into JSON.

/// Removes trailing commas from `text`, escapes control characters in strings and replaces halves
/// of surrogate pairs. One pass; what good JSON says stays the same.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_string = false;
    let mut chars = text.char_indices();
    let mut offset = 0;
    while let Some((at, c)) = chars.next() {
        let at = offset + at;
        match c {
            '"' => {
                is_string = !is_string;
                out.push(c);
            }
            '\\' if is_string => {
                let (kept, length) = escape(&text[at..]);
                out.push_str(kept);
                // The backslash has been taken already.
                for _ in 1..length {
                    chars.next();
                }
            }
            c if is_string && c < ' ' => {
                out.push_str(match c {
                    '\n' => "\\n",
                    '\t' => "\\t",
                    '\r' => "\\r",
                    _ => " ",
                });
            }
            ',' if !is_string => {
                // A whole run at once, or many commas would take many looks.
                let is_run = |c: char| c.is_ascii_whitespace() || c == ',';
                let next = text[at..].trim_start_matches(is_run);
                if !next.starts_with([']', '}']) {
                    out.push(c);
                }
                chars = text[text.len() - next.len()..].char_indices();
                offset = text.len() - next.len();
            }
            _ => out.push(c),
        }
    }
    out
}

/// Returns the escape at the start of `text` as it may stand, and how many characters it takes.
fn escape(text: &str) -> (&str, usize) {
    match text.as_bytes().get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (&text[..2], 2),
        Some(b'u') => match (unit(text), text.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&text[..12], 12),
            (Some(0xd800..=0xdfff), _) => ("\\ufffd", 6),
            (Some(_), _) => (&text[..6], 6),
            (None, _) => ("\\\\", 1),
        },
        _ => ("\\\\", 1),
    }
}

/// Reads the code unit in `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(json(given), want, "given {given}");
    }

    #[test]
    fn common_mistakes_are_mended() {
        check("[1, 2, ]", "[1,2]");
        check("{\"a\": 1,\n}", "{\"a\": 1}");
        check("[\"a\nb\"]", "[\"a\\nb\"]");
        check(r#"["\ud800x"]"#, r#"["\ufffdx"]"#);
        check(r#"["C:\dir"]"#, r#"["C:\\dir"]"#);
    }

    #[test]
    fn good_json_stays() {
        for good in [r#"{"a,}": [1,"\"]","\ud83d\ude00\\"]}"#, "", "[]", "\"é\""] {
            check(good, good);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_mended(text in "[\\\\ud80\",\\]} é\n]{0,30}") {
            json(&text);
        }
    }
}
