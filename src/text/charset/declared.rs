//! Encoding declarations: header, XML declaration, `<meta>`, and the labels in use.

use encoding_rs::{Encoding, GB18030, GBK};

/// Bytes from the start in which an XML declaration is looked for.
const XML_HEAD_BYTES: usize = 1024;

/// Bytes from the start in which the head of a page is looked through.
const HTML_HEAD_BYTES: usize = 128 * 1024;

/// Labels in use that the WHATWG table lacks, with the label meant.
const ALIASES: &[(&[u8], &[u8])] = &[
    (b"big-5", b"big5"),
    (b"cp932", b"shift_jis"),
    (b"cp936", b"gbk"),
    (b"cp949", b"euc-kr"),
    (b"cp950", b"big5"),
    (b"euc-cn", b"gbk"),
    (b"euccn", b"gbk"),
    (b"eucjp", b"euc-jp"),
    (b"euckr", b"euc-kr"),
    (b"gb-18030", b"gb18030"),
    (b"gb-2312", b"gbk"),
    (b"gb18030-2000", b"gb18030"),
    (b"latin-1", b"windows-1252"),
    (b"macroman", b"macintosh"),
    (b"ms949", b"euc-kr"),
    (b"uhc", b"euc-kr"),
    (b"utf", b"utf-8"),
    (b"utf8mb4", b"utf-8"),
    (b"utf_8", b"utf-8"),
    (b"windows-936", b"gbk"),
];

/// Finds the encoding that `label` names. Never one that decodes to nothing but U+FFFD.
pub(super) fn encoding(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label).or_else(|| {
        let label = label.trim_ascii().to_ascii_lowercase();
        let (_, name) = ALIASES.iter().find(|(alias, _)| *alias == label)?;
        Encoding::for_label(name)
    })
}

/// Returns the name of `encoding`, in lower case. GBK is decoded as GB18030, and is called so.
pub(super) fn lower_name(encoding: &'static Encoding) -> &'static str {
    let name = match encoding == GBK {
        true => GB18030.name(),
        false => encoding.name(),
    };
    LOWER_NAMES
        .iter()
        .copied()
        .find(|lower| lower.eq_ignore_ascii_case(name))
        .unwrap_or(name)
}

/// Names of encodings in lower case.
const LOWER_NAMES: &[&str] = &[
    "big5",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "ibm866",
    "iso-2022-jp",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "shift_jis",
    "utf-16be",
    "utf-16le",
    "utf-8",
    "x-mac-cyrillic",
    "x-user-defined",
];

/// Reads `charset=` in a `Content-Type` header.
pub(super) fn in_content_type(header: &str) -> Option<&'static Encoding> {
    charset(header.as_bytes())
}

/// Reads `encoding=` in the XML declaration; none or one.
pub(super) fn in_xml(bytes: &[u8]) -> Vec<&'static Encoding> {
    let head = &bytes[..bytes.len().min(XML_HEAD_BYTES)];
    let declaration = find(head, b"<?xml").map(|at| {
        let rest = &head[at..];
        &rest[..find(rest, b"?>").unwrap_or(rest.len())]
    });
    let label = declaration.and_then(|text| value(text, b"encoding"));
    label.and_then(encoding).into_iter().collect()
}

/// Reads every `<meta>` of the head that names an encoding, in order; an XML declaration counts
/// first.
pub(super) fn in_html(bytes: &[u8]) -> Vec<&'static Encoding> {
    let mut found = in_xml(bytes);
    let mut rest = &bytes[..bytes.len().min(HTML_HEAD_BYTES)];
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at..];
        let skipped = if rest.starts_with(b"<!--") {
            find(rest, b"-->").unwrap_or(rest.len())
        } else if has_name(rest, b"<script") {
            find(rest, b"</").unwrap_or(rest.len()).max(1)
        } else if has_name(rest, b"<body") {
            break;
        } else if has_name(rest, b"<meta") {
            let end = find(rest, b">").unwrap_or(rest.len());
            found.extend(charset(&rest[..end]));
            end
        } else {
            1
        };
        rest = &rest[skipped..];
    }
    found
}

/// Guesses the country whose encodings are likely, as a top-level domain, by the language a
/// document names in its first 4 KiB.
pub(super) fn country(bytes: &[u8]) -> Option<&'static [u8]> {
    let head = &bytes[..bytes.len().min(4096)];
    let language = find(head, b"lang=").map(|at| &head[at + 5..]);
    let language = language.or_else(|| find(head, b"<language>").map(|at| &head[at + 10..]))?;
    let language = language.strip_prefix(b"\"").unwrap_or(language);
    let (name, _) = language.split_at_checked(2)?;
    let region = language.get(3..5).unwrap_or_default();
    Some(match &name.to_ascii_lowercase()[..] {
        b"zh" if region.eq_ignore_ascii_case(b"tw") || region.eq_ignore_ascii_case(b"hk") => b"tw",
        b"zh" => b"cn",
        b"ja" => b"jp",
        b"ko" => b"kr",
        b"el" => b"gr",
        b"cs" => b"cz",
        b"uk" => b"ua",
        b"he" => b"il",
        b"ar" => b"eg",
        b"th" => b"th",
        b"tr" => b"tr",
        b"ru" => b"ru",
        b"pl" => b"pl",
        b"hu" => b"hu",
        b"lt" => b"lt",
        b"lv" => b"lv",
        b"et" => b"ee",
        _ => return None,
    })
}

/// Finds the encoding behind `charset=`, quoted or not, also with spaces around the `=`.
fn charset(text: &[u8]) -> Option<&'static Encoding> {
    value(text, b"charset").and_then(encoding)
}

/// Finds the value behind `name =`, name in any case.
fn value<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        rest = &rest[find(rest, name)? + name.len()..];
        let Some(right) = rest.trim_ascii_start().strip_prefix(b"=") else {
            continue;
        };
        let right = right.trim_ascii_start();
        let right = match right {
            [b'"' | b'\'', right @ ..] => right,
            right => right,
        };
        let is_end = |byte: &u8| b"\"';>,? \t\r\n".contains(byte);
        let end = right.iter().position(is_end).unwrap_or(right.len());
        return Some(&right[..end]);
    }
}

/// Whether `text` begins with the tag `name` in any case.
fn has_name(text: &[u8], name: &[u8]) -> bool {
    let is_same = text
        .get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name));
    let next = text.get(name.len());
    is_same && next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Finds `needle`, which is not empty, ASCII letters in any case; a byte offset.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).find(|at| {
        let here = text.get(*at..at + needle.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(needle))
    })
}
