//! Paths as robots.txt compares them (RFC 9309, 2.2.2 and 2.2.3).
//!
//! Both sides are written the same way first: what percent-encoding need not
//! hide is shown, all else is hidden. Then `*` stands for anything, and `$` at
//! the end of a pattern for the end of the address.

use crate::model::WebUrl;

/// Normalises a rule's value as it is compared; `None` if it is empty, which is no rule.
pub(super) fn pattern(value: &str) -> Option<String> {
    let (body, end) = match value.strip_suffix('$') {
        Some(body) => (body, "$"),
        None => (value, ""),
    };
    let mut pattern = String::with_capacity(value.len());
    for (nth, part) in body.split('*').enumerate() {
        if nth > 0 {
            pattern.push('*');
        }
        write(part.as_bytes(), &mut pattern);
    }
    pattern.push_str(end);
    (!pattern.is_empty()).then_some(pattern)
}

/// Normalises the path and query of an address as they are compared.
pub(super) fn target(url: &WebUrl) -> String {
    let url = url.to_url();
    let mut target = String::new();
    write(url.path().as_bytes(), &mut target);
    if let Some(query) = url.query() {
        target.push('?');
        write(query.as_bytes(), &mut target);
    }
    target
}

/// Appends `bytes` in the one normal spelling; a literal `*` or `$` is always percent-encoded, so
/// that what is left of them in a pattern has a meaning.
fn write(bytes: &[u8], to: &mut String) {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let (byte, is_hidden) = match (first, tail) {
            (b'%', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = &tail[2..];
                (digit(*high) << 4 | digit(*low), true)
            }
            _ => {
                rest = tail;
                (*first, false)
            }
        };
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let stands = match is_hidden {
            true => is_unreserved,
            false => byte.is_ascii_graphic() && !b"*$".contains(&byte),
        };
        match stands {
            true => to.push(char::from(byte)),
            false => to.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => hex.to_ascii_lowercase() - b'a' + 10,
    }
}

/// Whether a pattern matches a target. The time is linear in both: after each `*` the first place
/// that fits is as good as any later one.
pub(super) fn matches(pattern: &str, target: &str) -> bool {
    let (body, is_whole) = match pattern.strip_suffix('$') {
        Some(body) => (body, true),
        None => (pattern, false),
    };
    let mut parts = body.split('*');
    let Some(mut rest) = target.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        // Without a star.
        return !is_whole || rest.is_empty();
    };
    for part in parts {
        match memchr::memmem::find(rest.as_bytes(), part.as_bytes()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match is_whole {
        true => rest.ends_with(last),
        false => memchr::memmem::find(rest.as_bytes(), last.as_bytes()).is_some(),
    }
}
