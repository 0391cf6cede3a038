//! Signatures of hubs: whether a hub has signed what it pushes, `X-Hub-Signature` (WebSub,
//! 7.1), and those of our own hub.
//!
//! All methods of the specification are taken, `sha1` too: it is what the large
//! hubs send, and what is broken about SHA-1 – two texts of the same sum – does
//! not help whoever has no key (RFC 6151, 2.3, says the same even of MD5).

use ring::hmac::{self, Algorithm};

use crate::model::Secret;

/// Whether `header` is a signature of `body` by whoever holds `secret`. Takes as long for a
/// wrong one as for a good one.
///
/// ```
/// use gazetted::ingest::websub::signature::is_signed;
/// use gazetted::model::Secret;
///
/// let secret = Secret::from_text("Jefe");
/// let body = b"what do ya want for nothing?";
/// assert!(is_signed("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", body, &secret));
/// assert!(!is_signed("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c78", body, &secret));
/// ```
#[must_use]
pub fn is_signed(header: &str, body: &[u8], secret: &Secret) -> bool {
    let Some((algorithm, sum)) = parse(header) else {
        return false;
    };
    let key = hmac::Key::new(algorithm, secret.reveal().as_bytes());
    hmac::verify(&key, body, &sum).is_ok()
}

/// Signs `body` for a subscriber that gave us `secret`: the value of `X-Hub-Signature`, by SHA-256.
///
/// ```
/// use gazetted::ingest::websub::signature::{is_signed, sign};
/// use gazetted::model::Secret;
///
/// let secret = Secret::from_text("Jefe");
/// let header = sign(b"what do ya want for nothing?", &secret);
/// assert!(header.starts_with("sha256=5bdcc146bf60754e"));
/// assert!(is_signed(&header, b"what do ya want for nothing?", &secret));
/// ```
#[must_use]
pub fn sign(body: &[u8], secret: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let sum = hmac::sign(&key, body);
    let mut header = "sha256=".to_owned();
    for byte in sum.as_ref() {
        for digit in [byte >> 4, byte & 15] {
            header.extend(char::from_digit(digit.into(), 16));
        }
    }
    header
}

/// Parses `method=signature` in hexadecimal digits; `None` if the method is unknown or the
/// length is not that of its sums.
fn parse(header: &str) -> Option<(Algorithm, Vec<u8>)> {
    let (method, digits) = header.trim().split_once('=')?;
    let algorithm = match method.trim().to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return None,
    };
    let (pairs, []) = digits.trim().as_bytes().as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != algorithm.digest_algorithm().output_len() {
        return None;
    }
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(value(*high)? << 4 | value(*low)?));
    let sum: Option<Vec<u8>> = bytes.collect();
    Some((algorithm, sum?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 4231, test case 2, and RFC 2202 for SHA-1.
    const GOOD: [&str; 4] = [
        "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ];
    const BODY: &[u8] = b"what do ya want for nothing?";

    fn is_good(header: &str) -> bool {
        is_signed(header, BODY, &Secret::from_text("Jefe"))
    }

    #[test]
    fn every_method_of_the_specification_is_taken() {
        for header in GOOD {
            assert!(is_good(header), "{header}");
            assert!(is_good(&header.to_uppercase()), "{header}");
            assert!(!is_signed(header, b"another", &Secret::from_text("Jefe")));
            assert!(!is_signed(header, BODY, &Secret::from_text("jefe")));
        }
    }

    #[test]
    fn nothing_else_is_a_signature() {
        let sum = &GOOD[1]["sha256=".len()..];
        for bad in [
            "",
            "sha256=",
            sum,
            &format!("md5={sum}"),
            &format!("sha512={sum}"),
            &format!("sha256={}", &sum[..32]),
            &format!("sha256={sum}00"),
            &format!("sha256={}", "é".repeat(32)),
            &format!("sha256={}", "+f".repeat(32)),
        ] {
            assert!(!is_good(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn only_the_right_sum_passes(header in "(sha(1|256|384|512)=)?[0-9a-fé]{0,140}") {
            let is_known = GOOD.contains(&header.as_str());
            prop_assert_eq!(is_good(&header), is_known);
        }
    }
}
