//! Packing items with zstd, with a dictionary or without.

use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use zstd::zstd_safe::{self, CCtx, DCtx};

use super::dictionary::{Dictionary, ZSTD_LEVEL};
use super::item::notes::{WireNotes, WireSideNotes};
use super::item::{ItemRecord, WireItem};
use super::{Unreadable, VERSION};
use crate::sync;

/// Version byte of items that earlier releases wrote, which end before [`WireNotes`]: compressed alone.
const OLD_ALONE_VERSION: u8 = VERSION;
/// Version byte of such items that were compressed with the dictionary of their volume.
const OLD_DICTIONARY_VERSION: u8 = 2;

/// Version byte of items that end behind [`WireNotes`]: compressed alone.
const NOTES_ALONE_VERSION: u8 = 3;
/// Version byte of such items that were compressed with the dictionary of their volume.
const NOTES_DICTIONARY_VERSION: u8 = 4;

/// Version byte of items that are compressed alone.
const ALONE_VERSION: u8 = 5;

/// Version byte of items that were compressed with the dictionary of their volume, and can be read with
/// that alone.
const DICTIONARY_VERSION: u8 = 6;

/// Longest raw record that is decompressed, in bytes; a header that promises more is unreadable.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// Capacity in bytes that each buffer of an encoder keeps from one item to the next.
const MAX_SCRATCH_BYTES: usize = 1 << 20;

/// Idle decoders that are kept; more than these are in use at once only under load.
const MAX_IDLE_DECODERS: usize = 8;

/// Item compressor with its buffers. Reused, because a zstd context is dear to make.
pub(in crate::store) struct Encoder {
    context: CCtx<'static>,
    /// Last item before compression, kept for its capacity.
    raw: Vec<u8>,
    /// Last item after compression, kept for its capacity.
    squeezed: Vec<u8>,
}

/// Item decompressor: a zstd context, dear to make.
pub(in crate::store) struct Decoder(DCtx<'static>);

/// Pool of idle decoders, shared by the readers of a store; at most [`MAX_IDLE_DECODERS`].
#[derive(Default)]
pub(in crate::store) struct Decoders(Mutex<Vec<Decoder>>);

impl Encoder {
    /// Makes an encoder with empty buffers.
    pub(in crate::store) fn new() -> Encoder {
        Encoder {
            context: CCtx::create(),
            raw: Vec::new(),
            squeezed: Vec::new(),
        }
    }

    /// Encodes and compresses an item: version (1 byte) ‖ raw length (u32 LE) ‖ zstd frame of its
    /// postcard.
    ///
    /// The version is [`DICTIONARY_VERSION`] if `dictionary` is given, else [`ALONE_VERSION`].
    pub(in crate::store) fn item(
        &mut self,
        record: &ItemRecord,
        dictionary: Option<&Dictionary>,
    ) -> Vec<u8> {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        let raw = postcard::to_extend(&WireItem::of(record), raw).expect("plain fields serialise");
        let packed = self.pack(&raw, dictionary);
        self.raw = raw;
        self.raw.shrink_to(MAX_SCRATCH_BYTES);
        packed
    }

    /// Encodes an item of a line of an export, without a dictionary, and reads it; `None` if it is no
    /// item.
    pub(in crate::store) fn of_json(&mut self, item: &Value) -> Option<(Vec<u8>, ItemRecord)> {
        let wire = WireItem::deserialize(item).ok()?;
        let raw = postcard::to_stdvec(&wire).expect("plain fields serialise");
        Some((self.pack(&raw, None), wire.read()?))
    }

    /// Compresses a raw record, as [`Decoder::raw`] gives it, into the layout of [`Encoder::item`].
    /// Compaction uses it to change the dictionary without decoding.
    pub(in crate::store) fn pack(
        &mut self,
        raw: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Vec<u8> {
        let Encoder {
            context, squeezed, ..
        } = self;
        squeezed.clear();
        squeezed.reserve(zstd_safe::compress_bound(raw.len()));
        let (version, done) = match dictionary {
            Some(dictionary) => (
                DICTIONARY_VERSION,
                context.compress_using_cdict(squeezed, raw, dictionary.to_write()),
            ),
            None => (ALONE_VERSION, context.compress(squeezed, raw, ZSTD_LEVEL)),
        };
        done.expect("there is room for what does not shrink");
        let mut bytes = Vec::with_capacity(5 + squeezed.len());
        bytes.push(version);
        bytes.extend((raw.len() as u32).to_le_bytes());
        bytes.extend_from_slice(squeezed);
        squeezed.shrink_to(MAX_SCRATCH_BYTES);
        bytes
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Decoders {
    /// Takes an idle decoder, or makes one.
    pub(in crate::store) fn take(&self) -> Decoder {
        let mut resting = sync::lock(&self.0);
        resting.pop().unwrap_or_default()
    }

    /// Gives a decoder back; dropped if [`MAX_IDLE_DECODERS`] are idle.
    pub(in crate::store) fn put_back(&self, decoder: Decoder) {
        let mut resting = sync::lock(&self.0);
        if resting.len() < MAX_IDLE_DECODERS {
            resting.push(decoder);
        }
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    /// Makes a decoder.
    pub(in crate::store) fn new() -> Decoder {
        Decoder(DCtx::create())
    }

    /// Decompresses and decodes an item. `dictionary` is that of its volume.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if it has another version, needs a dictionary that is not given, is longer than
    /// [`MAX_RECORD_BYTES`], or was not written by us.
    pub(in crate::store) fn item(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Result<ItemRecord, Unreadable> {
        let raw = self.raw(bytes, dictionary)?;
        let wire: WireItem<'_> = postcard::from_bytes(&raw).map_err(|_| Unreadable)?;
        wire.read().ok_or(Unreadable)
    }

    /// Decodes an item to the JSON of an export line; `None` if it is unreadable.
    pub(in crate::store) fn json(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Option<Value> {
        let raw = self.raw(bytes, dictionary).ok()?;
        let wire: WireItem<'_> = postcard::from_bytes(&raw).ok()?;
        serde_json::to_value(wire).ok()
    }

    /// Decompresses a record to the postcard bytes that this release would have written: default
    /// [`WireNotes`] and [`WireSideNotes`] are added to those of earlier ones.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], as [`Decoder::item`], but for the decoding.
    pub(in crate::store) fn raw(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Result<Vec<u8>, Unreadable> {
        let [version, a, b, c, d, squeezed @ ..] = bytes else {
            return Err(Unreadable);
        };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if length > MAX_RECORD_BYTES {
            return Err(Unreadable);
        }
        let mut raw = Vec::with_capacity(length);
        let done = match (*version, dictionary) {
            (ALONE_VERSION | NOTES_ALONE_VERSION | OLD_ALONE_VERSION, _) => {
                self.0.decompress(&mut raw, squeezed)
            }
            (
                DICTIONARY_VERSION | NOTES_DICTIONARY_VERSION | OLD_DICTIONARY_VERSION,
                Some(dictionary),
            ) => self
                .0
                .decompress_using_ddict(&mut raw, squeezed, dictionary.to_read()),
            _ => return Err(Unreadable),
        };
        done.map_err(|_| Unreadable)?;
        if matches!(*version, OLD_ALONE_VERSION | OLD_DICTIONARY_VERSION) {
            raw = postcard::to_extend(&WireNotes::default(), raw).expect("plain fields serialise");
        }
        if !matches!(*version, ALONE_VERSION | DICTIONARY_VERSION) {
            let notes = WireSideNotes::default();
            raw = postcard::to_extend(&notes, raw).expect("plain fields serialise");
        }
        Ok(raw)
    }
}
