//! Character references: `&amp;`, `&#38;`, `&#x26;`.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

use crate::text::plain;

/// Bytes of the longest named reference, without the `&`.
const MAX_NAME: usize = 32;

/// Decodes the character references of `text` once, as a browser decodes them in text. Text that is
/// no reference stays as it is; a number that names no character goes.
///
/// ```
/// use gazetted::text::html::entities::decode;
/// assert_eq!(decode("AT&T &amp; R&eacute;gion &#x4E2D;&lt;b&gt;"), "AT&T & Région 中<b>");
/// assert_eq!(decode("&amp;lt;"), "&lt;");
/// ```
#[must_use]
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        let reference = &rest[at..];
        let taken = take(reference, &mut decoded).unwrap_or_else(|| {
            decoded.push('&');
            1
        });
        rest = &reference[taken..];
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Decodes the reference at the start of `text` into `out`; returns its length in bytes, `None` if
/// it is none.
fn take(text: &str, out: &mut String) -> Option<usize> {
    match text.as_bytes().get(1)? {
        b'#' => take_number(text, out),
        byte if byte.is_ascii_alphabetic() => take_name(text, out),
        _ => None,
    }
}

fn take_number(text: &str, out: &mut String) -> Option<usize> {
    let body = &text[2..];
    let (digits, radix, start) = match body.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 3),
        None => (body, 10, 2),
    };
    let n_digits = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if n_digits == 0 {
        return None;
    }
    let code = u32::from_str_radix(&digits[..n_digits], radix).unwrap_or(u32::MAX);
    out.extend(character(code));
    let has_end = digits[n_digits..].starts_with(';');
    Some(start + n_digits + usize::from(has_end))
}

/// Returns the character that a number means; the numbers of windows-1252's extra characters mean
/// those.
fn character(code: u32) -> Option<char> {
    match code {
        0x80..=0x9F => C1_REPLACEMENTS[(code - 0x80) as usize],
        _ => char::from_u32(code).filter(|c| *c != '\0'),
    }
}

fn take_name(text: &str, out: &mut String) -> Option<usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric();
    let n_name = text[1..].bytes().take(MAX_NAME).take_while(is_name).count();
    let name = &text[1..=n_name];
    if text[1 + n_name..].starts_with(';')
        && let Some(pair) = lookup(&text[1..n_name + 2])
    {
        push(pair, out);
        return Some(n_name + 2);
    }
    // `&copy2018` is `©2018`; only the oldest names may end so, and they are short.
    let longest = n_name.min(6);
    (2..=longest).rev().find_map(|length| {
        push(lookup(&name[..length])?, out);
        Some(1 + length)
    })
}

/// Looks up a name. The table knows every beginning of a name too, as nothing.
fn lookup(name: &str) -> Option<(u32, u32)> {
    NAMED_ENTITIES
        .get(name)
        .copied()
        .filter(|(first, _)| *first != 0)
}

fn push((first, second): (u32, u32), out: &mut String) {
    out.extend(char::from_u32(first));
    out.extend(char::from_u32(second).filter(|c| *c != '\0'));
}

/// Writes `text`, escaped, into a quoted attribute.
pub fn escape_into(text: &str, out: &mut String) {
    escape(text, out, |byte| {
        matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xC2)
    });
}

/// Writes `text`, escaped, between tags. Characters that do not belong into any output go, line
/// ends become `\n`.
pub fn escape_text_into(text: &str, out: &mut String) {
    escape(text, out, |byte| IS_SPECIAL[usize::from(byte)]);
}

/// Bytes that begin something to look at: what is escaped, controls, and the first bytes of the
/// characters that are unwanted.
static IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        special[byte] = match byte as u8 {
            b'\n' | b'\t' => false,
            0..0x20 | 0x7F | b'&' | b'<' | b'>' | 0xC2 | 0xE2 | 0xEF | 0xF0.. => true,
            _ => false,
        };
        byte += 1;
    }
    special
};

/// Finds the next character that `is_special` by its first byte, and by its second: most of Chinese
/// punctuation shares its first with something unwanted.
#[inline]
fn special(bytes: &[u8], is_special: impl Fn(u8) -> bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| is_special(*byte))?;
        let second = bytes.get(at + 1).copied().unwrap_or_default();
        let is_ordinary = match bytes[at] {
            0xC2 => second > 0xA0,
            0xE2 => second > 0x81,
            0xEF => !matches!(second, 0xB7 | 0xBB | 0xBF),
            _ => false,
        };
        if !is_ordinary {
            return Some(at);
        }
        from = at + 1;
    }
}

#[inline]
fn escape(text: &str, out: &mut String, is_special: impl Fn(u8) -> bool + Copy) {
    let mut rest = text;
    while let Some(at) = special(rest.as_bytes(), is_special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        let c = chars.next().unwrap_or_default();
        rest = chars.as_str();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{A0}' => out.push_str("&nbsp;"),
            '\r' if rest.starts_with('\n') => {}
            '\r' => out.push('\n'),
            '\x0C' => out.push(' '),
            c if plain::is_unwanted(c) => {}
            c => out.push(c),
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::{decode, escape_into};
    use proptest::prelude::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(decode(given), want, "given {given}");
    }

    #[test]
    fn references_are_decoded_once() {
        check("&amp;amp;", "&amp;");
        check("&nbsp;&mdash;&apos;&hellip;", "\u{A0}—'…");
        check("&#20013;&#x4e2d;&#X4E2D", "中中中");
        check("&NotEqualTilde;", "\u{2242}\u{338}");
        check("&CounterClockwiseContourIntegral;", "∳");
    }

    #[test]
    fn old_names_need_no_semicolon() {
        check("&copy2018 &ampx &eacutes", "©2018 &x és");
        check("a&b &foo; &;", "a&b &foo; &;");
    }

    #[test]
    fn numbers_mean_what_browsers_mean() {
        check("&#150;&#x92;", "–’");
        check("a&#0;b&#xD800;c&#99999999999;d", "abcd");
        check("&#; &#x; &#", "&#; &#x; &#");
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(text in "[a-z&<>\"#;中\u{A0}é]*") {
            let mut escaped = String::new();
            escape_into(&text, &mut escaped);
            prop_assert_eq!(decode(&escaped), text);
        }

        #[test]
        fn it_never_panics(text in "[&#xa-z0-9;中é]{0,40}") {
            let _ = decode(&text);
        }
    }
}
