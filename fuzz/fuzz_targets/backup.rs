//! Any bytes are a backup, or say why they are none; so are they behind its first line.

#![no_main]

use gazetted::store::verify;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = verify(data);
    let packed = zstd::encode_all(data, 1).expect("memory takes all");
    let inner = [b"gazetted backup 1, layout 4\n", packed.as_slice()].concat();
    let _ = verify(&inner[..]);
});
