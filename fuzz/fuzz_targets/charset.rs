//! Any bytes are decoded, whatever is said about them. The first line is the header.

#![no_main]

use gazetted::text::charset::{decode_html, decode_xml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (header, body) = bytes.split_at(end);
    let header = std::str::from_utf8(header).ok();
    for decoded in [decode_html(body, header, None), decode_xml(body, header, None)] {
        assert!(decoded.text.len() <= 4 * body.len() + 4);
        assert!(!decoded.text.starts_with('\u{FEFF}'));
    }
});
