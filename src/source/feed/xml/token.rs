//! Text to tags, the forgiving way.
//! Tokeniser: text to tags, the forgiving way.

use memchr::{memchr, memmem};

/// One token of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlToken<'a> {
    /// `<name attributes>` or `<name attributes/>`.
    Start {
        /// Name, with its prefix.
        name: &'a str,
        /// Text behind the name, without `>` and `/>`.
        attributes: &'a str,
        /// Whether the tag ends itself (`/>`).
        is_empty: bool,
    },
    /// `</name>`.
    End {
        /// Name, with its prefix.
        name: &'a str,
    },
    /// Text with references in it.
    Text(&'a str),
    /// Text as it is.
    CData(&'a str),
    /// The document ends in the middle of a tag, a comment or a CDATA section.
    Cut,
}

/// Iterator over the tokens of a document; comments, processing instructions and document types are
/// passed over.
#[derive(Clone, Debug)]
pub(crate) struct XmlTokens<'a> {
    text: &'a str,
    at: usize,
    /// Whether no quote of this kind stands behind `at`, so that each is searched in vain once.
    no_double: bool,
    no_single: bool,
    no_instruction_end: bool,
    /// Whether a `<` was text.
    pub(crate) had_bare_less_than: bool,
}

impl<'a> XmlTokens<'a> {
    /// Makes the tokens of `text`.
    pub(crate) fn new(text: &'a str) -> XmlTokens<'a> {
        XmlTokens {
            text,
            at: 0,
            no_double: false,
            no_single: false,
            no_instruction_end: false,
            had_bare_less_than: false,
        }
    }

    /// Returns the text that has not been read.
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips everything before the next `needle`, an end tag in lower case without its `>`;
    /// everything if there is none.
    pub(crate) fn skip_to(&mut self, needle: &str) {
        let rest = self.rest();
        let is_it = |at: &usize| {
            rest.as_bytes()
                .get(*at..at + needle.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(needle.as_bytes()))
        };
        let found = memmem::find_iter(rest.as_bytes(), b"</").find(is_it);
        self.at += found.unwrap_or(rest.len());
    }

    fn find_byte(&self, byte: u8, from: usize) -> Option<usize> {
        memchr(byte, &self.text.as_bytes()[from..]).map(|found| from + found)
    }

    fn find_text(&self, needle: &str, from: usize) -> Option<usize> {
        memmem::find(&self.text.as_bytes()[from..], needle.as_bytes()).map(|found| from + found)
    }

    /// Returns everything up to the next `<` behind `from` as text.
    fn text_from(&mut self, from: usize) -> XmlToken<'a> {
        let end = self.find_byte(b'<', from).unwrap_or(self.text.len());
        let text = &self.text[self.at..end];
        self.at = end;
        XmlToken::Text(text)
    }

    fn bare(&mut self) -> XmlToken<'a> {
        self.had_bare_less_than = true;
        self.text_from(self.at + 1)
    }

    fn cut(&mut self) -> XmlToken<'a> {
        self.at = self.text.len();
        XmlToken::Cut
    }

    /// Reads `<!…`: a CDATA section, or something to pass over.
    fn declaration(&mut self) -> Option<XmlToken<'a>> {
        let rest = self.rest();
        if rest.starts_with("<![CDATA[") {
            let start = self.at + "<![CDATA[".len();
            let Some(end) = self.find_text("]]>", start) else {
                return Some(self.cut());
            };
            self.at = end + 3;
            return Some(XmlToken::CData(&self.text[start..end]));
        }
        if rest.starts_with("<!--") {
            let Some(end) = self.find_text("-->", self.at + 4) else {
                return Some(self.cut());
            };
            self.at = end + 3;
            return None;
        }
        let end = if rest[2..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.doctype_end()
        } else {
            self.find_byte(b'>', self.at)
        };
        match end {
            Some(end) => self.at = end + 1,
            None => return Some(self.cut()),
        }
        None
    }

    /// Finds the `>` of a document type, behind its internal subset; a byte offset.
    fn doctype_end(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 2;
        let mut quote = None;
        let mut is_inside = false;
        while let Some(&byte) = bytes.get(at) {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') if is_inside => quote = Some(byte),
                (None, b'<') if bytes[at..].starts_with(b"<!--") => {
                    at = self.find_text("-->", at + 4)? + 2;
                }
                (None, b'[') => is_inside = true,
                (None, b']') => is_inside = false,
                (None, b'>') if !is_inside => return Some(at),
                (None, _) => {}
            }
            at += 1;
        }
        None
    }

    fn instruction(&mut self) -> Option<XmlToken<'a>> {
        let is_xml = self.rest().starts_with("<?xml");
        let mut end = None;
        if !is_xml && !self.no_instruction_end {
            end = self.find_text("?>", self.at + 2).map(|end| end + 2);
            self.no_instruction_end = end.is_none();
        }
        match end.or_else(|| self.find_byte(b'>', self.at).map(|end| end + 1)) {
            Some(end) => self.at = end,
            None => return Some(self.cut()),
        }
        None
    }

    fn end_tag(&mut self) -> XmlToken<'a> {
        let start = self.at + 2;
        let bytes = self.text.as_bytes();
        if !bytes.get(start).is_some_and(|&byte| starts_name(byte)) {
            return match bytes.len() - start {
                0 => self.cut(),
                _ => self.bare(),
            };
        }
        let Some(end) = memchr::memchr2(b'>', b'<', &bytes[start..]) else {
            return self.cut();
        };
        let end = start + end;
        self.at = end + usize::from(bytes[end] == b'>');
        let name = self.text[start..end].split_ascii_whitespace().next();
        XmlToken::End {
            name: name.unwrap_or_default(),
        }
    }

    fn start_tag(&mut self) -> XmlToken<'a> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let name_end = bytes[start..]
            .iter()
            .position(|&byte| ends_name(byte))
            .map_or(bytes.len(), |found| start + found);
        let mut at = name_end;
        let mut is_value = false;
        let end = loop {
            let Some(&byte) = bytes.get(at) else {
                return self.cut();
            };
            match byte {
                b'>' => break at,
                b'<' => {
                    // What looked like a tag is text up to here.
                    self.had_bare_less_than = true;
                    let text = &self.text[self.at..at];
                    self.at = at;
                    return XmlToken::Text(text);
                }
                b'"' | b'\'' if is_value => match self.closing_quote(byte, at + 1) {
                    Some(closing) => at = closing,
                    None => match self.find_byte(b'>', at) {
                        Some(end) => break end,
                        None => return self.cut(),
                    },
                },
                _ => {}
            }
            is_value = match byte {
                b'=' => true,
                b' ' | b'\t' | b'\r' | b'\n' => is_value,
                _ => false,
            };
            at += 1;
        };
        self.at = end + 1;
        let is_empty = end > name_end && bytes[end - 1] == b'/';
        let attributes = &self.text[name_end..end - usize::from(is_empty)];
        XmlToken::Start {
            name: &self.text[start..name_end],
            attributes,
            is_empty,
        }
    }

    fn closing_quote(&mut self, quote: u8, from: usize) -> Option<usize> {
        let known = match quote {
            b'"' => &mut self.no_double,
            _ => &mut self.no_single,
        };
        if *known {
            return None;
        }
        let found = memchr(quote, &self.text.as_bytes()[from..]);
        *known = found.is_none();
        found.map(|found| from + found)
    }
}

impl<'a> Iterator for XmlTokens<'a> {
    type Item = XmlToken<'a>;

    fn next(&mut self) -> Option<XmlToken<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            let passed_over = match (bytes.get(self.at)?, bytes.get(self.at + 1)) {
                (b'<', Some(b'!')) => self.declaration(),
                (b'<', Some(b'?')) => self.instruction(),
                (b'<', Some(b'/')) => Some(self.end_tag()),
                (b'<', Some(&byte)) if starts_name(byte) => Some(self.start_tag()),
                (b'<', None) => Some(self.cut()),
                (b'<', Some(_)) => Some(self.bare()),
                (_, _) => Some(self.text_from(self.at)),
            };
            if passed_over.is_some() {
                return passed_over;
            }
        }
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

fn ends_name(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'/' | b'>' | b'<'
    )
}

#[cfg(test)]
mod tests {
    use super::super::attribute::Attributes;
    use super::*;

    fn show(text: &str) -> String {
        let line = |token| match token {
            XmlToken::Start {
                name,
                attributes,
                is_empty,
            } => {
                let list: String = Attributes::new(attributes)
                    .map(|(name, value)| format!(" {name}={value}"))
                    .collect();
                format!("<{name}{list}{}>", if is_empty { "/" } else { "" })
            }
            XmlToken::End { name } => format!("</{name}>"),
            XmlToken::Text(text) => format!("'{text}'"),
            XmlToken::CData(text) => format!("[{text}]"),
            XmlToken::Cut => "~".to_owned(),
        };
        XmlTokens::new(text).map(line).collect()
    }

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(show(given), want, "given {given}");
    }

    #[test]
    fn tags_and_text_are_told_apart() {
        check("<a>b</a>", "<a>'b'</a>");
        check("<a b='c' d = \"e>f\" g=h i/>", "<a b=c d=e>f g=h i=/>");
        check("<x:y></x:y >", "<x:y></x:y>");
        check("<![CDATA[<b>]]>", "[<b>]");
        check("<?xml version='1.0'?><!-- > --><a/>", "<a/>");
        check("<!DOCTYPE r [<!ENTITY a '>'>]><a/>", "<a/>");
    }

    #[test]
    fn what_is_no_tag_is_text() {
        check("a < b", "'a ''< b'");
        check("1 <2 <a>", "'1 ''<2 '<a>");
        check("<a <b>", "'<a '<b>");
        check(
            "<a b='c>d</a>",
            "<a b='c>'d'</a>".replace("='c", "=c").as_str(),
        );
    }

    #[test]
    fn a_cut_is_seen() {
        for text in [
            "<a",
            "<a b='",
            "</",
            "</a",
            "<![CDATA[x",
            "<!-- x",
            "<!DOCTYPE",
            "<?xml",
            "<",
        ] {
            check(text, "~");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_tokens(text in "[<>/!?a:='\" \\[\\]\u{e9}-]{0,60}") {
            show(&text);
        }
    }
}
