//! What makes a callback address ours: a token in it, and a secret beside it.

use std::fmt;
use std::str::FromStr;

use super::SourceId;

/// The last segment of a callback address. Nobody but the hub knows it.
///
/// Eight bytes that follow from the source, by which it is found, and sixteen
/// that nobody can guess.
#[derive(Clone, Copy)]
pub struct CallbackToken([u8; 24]);

/// What a hub signs with: 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl CallbackToken {
    /// The token of a source with these random bytes.
    #[must_use]
    pub fn new(source: &SourceId, random: [u8; 16]) -> CallbackToken {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&CallbackToken::key_of(source));
        bytes[8..].copy_from_slice(&random);
        CallbackToken(bytes)
    }

    /// What tokens of this source begin with.
    #[must_use]
    pub fn key_of(source: &SourceId) -> [u8; 8] {
        let mut key = [0; 8];
        key.copy_from_slice(&blake3::hash(source.as_str().as_bytes()).as_bytes()[..8]);
        key
    }

    /// What this token begins with.
    #[must_use]
    pub fn key(&self) -> [u8; 8] {
        let mut key = [0; 8];
        key.copy_from_slice(&self.0[..8]);
        key
    }

    /// The token with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 24]) -> CallbackToken {
        CallbackToken(bytes)
    }

    /// The bytes of the token.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The segment of the address.
    #[must_use]
    pub fn segment(&self) -> String {
        hex(&self.0)
    }
}

/// In the same time whatever the bytes are.
impl PartialEq for CallbackToken {
    fn eq(&self, other: &CallbackToken) -> bool {
        blake3::hash(&self.0) == blake3::hash(&other.0)
    }
}

impl Eq for CallbackToken {}

/// Reads what [`CallbackToken::segment`] wrote.
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

/// This is no callback address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the end of a callback address")]
pub struct BadToken;

impl Secret {
    /// A secret made of these random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Secret {
        Secret(hex(&random).into())
    }

    /// The secret that was written down.
    #[must_use]
    pub fn from_text(text: &str) -> Secret {
        Secret(text.into())
    }

    /// The secret itself: for the hub, the store and the check of a signature.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn digit(byte: u8) -> Result<u8, BadToken> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(BadToken),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    pairs
        .map(|digit| char::from(digits[usize::from(digit)]))
        .collect()
}

/// Whoever reads the log shall not be able to push.
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
