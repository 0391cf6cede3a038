//! Encoding detection, for bytes that nothing is declared about.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_15, MACINTOSH, WINDOWS_1252};

use super::declared;

/// Bytes from the start that the guess looks at.
const GUESS_BYTES: usize = 256 * 1024;

/// Guesses the likeliest encoding.
///
/// The detector knows no encoding of old Macs and none but windows-1252 for
/// western Europe; what tells those apart is looked at here.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let bytes = &bytes[..bytes.len().min(GUESS_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let found = detector.guess(declared::country(bytes), Utf8Detection::Deny);
    let is_western = found == WINDOWS_1252;
    match is_western {
        true => western(bytes),
        false => found,
    }
}

/// Chooses among windows-1252 and what looks like it: Mac Roman, ISO 8859-15.
fn western(bytes: &[u8]) -> &'static Encoding {
    // Letters of the Mac's that are no character of windows-1252, or one that
    // no letter stands beside: `è` `ê` `é` `à` `á`, `ü`.
    let n_mac = in_words(bytes, |byte| {
        matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0x88 | 0x87)
    });
    let n_windows = in_words(bytes, |byte| byte >= 0xe0);
    if n_mac > 0 && n_mac > n_windows {
        return MACINTOSH;
    }
    let has_c1 = bytes.iter().any(|byte| (0x80..0xa0).contains(byte));
    // `Š š Ž ž Œ œ Ÿ`, where windows-1252 has signs and fractions.
    let is_letter = |byte| matches!(byte, 0xa6 | 0xa8 | 0xb4 | 0xb8 | 0xbc | 0xbd | 0xbe);
    match !has_c1 && in_words(bytes, is_letter) > 0 {
        true => ISO_8859_15,
        false => WINDOWS_1252,
    }
}

/// Counts the bytes of some kind that stand before a small letter, and not behind a digit.
fn in_words(bytes: &[u8], is_it: impl Fn(u8) -> bool) -> usize {
    let is_word = |window: &&[u8]| {
        let (before, this, after) = (window[0], window[1], window[2]);
        is_it(this) && after.is_ascii_lowercase() && !before.is_ascii_digit()
    };
    bytes.windows(3).filter(is_word).count()
}
