//! References to characters in XML, decoded once and never again.
//!
//! Other than in HTML, `&copy` without a semicolon is text: feeds are full of
//! addresses with a bare `&`.
//!
//! Entities that a document type declares are never expanded: one that HTML does
//! not know stays as it was written.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;
use memchr::memchr;

use crate::source::gate::{is_legal, meant_by};

/// Longest name of a character in HTML, in bytes, and then some.
const MAX_NAME: usize = 40;

/// Decodes the references in `text`, once.
///
/// References to characters that no document may hold are dropped, a `&` that
/// begins no reference stays.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        // `rest` begins with `&`.
        match reference(rest) {
            Some((value, length)) => {
                value.push_to(&mut out);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
        let Some(next) = memchr(b'&', rest.as_bytes()) else {
            out.push_str(rest);
            return Cow::Owned(out);
        };
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
}

/// Iterates over the names of what has to be mended in the references of `text`.
pub(super) fn faults(text: &str) -> impl Iterator<Item = &'static str> {
    memchr::memchr_iter(b'&', text.as_bytes()).filter_map(|at| {
        let rest = &text[at..];
        match reference(rest) {
            None => Some("bare &"),
            Some((Value::Nothing, _)) => Some("illegal characters"),
            Some(_) if rest[1..].starts_with('#') || is_xml(rest) => None,
            Some(_) => Some("HTML entities"),
        }
    })
}

/// The five references that XML has without a document type.
const OWN: [(&str, char); 5] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&apos;", '\''),
];

fn is_xml(text: &str) -> bool {
    OWN.iter().any(|(own, _)| text.starts_with(own))
}

/// Characters that a reference stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Nothing,
    One(char),
    Two(char, char),
}

impl Value {
    fn push_to(self, out: &mut String) {
        match self {
            Value::Nothing => {}
            Value::One(c) => out.push(c),
            Value::Two(first, second) => out.extend([first, second]),
        }
    }
}

/// Reads the reference at the start of `text`; returns its length in bytes too.
fn reference(text: &str) -> Option<(Value, usize)> {
    for (name, c) in OWN {
        if text.starts_with(name) {
            return Some((Value::One(c), name.len()));
        }
    }
    match text.as_bytes().get(1) {
        Some(b'#') => number(text),
        Some(byte) if byte.is_ascii_alphabetic() => name(text),
        _ => None,
    }
}

fn number(text: &str) -> Option<(Value, usize)> {
    let body = &text[2..];
    let hex = body.strip_prefix(['x', 'X']);
    let (digits, radix) = hex.map_or((body, 10), |digits| (digits, 16));
    let n_digits = digits
        .bytes()
        .take_while(|b| (*b as char).is_digit(radix))
        .count();
    if n_digits == 0 {
        return None;
    }
    let code = u32::from_str_radix(&digits[..n_digits], radix).unwrap_or(u32::MAX);
    let has_end = digits.as_bytes().get(n_digits) == Some(&b';');
    let length = 2 + usize::from(radix == 16) + n_digits + usize::from(has_end);
    let c = match code {
        0x80..=0x9f => meant_by(code),
        _ => char::from_u32(code).filter(|c| is_legal(*c)),
    };
    Some((c.map_or(Value::Nothing, Value::One), length))
}

fn name(text: &str) -> Option<(Value, usize)> {
    let start = &text.as_bytes()[1..text.len().min(MAX_NAME)];
    let end = start
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric())?;
    if start[end] != b';' {
        return None;
    }
    let (first, second) = *NAMED_ENTITIES.get(&text[1..end + 2])?;
    let first = char::from_u32(first).filter(|c| *c != '\0')?;
    let value = match char::from_u32(second).filter(|c| *c != '\0') {
        Some(second) => Value::Two(first, second),
        None => Value::One(first),
    };
    Some((value, end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(unescape(given), want, "given {given}");
    }

    #[test]
    fn references_are_decoded_once() {
        check("a &amp;amp; b", "a &amp; b");
        check("&lt;&gt;&quot;&apos;", "<>\"'");
        check("&#20013;&#x4E2d;", "中中");
        check("&nbsp;&eacute;&hellip;", "\u{a0}é…");
    }

    #[test]
    fn what_is_no_reference_stays() {
        check("AT&T R&D", "AT&T R&D");
        check("?a=1&copy=2&lt", "?a=1&copy=2&lt");
        check("&a9; &#; &#x; &", "&a9; &#; &#x; &");
    }

    #[test]
    fn illegal_characters_are_dropped() {
        check("a&#0;&#1;&#xD800;&#xFFFE;&#99999999999;b", "ab");
        check("&#146;&#x93;", "’“");
    }

    #[test]
    fn what_has_to_be_mended_has_a_name() {
        let all = |text| faults(text).collect::<Vec<_>>();
        assert!(all("&lt;p&gt; &amp; &quot;&apos; &#20013; &#x4e2d;").is_empty());
        assert_eq!(all("AT&T"), ["bare &"]);
        assert_eq!(all("?a=1&copy=2"), ["bare &"]);
        assert_eq!(all("a&nbsp;b"), ["HTML entities"]);
        assert_eq!(all("a&#0;b&#xD800;"), ["illegal characters"; 2]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_decoded(text in "[&#;xa-f0-9é ]{0,40}") {
            unescape(&text);
        }
    }
}
