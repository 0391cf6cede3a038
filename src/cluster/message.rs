//! Messages of the log: an envelope with a version around one operation.
//!
//! ```text
//!   GZLG ‖ version (1 byte) ‖ length unpacked (u32 LE) ‖ zstd( postcard: node, id, fence, operation )
//! ```
//!
//! Bytes that do not begin so are no message of ours, and passed over by every node. Another version is a
//! newer release: whoever does not know it stops applying, because what follows hangs on it.

use std::fmt;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use zstd::zstd_safe::{CCtx, DCtx, compress_bound};

use crate::model::LogOp;
use crate::store::{decode_op, encode_op};
use crate::sync;

/// First bytes of every message.
const MAGIC: &[u8] = b"GZLG";

/// Version that this release writes and knows.
pub(super) const VERSION: u8 = 1;

/// zstd level: a message is read as often as there are nodes, and kept until the next snapshot.
const ZSTD_LEVEL: i32 = 3;

/// Longest operation, unpacked, in bytes.
const MAX_OPERATION_BYTES: usize = 256 << 20;

/// Id of a message, random: by it a node finds its own again in the log.
pub(super) type MessageId = [u8; 16];

/// Message as its node publishes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// Name of the node that published it.
    pub(super) node: String,
    /// Id.
    pub(super) id: MessageId,
    /// Number of the commit that it follows on; see [`LogEntry::fence`](crate::model::LogEntry::fence).
    pub(super) fence: Option<u64>,
    /// Operation.
    pub(super) op: LogOp,
}

/// Bytes of the log, as they read.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// Message of this release.
    Message(Box<Message>),
    /// Not written by us, or damaged.
    Foreign,
    /// Written by a newer release, with its version: that, or the operation, is unknown.
    Newer(u8),
}

/// Envelope in postcard order.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    node: &'a str,
    id: MessageId,
    fence: Option<u64>,
    #[serde(borrow)]
    op: &'a [u8],
}

/// Encoder and decoder of messages, with the contexts of zstd, which are dear to make.
pub(super) struct Codec {
    packer: Mutex<CCtx<'static>>,
    unpacker: Mutex<DCtx<'static>>,
}

impl Default for Codec {
    fn default() -> Codec {
        Codec {
            packer: Mutex::new(CCtx::create()),
            unpacker: Mutex::new(DCtx::create()),
        }
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

impl Codec {
    /// Encodes a message.
    pub(super) fn write(
        &self,
        node: &str,
        id: MessageId,
        fence: Option<u64>,
        op: &LogOp,
    ) -> Vec<u8> {
        let op = encode_op(op);
        let envelope = Envelope {
            node,
            id,
            fence,
            op: &op,
        };
        let plain = postcard::to_extend(&envelope, Vec::with_capacity(op.len() + 64));
        let plain = plain.expect("plain fields serialise");
        let mut packed = Vec::with_capacity(compress_bound(plain.len()));
        let done = sync::lock(&self.packer).compress(&mut packed, &plain, ZSTD_LEVEL);
        done.expect("there is room for the worst case");
        let length = u32::try_from(plain.len()).unwrap_or(u32::MAX);
        [MAGIC, &[VERSION], &length.to_le_bytes(), &packed].concat()
    }

    /// Decodes what stands in the log.
    pub(super) fn read(&self, bytes: &[u8]) -> Reading {
        let Some((version, rest)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
            return Reading::Foreign;
        };
        if *version > VERSION {
            return Reading::Newer(*version);
        }
        match self.message(rest) {
            Some(Some(message)) => Reading::Message(Box::new(message)),
            // What it says would count on other nodes.
            Some(None) => Reading::Newer(*version),
            None => Reading::Foreign,
        }
    }

    /// Reads the envelope and the operation of version 1; the outer `None` if there is no envelope, the inner if
    /// its operation is unknown.
    fn message(&self, rest: &[u8]) -> Option<Option<Message>> {
        let (length, packed) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        (length <= MAX_OPERATION_BYTES).then_some(())?;
        let mut plain = Vec::with_capacity(length);
        let done = sync::lock(&self.unpacker).decompress(&mut plain, packed);
        done.ok()?;
        let envelope: Envelope<'_> = postcard::from_bytes(&plain).ok()?;
        Some(decode_op(envelope.op).map(|op| Message {
            node: envelope.node.to_owned(),
            id: envelope.id,
            fence: envelope.fence,
            op,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Commit, SourceState};

    fn example() -> Message {
        let source = "shandong/jinan/daily".parse().unwrap();
        let at = "2026-11-23T12:00:00Z".parse().unwrap();
        let commit = Commit::of_poll(source, at, SourceState::default());
        Message {
            node: "one".to_owned(),
            id: [7; 16],
            fence: Some(41),
            op: LogOp::Commit(Box::new(commit)),
        }
    }

    fn written() -> Vec<u8> {
        let Message {
            node,
            id,
            fence,
            op,
        } = example();
        Codec::default().write(&node, id, fence, &op)
    }

    #[test]
    fn a_message_reads_back() {
        let bytes = written();
        assert_eq!(
            Codec::default().read(&bytes),
            Reading::Message(Box::new(example()))
        );
    }

    #[test]
    fn a_newer_release_is_told_from_what_is_none_of_ours() {
        let mut bytes = written();
        bytes[MAGIC.len()] = VERSION + 1;
        assert_eq!(Codec::default().read(&bytes), Reading::Newer(VERSION + 1));
        assert_eq!(Codec::default().read(b""), Reading::Foreign);
        assert_eq!(Codec::default().read(b"GZL"), Reading::Foreign);
        assert_eq!(Codec::default().read(br#"{"id": 1}"#), Reading::Foreign);
        assert_eq!(Codec::default().read(&[0; 8 << 20]), Reading::Foreign);
    }

    #[test]
    fn what_unpacks_to_very_much_is_none_of_ours() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
        for length in [0, 1000, u32::MAX] {
            let message = [MAGIC, &[VERSION], &length.to_le_bytes(), &bomb].concat();
            assert_eq!(Codec::default().read(&message), Reading::Foreign);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..300)) {
            let _ = Codec::default().read(&[MAGIC, &[VERSION], &bytes].concat());
            let packed = zstd::bulk::compress(&bytes, 1).unwrap();
            let length = u32::try_from(bytes.len()).unwrap();
            let _ = Codec::default().message(&[&length.to_le_bytes()[..], &packed].concat());
        }

        #[test]
        fn a_flipped_bit_does_no_harm(at: usize, bit in 0..8_u8) {
            let mut bytes = written();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = Codec::default().read(&bytes);
        }
    }
}
