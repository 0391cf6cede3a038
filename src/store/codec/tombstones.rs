//! Lists of removed items as bytes.

/// What a file begins with.
pub(in crate::store) const WORD: &[u8; 8] = b"removed2";

/// The word of layouts 1 to 4, which have no hash.
pub(in crate::store) const WORD_WITHOUT_HASH: &[u8; 8] = b"removed1";

/// Bytes of one item, of the word and of the hash.
pub(in crate::store) const WIDTH: u64 = 8;

/// What a file holds, and whether that is what was written.
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

pub(in crate::store) fn numbers_in(bytes: &[u8]) -> Vec<u64> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|n| u64::from_be_bytes(*n)).collect()
}

pub(in crate::store) fn to_bytes(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((numbers.len() + 2) * WORD.len());
    bytes.extend(WORD);
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(&hash.as_bytes()[..WIDTH as usize]);
    bytes
}
