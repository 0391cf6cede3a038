//! Seals: what sled holds of a volume that has come to rest, in a file beside it.
//!
//! Once all of a volume lies in tables, sled has nothing but its `meta`, and opening it takes longer than
//! reading what is asked for. So its `meta` is written down in a file, which holds until the volume is
//! written again.
//!
//! ```text
//!   magic (8) ‖ size of sled's file (u64 LE) ‖ its mtime (i64, ns, LE) ‖ puts of a frame ‖ CRC-32 (u32 LE)
//! ```
//!
//! Size and time tell a seal that is older than what another release, or a copy of the folder, put into
//! sled: such a one, and one that is cut off, counts as none.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::tree;
use crate::store::codec::frame::{Frame, FrameStep, Steps};

/// Name of the file, in the folder of the volume.
const SEAL_FILE: &str = "seal";

/// First bytes of the file.
const MAGIC: &[u8; 8] = b"gzseal1\n";

/// Bytes before the frame.
const HEAD_BYTES: usize = MAGIC.len() + 16;

/// Contents of `meta`, of a volume of which sled holds nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seal {
    /// Values by key.
    pub(super) meta: BTreeMap<sled::IVec, sled::IVec>,
}

impl Seal {
    /// Reads the seal of the volume in `dir`; `None` if there is none that holds.
    pub(super) fn of(dir: &Path) -> Option<Seal> {
        let bytes = fs::read(dir.join(SEAL_FILE)).ok()?;
        Seal::read(&bytes, &state_of_sled(dir).ok()?)
    }

    /// Writes the seal of the volume in `dir`, whose sled is closed. One that is not on the disk yet when
    /// the power fails was none.
    ///
    /// # Errors
    ///
    /// Those of the disk; then there is none.
    pub(super) fn write(&self, dir: &Path) -> io::Result<()> {
        let path = dir.join(SEAL_FILE);
        let written = fs::write(&path, self.to_bytes(&state_of_sled(dir)?));
        written.inspect_err(|_| drop(fs::remove_file(path)))
    }

    /// Breaks the seal of the volume in `dir`, if it has one; durable when it returns.
    ///
    /// # Errors
    ///
    /// Those of the disk; then it may still be there.
    pub(super) fn remove(dir: &Path) -> io::Result<()> {
        match fs::remove_file(dir.join(SEAL_FILE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            // Also one that is gone: perhaps the last attempt did not come to the disk.
            _ => File::open(dir)?.sync_all(),
        }
    }

    /// Removes the file of a seal that does not hold, if there is one.
    pub(super) fn discard(dir: &Path) {
        let _ = fs::remove_file(dir.join(SEAL_FILE));
    }

    /// Decodes a seal; `None` if it is none, or of another state of sled's file.
    fn read(bytes: &[u8], sled: &[u8; 16]) -> Option<Seal> {
        let (body, crc) = bytes.split_last_chunk()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (head, frame) = body.split_at_checked(HEAD_BYTES)?;
        if head.strip_prefix(MAGIC)? != sled {
            return None;
        }
        let mut meta = BTreeMap::new();
        for step in Steps(frame) {
            let FrameStep::Put(tree::META, key, value) = step? else {
                return None;
            };
            meta.insert(key.into(), value.into());
        }
        Some(Seal { meta })
    }

    /// Encodes the seal of a volume whose sled is in this state.
    fn to_bytes(&self, sled: &[u8; 16]) -> Vec<u8> {
        let mut frame = Frame::default();
        for (key, value) in &self.meta {
            frame.put(tree::META, key, value);
        }
        let mut bytes = [MAGIC, sled.as_slice(), frame.bytes()].concat();
        let crc = crc32fast::hash(&bytes);
        bytes.extend(crc.to_le_bytes());
        bytes
    }
}

/// Returns size and time of sled's file in `dir`, as they stand in a seal.
fn state_of_sled(dir: &Path) -> io::Result<[u8; 16]> {
    let about = fs::metadata(dir.join("db"))?;
    let nanoseconds = about.mtime().wrapping_mul(1_000_000_000);
    let modified = nanoseconds.wrapping_add(about.mtime_nsec());
    let mut state = [0; 16];
    state[..8].copy_from_slice(&about.len().to_le_bytes());
    state[8..].copy_from_slice(&modified.to_le_bytes());
    Ok(state)
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_seal_is_read_as_it_was_written(
            meta in btree_map(vec(any::<u8>(), 0..20), vec(any::<u8>(), 0..200), 0..6),
            sled: [u8; 16],
            at: prop::sample::Index,
            bit in 0..8,
        ) {
            let meta = meta.into_iter().map(|(key, value)| (key.into(), value.into()));
            let seal = Seal { meta: meta.collect() };
            let mut bytes = seal.to_bytes(&sled);
            prop_assert_eq!(Seal::read(&bytes, &sled), Some(seal));
            prop_assert_eq!(Seal::read(&bytes[..at.index(bytes.len())], &sled), None);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(Seal::read(&bytes, &sled), None);
        }

        #[test]
        fn any_bytes_are_no_seal(bytes in vec(any::<u8>(), 0..300), sled: [u8; 16]) {
            prop_assert_eq!(Seal::read(&bytes, &sled), None);
        }
    }
}
