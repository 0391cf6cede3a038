//! The store as lines of JSON: a format that needs no sled.
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

use std::io::Write;

use serde_json::{Value, json};

use crate::store::Store;
use crate::store::codec::compress::Decoder;
use crate::store::codec::period::Period;
use crate::store::codec::scalar::digits;
use crate::store::codec::source::state;
use crate::store::codec::story::StoryRecord;
use crate::store::disk::spool::send_drawn;
use crate::store::error::StoreError;
use crate::store::volume::scan::Records;

/// Version of the lines.
pub(super) const VERSION: u64 = 1;

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
    /// Writes all of the store as lines of JSON, of one moment: commits wait until it
    /// is drawn, but not for `out`. What cannot be read is left out.
    ///
    /// # Errors
    ///
    /// If the disk or `out` refuses.
    pub fn export(&self, mut out: impl Write) -> Result<Exported, StoreError> {
        send_drawn(&self.dir, self.writer(), &mut out, |out| {
            self.export_to(out)
        })
    }

    fn export_to(&self, out: &mut dyn Write) -> Result<Exported, StoreError> {
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
        self.export_others(&format!("volumes/{period}"), volume.records(), lines)
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
