//! The store as lines of JSON, and back: a format that needs no sled.
//!
//! ```text
//!   {"kind":"gazetted","version":1}
//!   {"kind":"source","id":…,"state":{…}}
//!   {"kind":"channel","head":…,"changed":…}
//!   {"kind":"item","id":…,"item":{…}}
//!   {"kind":"story","id":…,"volume":…,"story":{…}}
//!   {"kind":"removed","volume":…,"items":[…]}
//!   {"kind":"record","database":…,"tree":…,"key":…,"value":…}
//!   {"kind":"end","lines":…}
//! ```
//!
//! Indexes and the directory are not in it, because they follow. A `record` is of
//! a tree that has no words of its own here, in hexadecimal digits.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::model::{ItemId, StoryId};
use crate::store::Store;
use crate::store::codec::compress::{Decoder, Encoder};
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::scalar::{digits, read_digits};
use crate::store::codec::source::state;
use crate::store::codec::story::StoryRecord;
use crate::store::codec::story_wire::WireStory;
use crate::store::commit::corrections::Corrections;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::{lock, version};
use crate::store::error::StoreError;
use crate::store::ledger::Ledger;
use crate::store::ledger::rebuild;
use crate::store::ledger::tombstones::Tombstones;
use crate::store::volume::changes::VolumeWrites;
use crate::store::volume::scan::Records;
use crate::store::volume::set::Volumes;

/// Version of the lines.
const VERSION: u64 = 1;

/// Records that are written to a volume at a time.
const RECORDS_PER_BATCH: usize = 500;

/// Removed items on one line.
const REMOVED_PER_LINE: usize = 1000;

/// Trees that have kinds of lines of their own, or follow from those that have.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "ledger",
        &["sources", "items", "channels", "spans", "volumes", "meta"],
    ),
    (
        "volumes",
        &["items", "stories", "by_channel", "joins", "meta"],
    ),
];

/// Counts of an export or import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Lines, with the first and the last.
    pub lines: u64,
    /// Items among them.
    pub items: u64,
    /// Stories among them.
    pub stories: u64,
}

impl Store {
    /// Writes all of the store as lines of JSON. What cannot be read is left
    /// out; until it is done no commit is written, and readers are served.
    ///
    /// # Errors
    ///
    /// If the disk or `out` refuses.
    pub fn export(&self, out: impl Write) -> Result<Exported, StoreError> {
        let _writer = self.writer();
        let mut lines = Lines {
            out,
            count: Exported::default(),
        };
        lines.put(&json!({"kind": "gazetted", "version": VERSION}))?;
        let ledger = self.ledger.get()?;
        for (name, bytes) in ledger.raw_state_bytes(&self.damage) {
            if let Some(state) = state::to_json(&bytes) {
                lines.put(&json!({"kind": "source", "id": name, "state": state}))?;
            }
        }
        for (head, changed) in ledger.raw_channels(&self.damage) {
            let head = digits(head.as_bytes());
            lines.put(&json!({"kind": "channel", "head": head, "changed": changed.to_string()}))?;
        }
        self.export_others("ledger", ledger.records()?, &mut lines)?;
        for period in self.volumes.present().into_iter().rev() {
            self.export_volume(period, &mut lines)?;
        }
        for (name, numbers) in self.tombstones.numbers()? {
            for some in numbers.chunks(REMOVED_PER_LINE) {
                let items: Vec<String> = some.iter().map(|n| digits(&n.to_be_bytes())).collect();
                lines.put(&json!({"kind": "removed", "volume": name, "items": items}))?;
            }
        }
        lines.put(&json!({"kind": "corrections", "text": self.corrections.text()}))?;
        let count = lines.count.lines + 1;
        lines.put(&json!({"kind": "end", "lines": count}))?;
        Ok(lines.count)
    }

    fn export_volume<W: Write>(
        &self,
        period: Period,
        lines: &mut Lines<W>,
    ) -> Result<(), StoreError> {
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(());
        };
        let mut decoder = Decoder::new();
        for (id, bytes) in volume.raw_items(&self.damage) {
            let Some(item) = decoder.json(&bytes, volume.dictionary()) else {
                continue;
            };
            lines.count.items += 1;
            lines.put(&json!({"kind": "item", "id": digits(&id), "item": item}))?;
        }
        let volume_name = period.to_string();
        for (id, bytes) in volume.raw_stories(&self.damage) {
            let Some(story) = StoryRecord::to_json(&bytes) else {
                continue;
            };
            lines.count.stories += 1;
            let id = digits(&id);
            lines
                .put(&json!({"kind": "story", "id": id, "volume": volume_name, "story": story}))?;
        }
        self.export_others(&format!("volumes/{period}"), volume.records()?, lines)
    }

    fn export_others<W: Write>(
        &self,
        database: &str,
        trees: Vec<(String, Records)>,
        lines: &mut Lines<W>,
    ) -> Result<(), StoreError> {
        let folder = database.split('/').next().unwrap_or_default();
        let known = KNOWN.iter().find(|(name, _)| *name == folder);
        let is_known = |tree: &str| known.is_some_and(|(_, trees)| trees.contains(&tree));
        for (name, records) in trees.into_iter().filter(|(name, _)| !is_known(name)) {
            for record in records {
                let Ok((key, value)) = record else {
                    self.damage.unreadable("the rest of a tree", &name);
                    break;
                };
                let (key, value) = (digits(&key), digits(&value));
                lines.put(&json!({
                    "kind": "record", "database": database, "tree": name, "key": key, "value": value
                }))?;
            }
        }
        Ok(())
    }
}

/// Makes a store of such lines in `dir`, which must be empty or not there.
///
/// # Errors
///
/// If a line is not one of these, the last one is missing, `dir` holds something,
/// or the disk refuses.
pub fn import(from: impl BufRead, dir: &Path, now: Timestamp) -> Result<Exported, StoreError> {
    let _lock = lock::claim_empty(dir)?;
    let damage = Arc::new(DamageLog::default());
    let volumes = Volumes::open(dir.join("volumes"), now, Arc::clone(&damage))?;
    let ledger = Ledger::open(&dir.join("ledger"), &damage)?;
    let tombstones = Tombstones::open(dir.join("tombstones"), now, &damage)?;
    let corrections = Corrections::open(dir)?;
    let mut import = Import {
        volumes: &volumes,
        ledger: &ledger,
        tombstones: &tombstones,
        corrections: &corrections,
        encoder: Encoder::new(),
        pending: None,
        channels: Vec::new(),
        count: Exported::default(),
    };
    let mut is_whole = false;
    for (nth, line) in from.lines().enumerate() {
        let line = line.map_err(|error| StoreError::io("read the lines", error))?;
        let line: Value = serde_json::from_str(&line).map_err(|why| bad(nth, &why.to_string()))?;
        import.count.lines += 1;
        is_whole = import
            .take(&line)
            .ok_or_else(|| bad(nth, "it is no line of an export"))??;
        if is_whole {
            break;
        }
    }
    if !is_whole {
        return Err(StoreError::BadBackup {
            why: "its last line is missing".to_owned(),
        });
    }
    import.flush()?;
    let Import {
        channels, count, ..
    } = import;
    tombstones.flush()?;
    for period in volumes.present() {
        let volume = volumes.find_or_make(period)?;
        volume.set_items(volume.count_items()?)?;
        volume.flush()?;
    }
    rebuild::complete(&ledger, &volumes, &damage)?;
    ledger.set_changed(&channels)?;
    ledger.flush()?;
    drop(ledger);
    volumes.close();
    version::finish(dir, version::LAYOUT)?;
    Ok(count)
}

/// Lines on their way into a store.
struct Import<'a> {
    volumes: &'a Volumes,
    ledger: &'a Ledger,
    tombstones: &'a Tombstones,
    corrections: &'a Corrections,
    encoder: Encoder,
    pending: Option<(Period, VolumeWrites)>,
    channels: Vec<(IndexPrefix, Timestamp)>,
    count: Exported,
}

impl Import<'_> {
    /// Takes one line; returns whether it was the last, `None` if it is none of ours.
    fn take(&mut self, line: &Value) -> Option<Result<bool, StoreError>> {
        let line = line.as_object()?;
        let done = match text(line, "kind")? {
            "gazetted" => return (line.get("version")?.as_u64()? == VERSION).then_some(Ok(false)),
            "end" => return (line.get("lines")?.as_u64()? == self.count.lines).then_some(Ok(true)),
            "source" => {
                let bytes = state::of_json(line.get("state")?)?;
                self.ledger.set_state(text(line, "id")?, &bytes)
            }
            "channel" => {
                let head: [u8; 8] = read_digits(text(line, "head")?)?.try_into().ok()?;
                let changed = text(line, "changed")?.parse().ok()?;
                let head = IndexPrefix::from_number(u64::from_be_bytes(head));
                self.channels.push((head, changed));
                Ok(())
            }
            "item" => {
                let id: [u8; 16] = read_digits(text(line, "id")?)?.try_into().ok()?;
                let (bytes, record) = self.encoder.of_json(line.get("item")?)?;
                self.count.items += 1;
                let period = Period::of(record.item.first_seen);
                self.put(period, |writes| {
                    writes.items.insert(ItemId::from_bytes(id), bytes);
                })
            }
            "story" => {
                let id: [u8; 16] = read_digits(text(line, "id")?)?.try_into().ok()?;
                let id = StoryId::from_bytes(id);
                let record = WireStory::of_json(line.get("story")?)?;
                self.count.stories += 1;
                let place = IndexPosition::new(record.sort_key, id);
                self.put(text(line, "volume")?.parse().ok()?, |writes| {
                    writes.index(place, &record.channels, &record.keys);
                    writes.stories.insert(id, record.to_bytes());
                })
            }
            "removed" => {
                let items = line.get("items")?.as_array()?.iter();
                let number = |value: &Value| {
                    let bytes: [u8; 8] = read_digits(value.as_str()?)?.try_into().ok()?;
                    Some(u64::from_be_bytes(bytes))
                };
                let numbers: Vec<u64> = items.map(number).collect::<Option<_>>()?;
                let period = text(line, "volume")?.parse().ok()?;
                let mut numbers = numbers.into_iter();
                numbers.try_for_each(|number| self.tombstones.add_number(period, number))
            }
            "corrections" => self.corrections.add(text(line, "text")?),
            "record" => {
                let (key, value) = (text(line, "key")?, text(line, "value")?);
                let (key, value) = (read_digits(key)?, read_digits(value)?);
                self.record(text(line, "database")?, text(line, "tree")?, &key, value)?
            }
            _ => return None,
        };
        Some(done.map(|()| false))
    }

    fn put(
        &mut self,
        period: Period,
        put: impl FnOnce(&mut VolumeWrites),
    ) -> Result<(), StoreError> {
        let is_other = self.pending.as_ref().is_some_and(|(of, _)| *of != period);
        let is_full = self.pending.as_ref().is_some_and(|(_, writes)| {
            writes.items.len() + writes.stories.len() >= RECORDS_PER_BATCH
        });
        if is_other || is_full {
            self.flush()?;
        }
        let (_, writes) = self
            .pending
            .get_or_insert_with(|| (period, VolumeWrites::default()));
        put(writes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if let Some((period, writes)) = self.pending.take() {
            self.volumes.find_or_make(period)?.write(&writes)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        database: &str,
        tree: &str,
        key: &[u8],
        value: Vec<u8>,
    ) -> Option<Result<(), StoreError>> {
        let put = |tree: Result<sled::Tree, sled::Error>| {
            let done = tree.and_then(|tree| tree.insert(key, value));
            done.map(|_| ())
                .map_err(|error| StoreError::sled(database, error))
        };
        if database == "ledger" {
            return Some(put(self.ledger.open_tree(tree)));
        }
        let period = database.strip_prefix("volumes/")?.parse().ok()?;
        Some(match self.volumes.find_or_make(period) {
            Ok(volume) => put(volume.open_tree(tree)),
            Err(error) => Err(error),
        })
    }
}

/// Writer of lines.
struct Lines<W> {
    out: W,
    count: Exported,
}

impl<W: Write> Lines<W> {
    fn put(&mut self, line: &Value) -> Result<(), StoreError> {
        self.count.lines += 1;
        writeln!(self.out, "{line}").map_err(|error| StoreError::io("write the lines", error))
    }
}

fn text<'a>(line: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    line.get(key)?.as_str()
}

fn bad(nth: usize, why: &str) -> StoreError {
    StoreError::BadBackup {
        why: format!("line {}: {why}", nth + 1),
    }
}
