//! Lines of JSON as [`export`](super::export) writes them, made into a store.
//!
//! Anyone may have written them: an item gets the bounds and the safe markup of those that are polled,
//! and each has to be in a story that lists it.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::export::{Exported, VERSION};
use crate::ingest::dedupe::story::MAX_SIGHTINGS;
use crate::ingest::item;
use crate::model::{ItemId, SafeHtml, StoryId};
use crate::store::Store;
use crate::store::codec::compress::Encoder;
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::scalar::read_digits;
use crate::store::codec::source::state;
use crate::store::codec::story::StoryRecord;
use crate::store::codec::story::wire::WireStory;
use crate::store::commit::corrections::Corrections;
use crate::store::compaction::size_tiered::fold_one;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::{lock, version};
use crate::store::error::StoreError;
use crate::store::ledger::Ledger;
use crate::store::ledger::rebuild;
use crate::store::ledger::tombstones::Tombstones;
use crate::store::maintenance::fsck::{Finding, Mode};
use crate::store::volume::changes::VolumeWrites;
use crate::store::volume::set::Volumes;
use crate::text::html;

/// Records that are written to a volume at a time.
const RECORDS_PER_BATCH: usize = 500;

/// Memory that the records of a volume may take, in bytes, before a table is made of them.
const MAX_MEMTABLE_BYTES: u64 = 16 << 20;

/// Most former texts of an item.
const MAX_REVISIONS: usize = 100;

/// Makes a store of such lines in `dir`, which must be empty or not there.
///
/// # Errors
///
/// If a line is not one of these, the last one is missing, `dir` holds something,
/// or the disk refuses.
pub fn import(from: impl BufRead, dir: &Path, now: Timestamp) -> Result<Exported, StoreError> {
    let held = lock::claim_empty(dir)?;
    let damage = Arc::new(DamageLog::default());
    let volumes = Volumes::open(dir.join("volumes"), now, Arc::clone(&damage))?;
    let ledger = Ledger::open(&dir.join("ledger"), &damage)?;
    let tombstones = Tombstones::open(dir.join("tombstones"), now, &damage)?;
    let corrections = Corrections::open(dir, now, &damage)?;
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
        volume.set_items(volume.count_items()?);
        drop(volume);
        write_out(&volumes, period)?;
    }
    rebuild::complete(&ledger, &volumes, &damage)?;
    ledger.set_changed(&channels)?;
    ledger.flush()?;
    drop(ledger);
    volumes.close();
    version::finish(dir, version::LAYOUT)?;
    drop(held);
    refuse(dir, now, |_| true)?;
    Ok(count)
}

/// Checks a store that was just restored: a backup can be whole and hold records that nobody can
/// read. Marks such a store as unfinished.
///
/// # Errors
///
/// [`StoreError::BadBackup`] with the first record, and those of opening the store.
pub fn confirm_readable(dir: &Path, now: Timestamp) -> Result<(), StoreError> {
    refuse(dir, now, |finding| finding.code.ends_with("unreadable"))
}

/// Refuses a new store of which the check finds something that counts.
fn refuse(dir: &Path, now: Timestamp, counts: fn(&Finding) -> bool) -> Result<(), StoreError> {
    let store = Store::open(dir, now)?;
    let found = store.check(Mode::Look, &|_| {})?;
    drop(store);
    let Some(first) = found.findings.iter().find(|finding| counts(finding)) else {
        return Ok(());
    };
    version::unfinish(dir)?;
    Err(StoreError::BadBackup {
        why: format!(
            "its records do not agree with each other in {} places: {}",
            found.n_findings, first.what
        ),
    })
}

/// Gives an item its bounds; `None` if it is another one than its line says.
fn admit_item(id: ItemId, mut record: ItemRecord) -> Option<ItemRecord> {
    if record.item.id != id {
        return None;
    }
    item::admit(&mut record.item);
    let n_old = record.revisions.len().saturating_sub(MAX_REVISIONS);
    record.revisions.drain(..n_old);
    for revision in &mut record.revisions {
        let clean = |markup: &mut SafeHtml| {
            *markup = html::sanitize(markup.as_str(), record.item.url.as_ref());
        };
        revision.summary.iter_mut().for_each(clean);
        revision.content.iter_mut().for_each(clean);
        revision.title = item::title_line(&revision.title);
    }
    Some(record)
}

/// Returns whether a story has no more copies than one can have.
fn is_bounded(record: &StoryRecord) -> bool {
    record.sightings.len() <= MAX_SIGHTINGS
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
                let (mut bytes, record) = self.encoder.of_json(line.get("item")?)?;
                let id = ItemId::from_bytes(id);
                let admitted = admit_item(id, record.clone())?;
                if admitted != record {
                    bytes = self.encoder.item(&admitted, None);
                }
                self.count.items += 1;
                let period = Period::of(record.item.first_seen);
                self.put(period, |writes| {
                    writes.items.insert(id, bytes);
                })
            }
            "story" => {
                let id: [u8; 16] = read_digits(text(line, "id")?)?.try_into().ok()?;
                let id = StoryId::from_bytes(id);
                let record = WireStory::of_json(line.get("story")?).filter(is_bounded)?;
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
        let former = self.pending.as_ref().map(|(of, _)| *of);
        if is_other || is_full {
            self.flush()?;
        }
        if let Some(former) = former.filter(|_| is_other) {
            write_out(self.volumes, former)?;
        }
        let (_, writes) = self
            .pending
            .get_or_insert_with(|| (period, VolumeWrites::default()));
        put(writes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if let Some((period, writes)) = self.pending.take() {
            let volume = self.volumes.find_or_make(period)?;
            volume.write(&writes)?;
            if volume.memtable.bytes() > MAX_MEMTABLE_BYTES {
                drop(volume);
                write_out(self.volumes, period)?;
            }
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
        if database == "ledger" {
            let tree = self.ledger.open_tree(tree);
            return Some(tree.and_then(|tree| {
                let done = tree.insert(key, value);
                done.map(drop)
                    .map_err(|error| StoreError::sled(database, error))
            }));
        }
        let period = database.strip_prefix("volumes/")?.parse().ok()?;
        let volume = self.volumes.find_or_make(period);
        Some(volume.map(|volume| volume.put_record(tree, key, &value)))
    }
}

/// Makes a table of what was written into a volume.
fn write_out(volumes: &Volumes, period: Period) -> Result<(), StoreError> {
    volumes.freeze(period);
    fold_one(volumes, period)
}

fn text<'a>(line: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    line.get(key)?.as_str()
}

fn bad(nth: usize, why: &str) -> StoreError {
    StoreError::BadBackup {
        why: format!("line {}: {why}", nth + 1),
    }
}
