//! Limits on what an origin may send, checked before any tree is built.

use std::borrow::Cow;

use super::ReadError;

/// Limits on one document, against documents made to exhaust memory or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a document, after content decoding. Default 10 MiB; in polls `http.max_body`.
    pub bytes: usize,
    /// Deepest nesting of elements in XML. Default 64.
    pub depth: usize,
    /// Deepest nesting of elements in HTML. Default 512.
    pub html_depth: usize,
    /// Most entries of a document; of a feed the newest are kept, of a page the first. Default
    /// 2 000.
    pub entries: usize,
    /// Most attributes of one element. Default 256.
    pub attributes: usize,
    /// Most elements of a document; of JSON, values. Default 1 000 000.
    pub elements: usize,
    /// Most bytes of one text; longer ones are cut. Default 2 MiB.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 10 << 20,
            depth: 64,
            html_depth: 512,
            entries: 2_000,
            attributes: 256,
            elements: 1_000_000,
            text: 2 << 20,
        }
    }
}

impl Limits {
    /// Checks whether a document of `bytes` bytes may be looked at.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooMuch`] if not.
    pub fn admit(&self, bytes: usize) -> Result<(), ReadError> {
        within(bytes, self.bytes, "more bytes than we read")
    }
}

/// Counter of the elements of one document, against its limits.
#[derive(Clone, Debug)]
pub struct Meter {
    limits: Limits,
    elements: usize,
}

impl Meter {
    /// Makes a counter at zero.
    #[must_use]
    pub fn new(limits: Limits) -> Meter {
        Meter {
            limits,
            elements: 0,
        }
    }

    /// Counts an element at `depth` (the root is at 1) with so many attributes.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooMuch`] at the first that is beyond a limit.
    pub fn element(&mut self, depth: usize, attributes: usize) -> Result<(), ReadError> {
        self.elements += 1;
        let limits = &self.limits;
        within(depth, limits.depth, "elements nested too deep")?;
        within(attributes, limits.attributes, "too many attributes")?;
        within(self.elements, limits.elements, "too many elements")
    }
}

/// Removes the characters that no XML may hold, mostly control characters, and puts the punctuation
/// that windows-1252 has where Unicode has controls.
#[must_use]
pub fn legal(text: Cow<'_, str>) -> Cow<'_, str> {
    if !may_be_illegal(text.as_bytes()) {
        return text;
    }
    if text.chars().all(|c| is_legal(c) && !is_c1(c)) {
        return text;
    }
    let legal = text
        .chars()
        .filter(|c| is_legal(*c))
        .map(|c| match is_c1(c) {
            true => meant_by(c as u32).unwrap_or(c),
            false => c,
        });
    Cow::Owned(legal.collect())
}

/// Returns the character that a number from 0x80 to 0x9F means to people who think in windows-1252.
pub(crate) fn meant_by(code: u32) -> Option<char> {
    let index = usize::try_from(code.checked_sub(0x80)?).ok()?;
    *html5ever::data::C1_REPLACEMENTS.get(index)?
}

fn is_c1(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}')
}

/// Whether XML may hold this character.
#[must_use]
pub fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => c >= ' ',
    }
}

/// Whether bytes may hold an illegal character, by a quick look: most documents hold none, and none
/// that is illegal is missed.
fn may_be_illegal(bytes: &[u8]) -> bool {
    // Without an early way out, this is done many bytes at a time.
    let has_control = |chunk: &[u8]| {
        chunk
            .iter()
            .fold(false, |any, byte| any | is_control(*byte))
    };
    let is_c1 = |at: usize| matches!(bytes.get(at + 1), Some(0x80..=0x9f));
    bytes.chunks(1024).any(has_control)
        || memchr::memchr_iter(0xc2, bytes).any(is_c1)
        || memchr::memmem::find(bytes, b"\xef\xbf").is_some()
}

fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn within(count: usize, limit: usize, what: &'static str) -> Result<(), ReadError> {
    match count > limit {
        true => Err(ReadError::TooMuch { what, limit }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_characters_go() {
        assert_eq!(legal("a\u{8}b\u{ffff}\t\u{e9}\0".into()), "ab\t\u{e9}");
        assert_eq!(legal("don\u{92}t".into()), "don’t");
        assert!(matches!(legal("济南\r\n！".into()), Cow::Borrowed(_)));
    }

    #[test]
    fn the_meter_stops_at_each_limit() {
        let limits = Limits {
            elements: 3,
            depth: 2,
            attributes: 1,
            ..Limits::default()
        };
        let mut meter = Meter::new(limits);
        assert!(meter.element(2, 1).is_ok());
        assert!(meter.element(3, 0).is_err());
        assert!(meter.element(1, 2).is_err());
        assert!(meter.element(1, 0).is_err());
    }
}
