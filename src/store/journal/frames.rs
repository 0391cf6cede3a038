//! The frames of the journal as they lie in its file.

use std::iter;

/// Frame header, 28 bytes: payload length (u32 LE) ‖ sequence number (u64 LE) ‖ first 16 bytes of
/// blake3(sequence number ‖ payload). Sequence numbers begin at 0 in each segment.
const FRAME_HEADER_BYTES: usize = 4 + 8 + 16;

/// Bytes that a disk writes at once, or not at all.
const SECTOR_BYTES: usize = 512;

/// Most frames that may be missing between two whole ones; a larger gap in the numbers is noise.
const MAX_LOST_FRAMES: u64 = 1 << 22;

/// Encodes a frame: header, then payload.
pub(super) fn framed(number: u64, frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).expect("what one group changes is limited to less");
    let mut bytes = Vec::with_capacity(FRAME_HEADER_BYTES + frame.len());
    bytes.extend(length.to_le_bytes());
    bytes.extend(number.to_le_bytes());
    bytes.extend(hash(number, frame));
    bytes.extend_from_slice(frame);
    bytes
}

/// Iterator over the whole frames of a journal file, in order of their numbers. Searches on behind
/// damage.
pub(super) struct Frames<'a> {
    /// Bytes behind the last frame that was read.
    rest: &'a [u8],
    /// Bytes of the file.
    n_bytes: usize,
    /// Sequence number that the next frame should have.
    number: u64,
    /// Frames that are missing, going by the numbers so far.
    pub(super) n_lost: u64,
    /// Bytes up to the end of the last one.
    pub(super) length: u64,
}

impl<'a> Frames<'a> {
    /// Reads a file from its beginning.
    pub(super) fn of(bytes: &'a [u8]) -> Frames<'a> {
        Frames {
            rest: bytes,
            n_bytes: bytes.len(),
            number: 0,
            n_lost: 0,
            length: 0,
        }
    }

    /// Returns whether anything but zeros is left: the file is longer than its frames, by a hole.
    pub(super) fn has_rest(&self) -> bool {
        self.rest.iter().any(|byte| *byte != 0)
    }

    /// Returns a reason if the file is damaged, for people; call it behind the last frame. `is_cut`
    /// says that the file is shorter than any journal is made.
    ///
    /// A torn last frame is no damage: it was never acknowledged.
    pub(super) fn damage(&self, is_cut: bool) -> Option<&'static str> {
        match is_cut {
            true => Some("its end is cut off, and what was written last may be missing"),
            false if self.n_lost > 0 => Some("a part of what was written last cannot be read"),
            false => is_damaged(self.rest).then_some("what was written last cannot be read"),
        }
    }

    /// Finds the next whole frame with a later number: its offset in `rest`, and the number. Tries
    /// every byte.
    fn find_next(&self) -> Option<(usize, u64)> {
        let starts = 0..self.rest.len().saturating_sub(FRAME_HEADER_BYTES);
        starts.into_iter().find_map(|start| {
            let rest = &self.rest[start..];
            let number = u64::from_le_bytes(rest[4..12].try_into().ok()?);
            let is_later = number > self.number && number - self.number < MAX_LOST_FRAMES;
            (is_later && next_frame(&mut &*rest, number).is_some()).then_some((start, number))
        })
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let frame = match next_frame(&mut self.rest, self.number) {
            None if self.has_rest() => {
                let (start, number) = self.find_next()?;
                self.n_lost += number - self.number;
                self.number = number;
                self.rest = &self.rest[start..];
                next_frame(&mut self.rest, number)
            }
            frame => frame,
        };
        self.number += u64::from(frame.is_some());
        self.length = (self.n_bytes - self.rest.len()) as u64;
        frame
    }
}

/// Takes frame `number` from the front of `rest`; `None`, and `rest` as it was, if it is not whole. A flipped
/// bit of its length costs nothing: the hash tells which one.
fn next_frame<'a>(rest: &mut &'a [u8], number: u64) -> Option<&'a [u8]> {
    let (head, after) = rest.split_at_checked(FRAME_HEADER_BYTES)?;
    if head[4..12] != number.to_le_bytes() {
        return None;
    }
    let said = u32::from_le_bytes(head[..4].try_into().ok()?);
    let lengths = iter::once(said).chain((0..u32::BITS).map(|bit| said ^ 1 << bit));
    let mut whole = lengths
        .filter_map(|length| after.split_at_checked(length as usize))
        .filter(|(frame, _)| head[12..] == hash(number, frame));
    let (frame, after) = whole.next()?;
    *rest = after;
    Some(frame)
}

/// Returns whether `rest` begins with a frame that was written to its end and damaged since: a torn one
/// lacks a sector at least, which reads as zeros.
fn is_damaged(rest: &[u8]) -> bool {
    let Some((head, _)) = rest.split_at_checked(FRAME_HEADER_BYTES) else {
        return false;
    };
    if head.ends_with(&[0; 4]) {
        return false;
    }
    let length = u32::from_le_bytes(head[..4].try_into().expect("four bytes")) as usize;
    let written = rest
        .get(..FRAME_HEADER_BYTES + length)
        .filter(|_| length > 0);
    written.is_some_and(|written| {
        let mut sectors = written.chunks(SECTOR_BYTES);
        sectors.all(|sector| sector.iter().any(|byte| *byte != 0))
    })
}

/// Hashes a frame: the first 16 bytes of blake3(number, u64 LE ‖ payload).
fn hash(number: u64, frame: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes()).update(frame);
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the frames in `bytes`, and whether there is damage.
    fn read(bytes: &[u8]) -> (Vec<&[u8]>, bool) {
        let mut frames = Frames::of(bytes);
        let all = frames.by_ref().collect();
        (all, frames.damage(false).is_some())
    }

    #[test]
    fn a_frame_that_was_cut_off_was_never_promised() {
        let long = [7; 3000];
        let mut bytes = framed(0, b"one");
        let n_first = bytes.len();
        bytes.extend(framed(1, &long));
        assert_eq!(read(&bytes), (vec![&b"one"[..], &long], false));
        for end in n_first..bytes.len() {
            assert_eq!(read(&bytes[..end]), (vec![&b"one"[..]], false), "{end}");
            let mut written = bytes.clone();
            written.resize(9000, 0);
            written[end..].fill(0);
            // Of the sector that it ends in nobody can tell.
            if end + SECTOR_BYTES < bytes.len() {
                assert_eq!(read(&written), (vec![&b"one"[..]], false), "{end}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_costs_one_frame_and_is_told() {
        let mut sound = framed(0, b"one");
        sound.extend(framed(1, b"two"));
        sound.extend(framed(2, b"three"));
        sound.resize(9000, 0);
        let all = [&b"one"[..], b"two", b"three"];
        let n_frames = 3 * FRAME_HEADER_BYTES + 11;
        for at in (0..n_frames).filter(|at| at % 31 > 3) {
            let mut bytes = sound.clone();
            bytes[at] ^= 1;
            let (frames, is_damaged) = read(&bytes);
            let lost = at / (FRAME_HEADER_BYTES + 3);
            let left: Vec<&[u8]> = (0..3).filter(|n| *n != lost).map(|n| all[n]).collect();
            assert_eq!((frames, is_damaged), (left, true), "{at}");
        }
        // One of a length costs nothing, two cost the frame.
        for at in 0..32 {
            let mut bytes = sound.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            assert_eq!(read(&bytes), (all.to_vec(), false), "{at}");
        }
        let mut bytes = sound.clone();
        bytes[1] ^= 3;
        assert_eq!(read(&bytes), (all[1..].to_vec(), true));
    }
}
