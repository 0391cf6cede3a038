//! Relative references, resolved without respelling anything.
//!
//! RFC 3986, section 5, on text: readers get an address as the source spelled
//! it, international names and odd escapes included. What becomes of it as a
//! web address is decided by [`crate::model::WebUrl`].

use std::borrow::Cow;

use crate::source::feed::xml::{Attributes, XmlToken, XmlTokens};

/// Attributes of HTML that hold one address.
const LINKS: [&str; 12] = [
    "href",
    "src",
    "cite",
    "action",
    "background",
    "classid",
    "codebase",
    "data",
    "longdesc",
    "poster",
    "profile",
    "usemap",
];

/// Parts of an address, as slices of it.
struct Parts<'a> {
    /// `http`, without colon.
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    /// Query, with its question mark.
    query: &'a str,
    /// Fragment, with its hash.
    fragment: &'a str,
}

fn split(address: &str) -> Parts<'_> {
    let (address, fragment) = cut(address, address.find('#'));
    let (address, query) = cut(address, address.find('?'));
    let (scheme, rest) = match scheme(address) {
        Some(scheme) => (Some(scheme), &address[scheme.len() + 1..]),
        None => (None, address),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = cut(rest, rest.find('/'));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts {
        scheme,
        authority,
        path,
        query,
        fragment,
    }
}

fn cut(text: &str, at: Option<usize>) -> (&str, &str) {
    text.split_at(at.unwrap_or(text.len()))
}

/// Returns the scheme of an absolute address.
pub(in crate::source::feed) fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

/// Whether this is an absolute `http` or `https` address.
pub(in crate::source::feed) fn is_web(address: &str) -> bool {
    let has = |start: &str| {
        address
            .get(..start.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(start))
    };
    has("http://") || has("https://")
}

/// Resolves `reference` against `base`; as it is, if it is absolute or `base` is not hierarchical.
pub(in crate::source::feed) fn resolve(base: &str, reference: &str) -> String {
    let base = split(base);
    let reference = as_browsers_do(reference.trim());
    let reference = reference.as_ref();
    let found = split(reference);
    let (Some(scheme), Some(authority), None) = (base.scheme, base.authority, found.scheme) else {
        return reference.to_owned();
    };
    if let Some(authority) = found.authority {
        let (path, query, fragment) = (found.path, found.query, found.fragment);
        return format!("{scheme}://{authority}{path}{query}{fragment}");
    }
    let path;
    let mut query = found.query;
    if found.path.is_empty() {
        path = base.path.to_owned();
        if query.is_empty() {
            query = base.query;
        }
    } else if found.path.starts_with('/') {
        path = without_dots(found.path);
    } else {
        let folder = base.path.rfind('/').map_or("/", |at| &base.path[..=at]);
        path = without_dots(&format!("{folder}{}", found.path));
    }
    format!("{scheme}://{authority}{path}{query}{}", found.fragment)
}

/// Replaces two slashes or backslashes at the start of `reference` by `//`: `/\\host` leads to
/// another host (URL Standard, 4.4).
fn as_browsers_do(reference: &str) -> Cow<'_, str> {
    let is_slash = |byte: Option<&u8>| matches!(byte, Some(b'/' | b'\\'));
    let bytes = reference.as_bytes();
    let leads_away = is_slash(bytes.first()) && is_slash(bytes.get(1));
    match leads_away && !reference.starts_with("//") {
        true => Cow::Owned(format!("//{}", &reference[2..])),
        false => Cow::Borrowed(reference),
    }
}

/// Removes `.` and `..` segments from an absolute path.
fn without_dots(path: &str) -> String {
    if !path.contains("/.") {
        return path.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Resolves every address in `markup` against `base`.
pub(in crate::source::feed) fn resolve_all(base: &str, markup: String) -> String {
    if !markup.contains('<') {
        return markup;
    }
    let mut out = String::new();
    let mut copied = 0;
    for token in XmlTokens::new(&markup) {
        let XmlToken::Start { attributes, .. } = token else {
            continue;
        };
        for (name, value) in Attributes::new(attributes) {
            let is_link = LINKS.iter().any(|known| name.eq_ignore_ascii_case(known));
            let is_bare = value.as_ptr() == name.as_bytes().as_ptr_range().end;
            if !is_link || is_bare || scheme(value.trim_start()).is_some() {
                continue;
            }
            let start = value.as_ptr() as usize - markup.as_ptr() as usize;
            out.push_str(&markup[copied..start]);
            out.push_str(&resolve(base, value));
            copied = start + value.len();
        }
    }
    if copied == 0 {
        return markup;
    }
    out.push_str(&markup[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, want: &str) {
        assert_eq!(resolve("http://a/b/c/d?q", reference), want, "{reference}");
    }

    #[test]
    fn references_resolve_as_rfc_3986_says() {
        check("g", "http://a/b/c/g");
        check("./g/", "http://a/b/c/g/");
        check("/g", "http://a/g");
        check("//g", "http://g");
        check("?y", "http://a/b/c/d?y");
        check("#s", "http://a/b/c/d?q#s");
        check("", "http://a/b/c/d?q");
        check("..", "http://a/b/");
        check("../../../g", "http://a/g");
        check("http:g", "http:g");
        check("mailto:x@y", "mailto:x@y");
    }

    #[test]
    fn nothing_is_respelled() {
        assert_eq!(
            resolve("http://www.詹姆斯.com", "é é"),
            "http://www.詹姆斯.com/é é"
        );
    }

    #[test]
    fn markup_is_resolved_in_place() {
        let got = resolve_all("http://a/", "<a href='b'>c</a> <img src=d> <b href".into());
        assert_eq!(
            got,
            "<a href='http://a/b'>c</a> <img src=http://a/d> <b href"
        );
    }

    #[test]
    fn an_attribute_without_value_stays_as_it_is() {
        for markup in ["<a href>b</a>", "<a href id=c>b</a>", "<img src />"] {
            assert_eq!(resolve_all("http://a/", markup.into()), markup);
        }
        let got = resolve_all("http://a/b", "<a href=>c<a href=''>".into());
        assert_eq!(got, "<a href=http://a/b>c<a href='http://a/b'>");
    }

    proptest::proptest! {
        #[test]
        fn any_markup_resolves(markup in "(<a|<img|href|src|[ =\"'<>/?é#.]|[a-c]{1,3}){0,24}") {
            resolve_all("http://a/", markup);
        }

        #[test]
        fn any_reference_resolves(base in "[a:/?#.é]{0,20}", reference in "[a:/?#.é ]{0,20}") {
            resolve(&base, &reference);
        }
    }
}
