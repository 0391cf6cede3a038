//! Secrets of WebSub callbacks: the capability token in the address, and the HMAC secret beside it.

use std::fmt;
use std::str::FromStr;

use super::SourceId;

/// Last segment of a callback address, 24 bytes; nobody but the hub knows it.
///
/// 8 bytes from the blake3 hash of the source's id, by which the source is found, ‖ 16 random
/// bytes, which nobody can guess. Written as 48 lowercase hexadecimal digits.
#[derive(Clone, Copy)]
pub struct CallbackToken([u8; 24]);

/// HMAC key of one hub subscription (WebSub, `hub.secret`): 64 lowercase hexadecimal digits of ours,
/// or whatever a subscriber of our own hub gave.
///
/// Sent to the hub when subscribing, kept in the store, used to check or to make `X-Hub-Signature`;
/// never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl CallbackToken {
    /// Joins the key of `source` and 16 random bytes into a token.
    #[must_use]
    pub fn new(source: &SourceId, random: [u8; 16]) -> CallbackToken {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&CallbackToken::key_of(source));
        bytes[8..].copy_from_slice(&random);
        CallbackToken(bytes)
    }

    /// Computes the first 8 bytes of all tokens of `source`: of the blake3 hash of its id.
    #[must_use]
    pub fn key_of(source: &SourceId) -> [u8; 8] {
        let mut key = [0; 8];
        key.copy_from_slice(&blake3::hash(source.as_str().as_bytes()).as_bytes()[..8]);
        key
    }

    /// Returns the first 8 bytes, by which the source is found; see [`CallbackToken::key_of`].
    #[must_use]
    pub fn key(&self) -> [u8; 8] {
        let mut key = [0; 8];
        key.copy_from_slice(&self.0[..8]);
        key
    }

    /// Wraps bytes that were stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 24]) -> CallbackToken {
        CallbackToken(bytes)
    }

    /// Returns all 24 bytes, as the store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// Formats the token as a path segment: 48 lowercase hexadecimal digits.
    #[must_use]
    pub fn segment(&self) -> String {
        hex(&self.0)
    }
}

/// Comparison in constant time, whatever the bytes are: both sides are hashed first.
impl PartialEq for CallbackToken {
    fn eq(&self, other: &CallbackToken) -> bool {
        blake3::hash(&self.0) == blake3::hash(&other.0)
    }
}

impl Eq for CallbackToken {}

/// Reads the 48 lowercase hexadecimal digits that [`CallbackToken::segment`] wrote; anything else
/// is a [`BadToken`].
impl FromStr for CallbackToken {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<CallbackToken, BadToken> {
        let mut bytes = [0; 24];
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(BadToken);
        };
        if pairs.len() != bytes.len() {
            return Err(BadToken);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(CallbackToken(bytes))
    }
}

/// Error: the text is not 48 lowercase hexadecimal digits, so no callback address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the end of a callback address")]
pub struct BadToken;

impl Secret {
    /// Encodes 32 random bytes as hexadecimal digits.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Secret {
        Secret(hex(&random).into())
    }

    /// Wraps a secret that was stored; nothing is checked.
    #[must_use]
    pub fn from_text(text: &str) -> Secret {
        Secret(text.into())
    }

    /// Returns the secret itself: for the hub, the store and the check of a signature only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Reads a hexadecimal digit in lower case.
fn digit(byte: u8) -> Result<u8, BadToken> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(BadToken),
    }
}

/// Writes bytes as hexadecimal digits in lower case.
fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    pairs
        .map(|digit| char::from(digits[usize::from(digit)]))
        .collect()
}

/// Opaque: whoever reads the log shall not be able to push.
impl fmt::Debug for CallbackToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackToken(…)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let source: SourceId = "shandong/jinan/daily".parse().unwrap();
        let token = CallbackToken::new(&source, [0xa5; 16]);
        let segment = token.segment();
        assert_eq!(segment.len(), 48);
        assert_eq!(segment.parse(), Ok(token));
        assert_eq!(token.key(), CallbackToken::key_of(&source));
        let other = CallbackToken::new(&source, [0xa4; 16]);
        assert_ne!(token, other);
        for bad in [
            "",
            "00",
            &segment[1..],
            &segment.to_uppercase(),
            &"é".repeat(24),
        ] {
            assert_eq!(bad.parse::<CallbackToken>(), Err(BadToken), "{bad}");
        }
    }
}
