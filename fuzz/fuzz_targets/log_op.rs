//! Any bytes are an operation of a shared log, or none; one that is reads back the same.

#![no_main]

use gazetted::store::{decode_op, encode_op};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(op) = decode_op(data) {
        assert_eq!(decode_op(&encode_op(&op)), Some(op));
    }
});
