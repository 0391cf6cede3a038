//! Limits on what an origin may send, checked before any tree is built.

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document after decoding.
    pub bytes: usize,
    /// Nesting of elements in XML.
    pub depth: usize,
    /// Nesting of elements in HTML.
    pub html_depth: usize,
    /// Entries of a document; the first ones are kept.
    pub entries: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Elements of a document.
    pub elements: usize,
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
        }
    }
}
