//! Times as bytes, and as text where people read them.
//!
//! Ids and times in words where people read them, in bytes where only we do.
//!
//! For `#[serde(with = …)]`: JSON gets digits and dates, postcard what is
//! shortest.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::SafeHtml;

/// Time on the disk: seconds and nanoseconds since 1970, both of one sign. In JSON an RFC 3339 date.
#[derive(Clone, Copy)]
pub(in crate::store) struct WireTime(i64, i32);

impl WireTime {
    /// Splits a timestamp.
    pub(in crate::store) fn of(at: Timestamp) -> WireTime {
        WireTime(at.as_second(), at.subsec_nanosecond())
    }

    /// Returns the timestamp; `None` if it is out of range.
    pub(in crate::store) fn read(self) -> Option<Timestamp> {
        Timestamp::new(self.0, self.1).ok()
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.read().filter(|_| to.is_human_readable()) {
            Some(at) => to.collect_str(&at),
            None => (self.0, self.1).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<WireTime, D::Error> {
        if from.is_human_readable() {
            let at = <&str>::deserialize(from)?
                .parse()
                .map_err(D::Error::custom)?;
            return Ok(WireTime::of(at));
        }
        let (seconds, nanoseconds) = Deserialize::deserialize(from)?;
        Ok(WireTime(seconds, nanoseconds))
    }
}

/// Returns the time, if one was written; the outer `None` if what was written is out of range.
pub(in crate::store) fn read_time(wire: Option<WireTime>) -> Option<Option<Timestamp>> {
    match wire {
        Some(time) => time.read().map(Some),
        None => Some(None),
    }
}

/// Encodes bytes as lower-case hexadecimal digits.
pub(in crate::store) fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

/// Decodes hexadecimal digits of either case; `None` for an odd number of them, or anything else.
pub(in crate::store) fn read_digits(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
    };
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// Serde form of an id: 16 bytes in postcard, 32 hexadecimal digits in JSON.
pub(in crate::store) mod id {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{digits, read_digits};

    /// Writes the value in the form of its module.
    pub(in crate::store) fn serialize<S: Serializer>(
        id: &[u8; 16],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.serialize_str(&digits(id)),
            false => id.serialize(to),
        }
    }

    /// Reads the value in the form of its module; the error names what the text is not.
    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<[u8; 16], D::Error> {
        if !from.is_human_readable() {
            return <[u8; 16]>::deserialize(from);
        }
        let bytes = read_digits(<&str>::deserialize(from)?).unwrap_or_default();
        bytes.try_into().map_err(|_| D::Error::custom("not an id"))
    }
}

/// Serde form of a [`Period`](super::period::Period): 2 bytes in postcard, its first day in JSON.
pub(in crate::store) mod period {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::store::Period;

    /// Writes the value in the form of its module.
    pub(in crate::store) fn serialize<S: Serializer>(
        period: &[u8; 2],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.collect_str(&Period::from_bytes(*period)),
            false => period.serialize(to),
        }
    }

    /// Reads the value in the form of its module; the error names what the text is not.
    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<[u8; 2], D::Error> {
        if !from.is_human_readable() {
            return <[u8; 2]>::deserialize(from);
        }
        let period = <&str>::deserialize(from)?.parse::<Period>();
        period.map(Period::to_bytes).map_err(D::Error::custom)
    }
}

/// Serde form of an HTTP header value, absent or any bytes: as they are in postcard, hexadecimal digits
/// in JSON.
pub(in crate::store) mod header {
    use std::borrow::Cow;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{digits, read_digits};

    /// Writes the value in the form of its module.
    pub(in crate::store) fn serialize<S: Serializer>(
        bytes: &Option<Cow<'_, [u8]>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => bytes.as_deref().map(digits).serialize(to),
            false => bytes.as_deref().serialize(to),
        }
    }

    /// Reads the value in the form of its module; the error names what the text is not.
    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Cow<'de, [u8]>>, D::Error> {
        if !from.is_human_readable() {
            let bytes = <Option<&'de [u8]>>::deserialize(from)?;
            return Ok(bytes.map(Cow::Borrowed));
        }
        let Some(text) = <Option<&str>>::deserialize(from)? else {
            return Ok(None);
        };
        let bytes = read_digits(text).ok_or_else(|| D::Error::custom("not digits"))?;
        Ok(Some(Cow::Owned(bytes)))
    }
}

/// Wraps markup that was sanitised before it was stored.
pub(in crate::store) fn vouched(html: &str) -> SafeHtml {
    SafeHtml::vouched(html.to_owned())
}

/// Borrows each text.
pub(in crate::store) fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Copies each text.
pub(in crate::store) fn strings(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_read_back(bytes: Vec<u8>) {
            prop_assert_eq!(read_digits(&digits(&bytes)), Some(bytes));
        }

        #[test]
        fn other_text_is_none(text in "[0-9a-f]{0,3}[^0-9a-fA-F].{0,3}") {
            prop_assert_eq!(read_digits(&text), None);
        }
    }
}
