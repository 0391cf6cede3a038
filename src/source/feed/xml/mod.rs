//! XML as the open web writes it: text in, balanced elements out.
//!
//! ```text
//!   text
//!     | token    tags, text, CDATA              anything has tokens
//!     | repair   elements that open and close   limits, namespaces, mended nesting
//!     | tree     one entry at a time            what the mapping looks at
//! ```

mod attribute;
mod markup;
mod name;
mod reference;
mod repair;
mod token;
mod tree;

pub(crate) use attribute::Attributes;
pub(crate) use name::Ns;
pub(crate) use reference::unescape;
pub(crate) use repair::{Element, Events, XmlEvent};
pub(crate) use token::{XmlToken, XmlTokens};
pub(crate) use tree::{Node, XmlTree};

/// Folds `name` to lower case, in `buffer`; empty if it is longer than any name we know.
pub(crate) fn fold<'b, const N: usize>(name: &str, buffer: &'b mut [u8; N]) -> &'b str {
    let Some(folded) = buffer.get_mut(..name.len()) else {
        return "";
    };
    folded.copy_from_slice(name.as_bytes());
    folded.make_ascii_lowercase();
    std::str::from_utf8(folded).unwrap_or("")
}
