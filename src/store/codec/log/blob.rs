//! Bytes within a record.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a record, in one piece.
pub(super) struct Blob<'a>(pub(super) Cow<'a, [u8]>);

impl Blob<'_> {
    /// Wraps bytes for encoding.
    pub(super) fn of(bytes: Vec<u8>) -> Blob<'static> {
        Blob(Cow::Owned(bytes))
    }
}

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Blob<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Blob<'a>, D::Error> {
        from.deserialize_bytes(Borrowing)
            .map(|bytes| Blob(Cow::Borrowed(bytes)))
    }
}

/// Takes bytes as they lie.
struct Borrowing;

impl<'de> Visitor<'de> for Borrowing {
    type Value = &'de [u8];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(bytes)
    }
}
