//! Character decoding: bytes to text.
//!
//! Evidence counts in this order, whatever the document is:
//!
//! 1. the admin's word,
//! 2. a byte order mark, or a first `<` that only UTF-16 or UTF-32 writes so,
//! 3. bytes that are valid UTF-8 and not by accident,
//! 4. the HTTP header, then the document's own declarations,
//! 5. a guess.
//!
//! A declaration that the bytes contradict (UTF-8 that is not, GBK that does not
//! decode) is passed over as long as there is a better one.

mod declared;
mod guess;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::guess::{contradiction, guess};
use encoding_rs::{
    BIG5, CoderResult, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8,
    UTF_16BE, UTF_16LE, WINDOWS_1252,
};

/// Name of UTF-8 in [`Decoded::encoding`].
const UTF_8_NAME: &str = "utf-8";

/// Decoded text, and what it was decoded as.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// Name of the encoding that the bytes were decoded as, in lower case: `utf-8`, `gb18030`,
    /// `utf-32le` …
    pub encoding: &'static str,
    /// Undecodable byte sequences, each of which became U+FFFD; saturates.
    pub replaced: u32,
}

/// Decodes a feed: the admin's word (`told`), then BOM, HTTP header, XML declaration, a guess.
/// Never fails.
#[must_use]
pub fn decode_xml<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    told: Option<&'static Encoding>,
) -> Decoded<'a> {
    decode(bytes, content_type, told, declared::in_xml)
}

/// Decodes a web page: the admin's word (`told`), then BOM, HTTP header, meta anywhere in the head,
/// a guess. Never fails.
#[must_use]
pub fn decode_html<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    told: Option<&'static Encoding>,
) -> Decoded<'a> {
    decode(bytes, content_type, told, declared::in_html)
}

/// Finds the encoding that `label` names, by the WHATWG table and a few names that servers add to
/// it.
#[must_use]
pub fn named(label: &str) -> Option<&'static Encoding> {
    declared::encoding(label.as_bytes())
}

fn decode<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    told: Option<&'static Encoding>,
    declared: fn(&[u8]) -> Vec<&'static Encoding>,
) -> Decoded<'a> {
    if let Some(encoding) = told {
        return read_as(encoding, bytes);
    }
    match wide(bytes) {
        Some(Wide::Utf16(encoding)) => return read_as(encoding, bytes),
        Some(Wide::Utf32 { big }) => return read_utf32(bytes, big),
        None => {}
    }
    let by_http = content_type.and_then(declared::in_content_type);
    let by_document = declared(bytes);
    let claims: Vec<_> = by_http
        .into_iter()
        .chain(by_document)
        .filter(|claim| is_possible(claim, bytes))
        .collect();
    let claims = credible(claims, bytes);

    if let Ok(text) = std::str::from_utf8(bytes) {
        if may_be_double_byte(text, &claims) {
            return choose(bytes, &claims);
        }
        return match claims.first() {
            Some(claim) if *claim == ISO_2022_JP && text.contains('\x1b') => {
                read_as(ISO_2022_JP, bytes)
            }
            None if text.contains("\x1b$") => read_as(guess(bytes), bytes),
            _ => decoded(Cow::Borrowed(text), UTF_8_NAME, 0),
        };
    }
    if is_almost_utf8(bytes) {
        return read_as(UTF_8, bytes);
    }
    choose(bytes, &claims)
}

/// Decodes as the first claim that the bytes agree with (at most one error in fifty bytes above
/// ASCII, or one in all), else with the fewest errors.
fn choose<'a>(bytes: &'a [u8], claims: &[&'static Encoding]) -> Decoded<'a> {
    let n_high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let mut best: Option<Decoded<'a>> = None;
    let legacy = claims.iter().copied().filter(|claim| *claim != UTF_8);
    let first = legacy.clone().next().unwrap_or_else(|| guess(bytes));
    let better = contradiction(bytes, first);
    for encoding in better
        .into_iter()
        .chain(legacy)
        .chain(std::iter::once_with(|| guess(bytes)))
    {
        let reading = read_as(encoding, bytes);
        let is_plausible = reading.replaced as usize * 50 <= n_high.max(50);
        if is_plausible {
            return reading;
        }
        if best
            .as_ref()
            .is_none_or(|best| reading.replaced < best.replaced)
        {
            best = Some(reading);
        }
    }
    best.unwrap_or_else(|| read_as(UTF_8, bytes))
}

/// Returns the claims without windows-1252, what servers say of all pages by themselves,
/// where the bytes are of a script that writes its characters with two of them.
fn credible(claims: Vec<&'static Encoding>, bytes: &[u8]) -> Vec<&'static Encoding> {
    let is_western = |claim: &&'static Encoding| *claim == WINDOWS_1252;
    if !claims.iter().any(is_western) || !is_paired(bytes) {
        return claims;
    }
    claims
        .into_iter()
        .filter(|claim| !is_western(claim))
        .collect()
}

/// Whether most bytes beyond ASCII stand beside another one: in western text,
/// letters with an accent stand between letters without.
fn is_paired(bytes: &[u8]) -> bool {
    const ENOUGH: usize = 8;
    let mut n_high = 0;
    let mut n_paired = 0;
    for run in bytes.split(u8::is_ascii) {
        n_high += run.len();
        n_paired += if run.len() > 1 { run.len() } else { 0 };
    }
    n_high >= ENOUGH && n_paired * 10 > n_high * 6
}

/// Whether a claim can be true: UTF-16 is claimed by documents that are plainly not in it.
fn is_possible(claim: &'static Encoding, bytes: &[u8]) -> bool {
    let is_utf16 = claim == UTF_16LE || claim == UTF_16BE;
    !is_utf16 || bytes.iter().take(256).any(|byte| *byte == 0)
}

/// Whether valid UTF-8 may be GBK or its like by accident: a handful of characters can, more
/// cannot.
fn may_be_double_byte(text: &str, claims: &[&'static Encoding]) -> bool {
    let double = [BIG5, EUC_JP, EUC_KR, GB18030, GBK, SHIFT_JIS];
    claims.first().is_some_and(|claim| double.contains(claim)) && {
        let mut n_high = 0;
        let all_short = text.chars().filter(|c| !c.is_ascii()).all(|c| {
            n_high += 1;
            n_high < 6 && ('\u{100}'..'\u{800}').contains(&c)
        });
        n_high > 0 && all_short
    }
}

/// Whether the bytes are UTF-8 but for stray errors: fewer than one for every four good characters
/// above ASCII.
fn is_almost_utf8(bytes: &[u8]) -> bool {
    let mut n_good = 0;
    let mut n_bad = 0;
    let mut n_left = bytes.len();
    for chunk in bytes.utf8_chunks() {
        let (valid, invalid) = (chunk.valid(), chunk.invalid());
        n_left -= valid.len() + invalid.len();
        n_good += valid.chars().filter(|c| !c.is_ascii()).count();
        let is_cut_off = invalid.len() > 1
            && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        n_bad += usize::from(!invalid.is_empty() && !is_cut_off);
        // A character above ASCII has two bytes or more.
        if n_bad > 0 && n_good + n_left / 2 <= 4 * n_bad {
            return false;
        }
    }
    n_bad == 0 || n_good > 4 * n_bad
}

enum Wide {
    Utf16(&'static Encoding),
    Utf32 { big: bool },
}

/// Detects UTF-16 and UTF-32, by byte order mark or by how the first `<` is written.
fn wide(bytes: &[u8]) -> Option<Wide> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [b'<', 0, 0, 0, ..] => Some(Wide::Utf32 { big: false }),
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'<', ..] => Some(Wide::Utf32 { big: true }),
        [0xFF, 0xFE, ..] | [b'<', 0, _, 0, ..] => Some(Wide::Utf16(UTF_16LE)),
        [0xFE, 0xFF, ..] | [0, b'<', 0, _, ..] => Some(Wide::Utf16(UTF_16BE)),
        _ => None,
    }
}

fn read_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, had_errors) = match encoding == UTF_8 {
        true => encoding.decode_with_bom_removal(bytes),
        false => transcode(encoding, bytes),
    };
    let replaced = if had_errors {
        let n_now = text.matches('\u{FFFD}').count();
        let n_before = match encoding == UTF_8 {
            true => bytes.windows(3).filter(|w| *w == b"\xEF\xBF\xBD").count(),
            false => 0,
        };
        n_now.saturating_sub(n_before)
    } else {
        0
    };
    let replaced = u32::try_from(replaced).unwrap_or(u32::MAX);
    decoded(text, declared::lower_name(encoding), replaced)
}

/// Decodes piece by piece, 64 KiB each. At once, room is made for the longest text that so many
/// bytes could be, which of Chinese is twice what they are.
fn transcode<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    /// Bytes that are decoded at a time.
    const PIECE: usize = 64 << 10;
    if encoding.is_ascii_compatible() && bytes.is_ascii() {
        return (String::from_utf8_lossy(bytes), false);
    }
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = String::new();
    let mut had_errors = false;
    let mut n_done = 0;
    loop {
        let piece = &bytes[n_done..bytes.len().min(n_done + PIECE)];
        let is_last = n_done + piece.len() == bytes.len();
        let most = decoder.max_utf8_buffer_length(piece.len());
        let most = most.unwrap_or(usize::MAX);
        if text.capacity() - text.len() < most {
            // What is left will be as long as what was, and a little more.
            let left = bytes.len() - n_done;
            let likely = text.len() as f64 / n_done.max(1) as f64 * left as f64 * 1.05;
            text.reserve_exact(most.max(likely as usize));
        }
        let (result, n_read, has_errors) = decoder.decode_to_string(piece, &mut text, is_last);
        debug_assert_eq!((result, n_read), (CoderResult::InputEmpty, piece.len()));
        had_errors |= has_errors;
        n_done += piece.len();
        if is_last {
            return (Cow::Owned(text), had_errors);
        }
    }
}

/// Strips byte order marks, also several of them, and behind white space.
fn decoded<'a>(text: Cow<'a, str>, encoding: &'static str, replaced: u32) -> Decoded<'a> {
    let text = match text.trim_start().starts_with('\u{FEFF}') {
        false => text,
        true => match text {
            Cow::Borrowed(text) => Cow::Borrowed(after_marks(text)),
            Cow::Owned(text) => Cow::Owned(after_marks(&text).to_owned()),
        },
    };
    Decoded {
        text,
        encoding,
        replaced,
    }
}

fn after_marks(text: &str) -> &str {
    text.trim_start().trim_start_matches('\u{FEFF}')
}

fn read_utf32(bytes: &[u8], big: bool) -> Decoded<'static> {
    let mut replaced = 0;
    let mut text = String::with_capacity(bytes.len() / 3);
    for unit in bytes.chunks(4) {
        let code = <[u8; 4]>::try_from(unit).ok().and_then(|unit| {
            char::from_u32(match big {
                true => u32::from_be_bytes(unit),
                false => u32::from_le_bytes(unit),
            })
        });
        replaced += u32::from(code.is_none());
        text.push(code.unwrap_or('\u{FFFD}'));
    }
    let encoding = if big { "utf-32be" } else { "utf-32le" };
    decoded(Cow::Owned(text), encoding, replaced)
}
