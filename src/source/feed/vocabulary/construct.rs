//! Text constructs: the same words as plain text, escaped markup or XHTML.

use super::scope::Scope;
use crate::model::Content;
use crate::source::feed::xml::{Node, Ns, XmlToken, XmlTokens, fold};
use crate::text::html::{self, entities};

/// Longest title, in bytes.
const MAX_TITLE: usize = 4096;

/// Rules by which a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::feed) enum Dialect {
    /// RSS: markup, unless it holds none.
    Rss,
    /// Atom 0.3: `type` is a media type, `mode` says how it is written.
    Atom03,
    /// Atom 1.0: `type` is `text`, `html`, `xhtml` or a media type.
    Atom10,
}

impl Dialect {
    /// Returns the dialect of an element, in a document that speaks this one.
    pub(in crate::source::feed) fn of(self, ns: Ns) -> Dialect {
        match ns {
            Ns::Atom => Dialect::Atom10,
            Ns::Atom03 => Dialect::Atom03,
            Ns::Plain => self,
            _ => Dialect::Rss,
        }
    }
}

/// Text with its media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source::feed) struct Text {
    /// The text or markup, addresses resolved.
    pub(in crate::source::feed) value: String,
    /// Media type: `text/plain`, `text/html` or `application/xhtml+xml`.
    pub(in crate::source::feed) kind: String,
    /// Language tag in force there.
    pub(in crate::source::feed) language: Option<String>,
}

impl Text {
    /// Makes markup as it stands in RSS: addresses resolved, cut at `Limits::text` bytes.
    pub(in crate::source::feed) fn html(value: String, scope: &Scope<'_>) -> Text {
        Text {
            value: scope.cap(scope.resolve_all(value)),
            kind: "text/html".to_owned(),
            language: scope.language(),
        }
    }

    /// Makes plain text, cut at `Limits::text` bytes.
    pub(in crate::source::feed) fn plain(value: String, scope: &Scope<'_>) -> Text {
        Text {
            value: scope.cap(value),
            kind: "text/plain".to_owned(),
            language: scope.language(),
        }
    }

    /// Reads the content of an element, base64 decoded, an XHTML `div` unwrapped.
    pub(in crate::source::feed) fn of(
        node: &Node<'_, '_>,
        dialect: Dialect,
        scope: &Scope<'_>,
    ) -> Text {
        let scope = scope.inside(node);
        let dialect = dialect.of(node.ns());
        let declared = node.attribute("type").unwrap_or_default();
        let declared = declared.split(';').next().unwrap_or_default().trim();
        let mode = node.attribute("mode").unwrap_or_default();
        let is_html = declared.to_ascii_lowercase().contains("html");
        if mode == "base64" || is_binary(declared, dialect) {
            let decoded = decode_base64(&node.text());
            return match decoded {
                Some(value) if is_html || dialect == Dialect::Atom10 => Text::html(value, &scope),
                Some(value) => Text::plain(value, &scope),
                None => Text::plain(trimmed(node.text().into_owned()), &scope),
            };
        }
        // `type="html"` says that the text is markup; some wrap it in a `div` all the same.
        let is_wrapped = declared.eq_ignore_ascii_case("html") && node.text().contains('<');
        if node.has_children() && !is_wrapped {
            let markup = node.markup();
            let is_xhtml = declared.contains("xhtml");
            let markup = match is_xhtml && dialect == Dialect::Atom10 {
                true => unwrapped(&markup).to_owned(),
                false => markup,
            };
            let mut text = Text::html(trimmed(markup), &scope);
            if is_xhtml {
                "application/xhtml+xml".clone_into(&mut text.kind);
            }
            return text;
        }
        let value = trimmed(node.text().into_owned());
        match dialect {
            Dialect::Rss => Text::html(value, &scope),
            _ if is_html => Text::html(value, &scope),
            _ => Text::plain(value, &scope),
        }
    }

    /// Whether the text is empty.
    pub(in crate::source::feed) fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    fn is_plain(&self) -> bool {
        self.kind == "text/plain"
    }

    /// Converts it to one line of plain text, and to markup if it was written as such.
    pub(in crate::source::feed) fn into_title(self) -> (Option<String>, Option<String>) {
        let has_markup = !self.is_plain() && self.value.contains(['<', '&']);
        let plain = match has_markup {
            true if has_tags(&self.value) => one_line(&html::to_text(&self.value)),
            true => one_line(&entities::decode(&self.value)),
            false => one_line(&self.value),
        };
        let markup = has_markup
            .then_some(self.value)
            .filter(|m| m.len() <= MAX_TITLE);
        ((!plain.is_empty()).then_some(plain), markup)
    }

    /// Converts it to markup; the flag says whether it was written as plain text.
    pub(in crate::source::feed) fn into_markup(self) -> (Option<String>, bool) {
        if self.is_empty() {
            return (None, false);
        }
        match self.is_plain() {
            true => (Some(escaped(&self.value)), true),
            false => (Some(self.value), false),
        }
    }

    /// Converts it to a body.
    pub(in crate::source::feed) fn into_content(self) -> Content {
        Content {
            value: self.value,
            kind: self.kind,
            language: self.language,
            src: None,
        }
    }
}

/// Escapes plain text so that markup says it.
pub(in crate::source::feed) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Folds white space to single spaces, and cuts at [`MAX_TITLE`] bytes.
pub(in crate::source::feed) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_TITLE));
    for word in text.split_ascii_whitespace() {
        if line.len() + word.len() > MAX_TITLE {
            let room = MAX_TITLE.saturating_sub(line.len() + 1);
            let end = (0..=room.min(word.len()))
                .rev()
                .find(|at| word.is_char_boundary(*at));
            line.push_str(&word[..end.unwrap_or(0)]);
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn trimmed(text: String) -> String {
    match text.trim() {
        all if all.len() == text.len() => text,
        part => part.to_owned(),
    }
}

/// Strips the one `div` that must be around XHTML.
fn unwrapped(markup: &str) -> &str {
    let inner = markup.trim();
    let is_wrapper = inner.starts_with("<div>") || inner.starts_with("<div ");
    match (is_wrapper, inner.find('>'), inner.strip_suffix("</div>")) {
        (true, Some(start), Some(without_end)) if is_one_element(inner) => {
            &without_end[start + 1..]
        }
        _ => markup,
    }
}

/// Whether `markup` holds tags of HTML. `Vec<String>` in a title is a title.
fn has_tags(markup: &str) -> bool {
    const COMMON: [&str; 40] = [
        "a",
        "abbr",
        "acronym",
        "b",
        "big",
        "blockquote",
        "br",
        "center",
        "cite",
        "code",
        "del",
        "div",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "iframe",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "nobr",
        "p",
        "q",
        "s",
        "script",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "tt",
        "u",
    ];
    XmlTokens::new(markup).any(|token| match token {
        XmlToken::Start { name, .. } | XmlToken::End { name } => {
            COMMON.contains(&fold(name, &mut [0; 16]))
        }
        _ => false,
    })
}

/// Whether the first tag of well-formed `markup` ends with its last.
fn is_one_element(markup: &str) -> bool {
    let mut depth = 0;
    let mut n_roots = 0;
    for token in XmlTokens::new(markup) {
        match token {
            XmlToken::Start { is_empty, .. } => {
                n_roots += usize::from(depth == 0);
                depth += usize::from(!is_empty);
            }
            XmlToken::End { .. } => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    n_roots == 1
}

fn is_binary(declared: &str, dialect: Dialect) -> bool {
    let (main, sub) = declared.split_once('/').unwrap_or(("text", ""));
    dialect == Dialect::Atom10 && main != "text" && !sub.ends_with("xml") && !sub.is_empty()
}

/// Decodes base64 of UTF-8; `None` if it is none.
fn decode_base64(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut n_bits) = (0_u32, 0);
    for byte in encoded.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ if byte.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}
