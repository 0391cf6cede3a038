//! Attributes of a tag.

use memchr::{memchr, memchr3};

/// Iterator over the attributes behind a name, as (name, value as written).
///
/// Names and values are slices of the text, the empty value of an attribute
/// without `=` too: it stands right behind its name.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    /// Makes the iterator over the attributes in `text`.
    pub(crate) fn new(text: &'a str) -> Attributes<'a> {
        Attributes(text)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let is_noise = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '=');
        let text = self.0.trim_start_matches(is_noise);
        if text.is_empty() {
            self.0 = text;
            return None;
        }
        let ends = |byte: u8| matches!(byte, b'=' | b' ' | b'\t' | b'\r' | b'\n' | b'/');
        let end = text.bytes().position(ends).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.0 = rest;
            return Some((name, &rest[..0]));
        };
        let value = value.trim_start();
        let quote = value.bytes().next().filter(|b| matches!(b, b'"' | b'\''));
        let (value, rest) = match quote {
            Some(quote) => {
                let inner = &value[1..];
                match memchr(quote, inner.as_bytes()) {
                    Some(end) => (&inner[..end], &inner[end + 1..]),
                    None => (inner, ""),
                }
            }
            None => {
                let found = memchr3(b' ', b'\n', b'\t', value.as_bytes());
                value.split_at(found.unwrap_or(value.len()))
            }
        };
        self.0 = rest;
        Some((name, value))
    }
}

/// Splits `dc:date` into `dc` and `date`; the prefix is empty if there is none.
pub(crate) fn split_name(name: &str) -> (&str, &str) {
    match memchr(b':', name.as_bytes()) {
        Some(at) if at + 1 < name.len() => (&name[..at], &name[at + 1..]),
        _ => ("", name),
    }
}
