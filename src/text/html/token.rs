//! Tokeniser for markup, in one pass: text, tags, and nothing remembered between them.
//!
//! Tags, attributes, comments and raw text are read as browsers do. This file knows
//! nothing of which element may be where.

/// One token of markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HtmlToken<'a> {
    /// Text with its character references still in it.
    Text(&'a str),
    /// `<a href="x">`
    Open(Tag<'a>),
    /// `</a>`: the name, as written.
    Close(&'a str),
}

/// Start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Name, as written.
    pub(super) name: &'a str,
    /// Text between name and `>`.
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Iterates over the attributes: names as written, values with their character references still
    /// in them.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.rest }
    }
}

/// Takes markup apart.
#[derive(Clone)]
/// Iterator over the tokens of markup.
pub(super) struct HtmlTokens<'a> {
    rest: &'a str,
}

impl<'a> HtmlTokens<'a> {
    pub(super) fn of(markup: &'a str) -> HtmlTokens<'a> {
        HtmlTokens { rest: markup }
    }

    /// Skips to behind the end tag `name`; `false`, and nothing skipped, if there is none. The text
    /// before it is no markup.
    pub(super) fn skip_raw(&mut self, name: &str) -> bool {
        match behind_end_tag(self.rest, name) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips everything.
    pub(super) fn skip_all(&mut self) {
        self.rest = "";
    }
}

impl<'a> Iterator for HtmlTokens<'a> {
    type Item = HtmlToken<'a>;

    fn next(&mut self) -> Option<HtmlToken<'a>> {
        while !self.rest.is_empty() {
            let text = self.rest;
            let (start, taken) = match tag_start(text) {
                Some(0) => match token(text) {
                    (Some(token), taken) => (token, taken),
                    (None, taken) => {
                        self.rest = &text[taken..];
                        continue;
                    }
                },
                Some(at) => (HtmlToken::Text(&text[..at]), at),
                None => (HtmlToken::Text(text), text.len()),
            };
            self.rest = &text[taken..];
            return Some(start);
        }
        None
    }
}

/// Finds the next `<` that begins something; a byte offset.
fn tag_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let at = from + text[from..].find('<')?;
        match bytes.get(at + 1) {
            Some(b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z') => return Some(at),
            _ => from = at + 1,
        }
    }
}

/// Reads the token at the `<` that `text` begins with, if it says something; returns its length in
/// bytes too.
fn token(text: &str) -> (Option<HtmlToken<'_>>, usize) {
    if text.starts_with("<!--") {
        return (None, comment_end(text));
    }
    if let Some(data) = text.strip_prefix("<![CDATA[") {
        return match data.find("]]>") {
            Some(end) => (None, 9 + end + 3),
            None => (None, text.len()),
        };
    }
    if let Some(close) = text.strip_prefix("</") {
        if !close.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return (None, text.find('>').map_or(text.len(), |at| at + 1));
        }
        let name = &close[..name_end(close)];
        let tail = &close[name.len()..];
        return (Some(HtmlToken::Close(name)), 2 + name.len() + tag_end(tail));
    }
    if text.starts_with("<!") || text.starts_with("<?") {
        return (None, text.find('>').map_or(text.len(), |at| at + 1));
    }
    let name = &text[1..=name_end(&text[1..])];
    let tail = &text[1 + name.len()..];
    let end = tag_end(tail);
    let is_whole = tail[..end].ends_with('>');
    let rest = &tail[..end - usize::from(is_whole)];
    // A tag without its end is not there.
    let tag = is_whole.then_some(HtmlToken::Open(Tag { name, rest }));
    (tag, 1 + name.len() + end)
}

fn name_end(text: &str) -> usize {
    text.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')
        .unwrap_or(text.len())
}

/// Returns the byte offset behind a comment; one that does not end takes everything.
fn comment_end(text: &str) -> usize {
    if text.starts_with("<!-->") {
        return 5;
    }
    if text.starts_with("<!--->") {
        return 6;
    }
    let mut from = 4;
    while let Some(at) = text[from..].find("--") {
        let behind = &text[from + at + 2..];
        match behind.as_bytes() {
            [b'>', ..] => return from + at + 3,
            [b'!', b'>', ..] => return from + at + 4,
            _ => from += at + 1,
        }
    }
    text.len()
}

/// Returns the length of the rest of a tag with its `>`, which may stand in quotes too.
fn tag_end(text: &str) -> usize {
    let mut attributes = Attributes { rest: text };
    while attributes.next().is_some() {}
    let left = attributes.rest.len();
    let ended = attributes.rest.starts_with('>');
    text.len() - left + usize::from(ended)
}

/// Returns the text behind the end tag `name`.
fn behind_end_tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices("</").find_map(|(at, _)| {
        let close = &text[at + 2..];
        let is_same = close
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name));
        let is_whole = is_same && name_end(&close[name.len()..]) == 0;
        is_whole.then(|| &close[name.len() + tag_end(&close[name.len()..])..])
    })
}

/// Iterator over the attributes of a tag, as (name, value). Stops at `>`.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let is_gap = |c: char| c.is_ascii_whitespace() || c == '/';
        let text = self.rest.trim_start_matches(is_gap);
        self.rest = text;
        if text.is_empty() || text.starts_with('>') {
            return None;
        }
        // A `=` in first place is part of the name.
        let first = text.chars().next().map_or(0, char::len_utf8);
        let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let name_end = text[first..]
            .find(is_end)
            .map_or(text.len(), |at| first + at);
        let name = &text[..name_end];
        let after = text[name_end..].trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = after.strip_prefix('=') else {
            self.rest = &text[name_end..];
            return Some((name, ""));
        };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (value, rest) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>');
                value.split_at(end.unwrap_or(value.len()))
            }
        };
        self.rest = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::{HtmlToken, HtmlTokens};
    use proptest::prelude::*;

    /// Writes one token per word: text as it is, `+a[x=y]`, `-a`.
    fn outline(markup: &str) -> String {
        let tokens = HtmlTokens::of(markup).map(|token| match token {
            HtmlToken::Text(text) => text.to_owned(),
            HtmlToken::Close(name) => format!("-{name}"),
            HtmlToken::Open(tag) => {
                let attributes: String = tag
                    .attributes()
                    .map(|(name, value)| format!("[{name}={value}]"))
                    .collect();
                format!("+{}{attributes}", tag.name)
            }
        });
        tokens.collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(outline(given), want, "given {given}");
    }

    #[test]
    fn tags_and_text() {
        check("a<b>c</b >d", "a +b c -b d");
        check("<br/><img src=x/ alt>", "+br +img[src=x/][alt=]");
        check("1 < 2 <3 & a<", "1 < 2 <3 & a<");
    }

    #[test]
    fn attributes_in_every_spelling() {
        check(
            "<a href = \"x>y\" b='\"' c=d/e f>",
            "+a[href=x>y][b=\"][c=d/e][f=]",
        );
        check("<a =x/y\nz=1>", "+a[=x=][y=][z=1]");
        check("<a\"b>", "+a\"b");
    }

    #[test]
    fn comments_and_declarations_say_nothing() {
        check("a<!-- <b> -->c<!doctype html><?php x?>d", "a c d");
        check("a<!-->b<!--->c<!-- --!>d", "a b c d");
        check("a<![CDATA[ <b> ]]>c</>d", "a c d");
    }

    #[test]
    fn what_never_ends_is_dropped() {
        check("a<!-- b", "a");
        check("a<b c=\"d>e", "a");
        check("a</b", "a -b");
    }

    #[test]
    fn raw_text_is_skipped_to_its_own_end() {
        let mut tokens = HtmlTokens::of("<script>a</b><c></SCRIPT x>d");
        tokens.next();
        assert!(tokens.skip_raw("script"));
        assert_eq!(tokens.next(), Some(HtmlToken::Text("d")));
    }

    proptest! {
        #[test]
        fn it_never_panics_and_ends(markup in "[<>/!\\-= \"'a-c中&]{0,60}") {
            outline(&markup);
        }
    }
}
