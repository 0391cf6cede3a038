//! Content decoding, under a cap.
//!
//! Done here and not by the HTTP client, because a client that decodes stops
//! silently after the first of several gzip members and hands layered
//! encodings on half decoded.

use std::io::{self, BufRead, Read};

use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::{self, HeaderMap};

use crate::fetch::FetchError;

/// Value of `Accept-Encoding`: the encodings that can be undone.
pub(in crate::fetch) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// Most encodings on top of each other that are undone.
const MAX_LAYERS: usize = 2;

/// Ratio of a document to its gzip up to which room is made beforehand; feeds have four to eight.
const USUAL_RATIO: usize = 16;

/// Returns `Content-Encoding` as sent, several of them joined by commas.
pub(in crate::fetch) fn encodings(headers: &HeaderMap) -> String {
    let all = headers.get_all(header::CONTENT_ENCODING).iter();
    let all: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
    all.join(",")
}

/// Decodes the beginning of a body whose end may be missing; at most `cap` bytes of each layer.
///
/// # Errors
///
/// [`FetchError::Encoding`] if an encoding is unknown, there are more than two, or nothing can be
/// decoded.
pub(in crate::fetch) fn decode_start(
    body: &[u8],
    encodings: &str,
    cap: usize,
) -> Result<Vec<u8>, FetchError> {
    let mut start = body.to_vec();
    for layer in layers(encodings)?.iter().rev() {
        let mut decoded = Vec::new();
        let limit = u64::try_from(cap).unwrap_or(u64::MAX);
        // An error after some bytes is the end of what is there.
        let result = reader(&start, layer)?.take(limit).read_to_end(&mut decoded);
        if let (Err(why), true) = (result, decoded.is_empty()) {
            return Err(FetchError::Encoding(why.to_string()));
        }
        start = decoded;
    }
    Ok(start)
}

/// Decodes a whole body, of at most `cap` bytes at each layer.
///
/// # Errors
///
/// [`FetchError::Encoding`] if an encoding is unknown, there are more than two, or the data is
/// garbled; [`FetchError::Truncated`] if it is cut; [`FetchError::TooLarge`] if there is more.
pub(in crate::fetch) fn decode(
    body: Bytes,
    encodings: &str,
    cap: usize,
) -> Result<Bytes, FetchError> {
    layers(encodings)?
        .iter()
        .rev()
        .try_fold(body, |body, layer| peel(&body, layer, cap))
}

/// Splits a list of encodings into lowercase names, in the order in which they were applied,
/// innermost first.
fn layers(encodings: &str) -> Result<Vec<String>, FetchError> {
    let layers: Vec<String> = encodings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !is_no_encoding(name))
        .collect();
    if layers.len() > MAX_LAYERS {
        return Err(FetchError::Encoding(format!(
            "{} layers of encoding",
            layers.len()
        )));
    }
    Ok(layers)
}

/// Whether a word in `Content-Encoding` names none: character sets and the
/// encodings of mail are often written there, of bytes that are as they are.
fn is_no_encoding(name: &str) -> bool {
    const NONE: [&str; 10] = [
        "",
        "identity",
        "none",
        "plain",
        "text",
        "binary",
        "7bit",
        "8bit",
        "quoted-printable",
        "aws-chunked",
    ];
    NONE.contains(&name) || encoding_rs::Encoding::for_label(name.as_bytes()).is_some()
}

/// Lists the codings to undo: those declared, and a gzip that is not; none where markup
/// stands in place of what is declared.
pub(in crate::fetch) fn needed(body: &[u8], declared: &str) -> String {
    const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];
    let has_none = declared
        .split(',')
        .all(|name| is_no_encoding(&name.trim().to_ascii_lowercase()));
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_markup = matches!(first, Some(b'<' | b'{'));
    match has_none {
        true if body.starts_with(&GZIP) => "gzip".to_owned(),
        false if is_markup && declared.to_ascii_lowercase().contains("gzip") => String::new(),
        _ => declared.to_owned(),
    }
}

/// Makes the decoder of one layer.
fn reader<'a>(body: &'a [u8], layer: &str) -> Result<Box<dyn Read + 'a>, FetchError> {
    Ok(match layer {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(body)),
        "deflate" if is_zlib(body) => Box::new(ZlibDecoder::new(body)),
        "deflate" => Box::new(DeflateDecoder::new(body)),
        "br" => Box::new(brotli_decompressor::Decompressor::new(body, 4096)),
        "zstd" => match zstd::stream::read::Decoder::with_buffer(body) {
            Ok(decoder) => Box::new(decoder),
            Err(why) => return Err(FetchError::Encoding(why.to_string())),
        },
        other => {
            return Err(FetchError::Encoding(format!(
                "unknown encoding `{other:.40}`"
            )));
        }
    })
}

fn peel(body: &[u8], layer: &str, cap: usize) -> Result<Bytes, FetchError> {
    let room = announced(body, layer).min(cap);
    match take(reader(body, layer)?, cap, room) {
        Ok(Some(bytes)) => Ok(bytes.into()),
        Ok(None) => Err(FetchError::TooLarge(cap)),
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Err(FetchError::Truncated(
            format!("its {layer} data ends in the middle"),
        )),
        Err(why) => Err(FetchError::Encoding(format!(
            "the {layer} data is garbled ({why})"
        ))),
    }
}

/// Returns how many bytes a layer says that it holds, if that can be; 0 if it does not say.
fn announced(body: &[u8], layer: &str) -> usize {
    match (layer, body.last_chunk()) {
        ("gzip" | "x-gzip", Some(end)) => {
            let said = u32::from_le_bytes(*end) as usize;
            said.min(body.len().saturating_mul(USUAL_RATIO))
        }
        _ => 0,
    }
}

/// Reads all of `reader`; `None` if that is more than `cap` bytes. `room` is made for it beforehand.
fn take(reader: impl Read, cap: usize, room: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(room);
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= cap).then_some(bytes))
}

/// Whether `body` begins with a zlib header. RFC 9110 says `deflate` is zlib's format; some servers
/// send bare deflate.
fn is_zlib(mut body: &[u8]) -> bool {
    let head = body.fill_buf().unwrap_or_default();
    matches!(head, [cmf, flg, ..] if cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flg]) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn check(body: Vec<u8>, encodings: &str, want: &[u8]) {
        assert_eq!(decode(body.into(), encodings, 1 << 20).unwrap(), want);
    }

    #[track_caller]
    fn refuses(body: Vec<u8>, encodings: &str, code: &str) {
        assert_eq!(
            decode(body.into(), encodings, 1 << 20).unwrap_err().code(),
            code
        );
    }

    #[test]
    fn every_accepted_encoding_is_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"news").unwrap();
        check(zlib.finish().unwrap(), "deflate", b"news");
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(b"news").unwrap();
        check(bare.finish().unwrap(), "deflate", b"news");
        check(gzip(b"news"), "GZIP", b"news");
        check(zstd::encode_all(&b"news"[..], 1).unwrap(), "zstd", b"news");
        check(b"news".to_vec(), "identity", b"news");
    }

    #[test]
    fn layers_are_undone_from_the_outside() {
        check(gzip(&gzip(b"news")), "gzip, gzip", b"news");
        refuses(b"x".to_vec(), "gzip, gzip, gzip", "bad_encoding");
    }

    #[test]
    fn every_gzip_member_counts() {
        check([gzip(b"one "), gzip(b"two")].concat(), "gzip", b"one two");
    }

    #[test]
    fn a_cut_is_an_error_and_not_a_shorter_text() {
        let whole = gzip(&b"news ".repeat(1000));
        refuses(whole[..whole.len() - 9].to_vec(), "gzip", "truncated");
        refuses(whole[..whole.len() / 2].to_vec(), "gzip", "truncated");
        let whole = zstd::encode_all(&b"news ".repeat(1000)[..], 1).unwrap();
        refuses(whole[..whole.len() / 2].to_vec(), "zstd", "truncated");
        refuses(
            [whole, b"garbage".to_vec()].concat(),
            "gzip",
            "bad_encoding",
        );
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        refuses(gzip(&vec![0; 64 << 20]), "gzip", "too_large");
    }

    #[test]
    fn unknown_encodings_are_named() {
        refuses(b"x".to_vec(), "aes128gcm", "bad_encoding");
    }
}
