//! Words of an XPath expression.

/// Word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// Name, as in `div`, without the `@` before it and what follows it.
    Name(String),
    /// Text: `"…"` or `'…'`.
    Text(String),
    /// Number: `12`, `1.5`
    Number(f64),
    /// Sign: `/`, `//`, `::`, `[`, `!=` …
    Sign(&'static str),
}

/// Word with the byte offset at which it begins.
#[derive(Clone, Debug)]
pub(super) struct XPathToken {
    pub(super) at: usize,
    pub(super) word: Word,
}

/// Signs, longest first.
const SIGNS: &[&str] = &[
    "//", "::", "..", "!=", "<=", ">=", "/", "[", "]", "(", ")", "@", ",", "|", "+", "-", "=", "<",
    ">", "*", ".", "$",
];

/// Splits an expression into words; an error is a byte offset and a description.
pub(super) fn tokens(text: &str) -> Result<Vec<XPathToken>, (usize, String)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (word, length) = match first {
            '"' | '\'' => quoted(rest, first).ok_or_else(|| {
                let message = format!("this {first} is never closed");
                (at, message)
            })?,
            _ if is_number(rest) => number(rest),
            _ if is_start(first) => name(rest),
            _ => sign(rest).ok_or_else(|| (at, format!("`{first}` means nothing in XPath")))?,
        };
        tokens.push(XPathToken { at, word });
        at += length;
    }
    Ok(tokens)
}

fn quoted(rest: &str, quote: char) -> Option<(Word, usize)> {
    let end = rest[1..].find(quote)?;
    Some((Word::Text(rest[1..=end].to_owned()), end + 2))
}

fn is_number(rest: &str) -> bool {
    let digits = rest.strip_prefix('.').unwrap_or(rest);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn number(rest: &str) -> (Word, usize) {
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
    let end = end.unwrap_or(rest.len());
    let number = rest[..end].parse().unwrap_or(f64::NAN);
    (Word::Number(number), end)
}

fn is_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn name(rest: &str) -> (Word, usize) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    (Word::Name(rest[..end].to_owned()), end)
}

fn sign(rest: &str) -> Option<(Word, usize)> {
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
    Some((Word::Sign(sign), sign.len()))
}
