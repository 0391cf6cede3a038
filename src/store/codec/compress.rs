//! Packing items with zstd, with a dictionary or without.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;
use zstd::zstd_safe::{self, CCtx, DCtx};

use super::dictionary::Dictionary;
use super::item::{ItemRecord, Unreadable, VERSION, WireItem};
use super::wire_notes::WireNotes;

/// The versions of items that earlier releases wrote, which end before
/// [`WireNotes`]: packed by themselves, and with the dictionary of their volume.
const OLD: u8 = VERSION;
const OLD_WITH_DICTIONARY: u8 = 2;

/// The version of items that are packed by themselves.
const ALONE: u8 = 3;

/// The version of items that can be read with the dictionary of their volume only.
const WITH_DICTIONARY: u8 = 4;

/// The most bytes of one item.
const MAX_RECORD: usize = 64 << 20;

/// The most bytes of room that an encoder keeps for the next item.
const KEPT: usize = 1 << 20;

/// How hard zstd tries.
pub(in crate::store) const LEVEL: i32 = 1;

/// Decoders that are kept; more than these read at once only under load.
const MAX_RESTING: usize = 8;

/// Writes items; kept for a while, because each costs zstd some memory.
pub(in crate::store) struct Encoder {
    context: CCtx<'static>,
    /// The last item before it was packed and after, for the room they have.
    raw: Vec<u8>,
    squeezed: Vec<u8>,
}

/// Reads items.
pub(in crate::store) struct Decoder(DCtx<'static>);

/// Decoders at rest: making one costs more than reading with it.
#[derive(Default)]
pub(in crate::store) struct Decoders(Mutex<Vec<Decoder>>);

impl Encoder {
    pub(in crate::store) fn new() -> Encoder {
        Encoder {
            context: CCtx::create(),
            raw: Vec::new(),
            squeezed: Vec::new(),
        }
    }

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
        self.raw.shrink_to(KEPT);
        packed
    }

    /// An item of a line of JSON.
    pub(in crate::store) fn of_json(&mut self, item: &Value) -> Option<(Vec<u8>, ItemRecord)> {
        let wire = WireItem::deserialize(item).ok()?;
        let raw = postcard::to_stdvec(&wire).expect("plain fields serialise");
        Some((self.pack(&raw, None), wire.read()?))
    }

    /// A record of what [`Decoder::raw`] gave.
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
                WITH_DICTIONARY,
                context.compress_using_cdict(squeezed, raw, dictionary.to_write()),
            ),
            None => (ALONE, context.compress(squeezed, raw, LEVEL)),
        };
        done.expect("there is room for what does not shrink");
        let mut bytes = Vec::with_capacity(5 + squeezed.len());
        bytes.push(version);
        bytes.extend((raw.len() as u32).to_le_bytes());
        bytes.extend_from_slice(squeezed);
        squeezed.shrink_to(KEPT);
        bytes
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Decoders {
    pub(in crate::store) fn take(&self) -> Decoder {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        resting.pop().unwrap_or_default()
    }

    pub(in crate::store) fn put_back(&self, decoder: Decoder) {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < MAX_RESTING {
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
    pub(in crate::store) fn new() -> Decoder {
        Decoder(DCtx::create())
    }

    pub(in crate::store) fn item(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Result<ItemRecord, Unreadable> {
        let raw = self.raw(bytes, dictionary)?;
        let wire: WireItem<'_> = postcard::from_bytes(&raw).map_err(|_| Unreadable)?;
        wire.read().ok_or(Unreadable)
    }

    /// An item for a line of JSON.
    pub(in crate::store) fn json(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Option<Value> {
        let raw = self.raw(bytes, dictionary).ok()?;
        let wire: WireItem<'_> = postcard::from_bytes(&raw).ok()?;
        serde_json::to_value(wire).ok()
    }

    /// A record without its packing, as this release would have written it.
    pub(in crate::store) fn raw(
        &mut self,
        bytes: &[u8],
        dictionary: Option<&Dictionary>,
    ) -> Result<Vec<u8>, Unreadable> {
        let [version, a, b, c, d, squeezed @ ..] = bytes else {
            return Err(Unreadable);
        };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if length > MAX_RECORD {
            return Err(Unreadable);
        }
        let mut raw = Vec::with_capacity(length);
        let done = match (*version, dictionary) {
            (ALONE | OLD, _) => self.0.decompress(&mut raw, squeezed),
            (WITH_DICTIONARY | OLD_WITH_DICTIONARY, Some(dictionary)) => self
                .0
                .decompress_using_ddict(&mut raw, squeezed, dictionary.to_read()),
            _ => return Err(Unreadable),
        };
        done.map_err(|_| Unreadable)?;
        if matches!(*version, OLD | OLD_WITH_DICTIONARY) {
            raw = postcard::to_extend(&WireNotes::default(), raw).expect("plain fields serialise");
        }
        Ok(raw)
    }
}
