//! Lists of removed items as bytes.

/// Magic word of a list: then 8 bytes (big-endian) of each item in order, then the first 8 bytes of
/// blake3 of all before.
pub(in crate::store) const WORD: &[u8; 8] = b"removed2";

/// Magic word of layouts 1 to 4, whose lists end without a hash.
pub(in crate::store) const WORD_WITHOUT_HASH: &[u8; 8] = b"removed1";

/// Bytes of one item, of the magic word and of the hash.
pub(in crate::store) const WIDTH: u64 = 8;

/// Decodes a list, and returns whether it is what was written; if not, the numbers are those that can
/// be had.
pub(in crate::store) fn read(bytes: &[u8]) -> (Vec<u64>, bool) {
    let (word, body) = bytes.split_at_checked(WORD.len()).unwrap_or_default();
    let is_even = body.len().is_multiple_of(WIDTH as usize);
    if word == WORD_WITHOUT_HASH {
        let numbers = numbers_in(body);
        let is_sound = is_even && numbers.is_sorted();
        return (numbers, is_sound);
    }
    let numbers = numbers_in(&body[..body.len().saturating_sub(WIDTH as usize)]);
    let is_sound = is_even && to_bytes(&numbers) == bytes;
    (numbers, is_sound)
}

/// Decodes numbers of 8 bytes, big-endian; a rest of fewer is ignored.
pub(in crate::store) fn numbers_in(bytes: &[u8]) -> Vec<u64> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|n| u64::from_be_bytes(*n)).collect()
}

/// Encodes a list with its hash; `numbers` are in order.
pub(in crate::store) fn to_bytes(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((numbers.len() + 2) * WORD.len());
    bytes.extend(WORD);
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(&hash.as_bytes()[..WIDTH as usize]);
    bytes
}
