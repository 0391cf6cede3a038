//! Corrections: what an admin said about which items are one story, and which stories are down.
//!
//! A text file beside the ledger, so that it outlives any of the databases:
//!
//! ```text
//! apart 0123…cdef 0123…cdef     this item never joins this story
//! home 0123…cdef 0123…cdef      this item belongs to this story
//! down 0123…cdef 2026-11-29T… …  this story was taken down, when and why
//! ```
//!
//! The file is replaced as a whole, and so is a copy of it. Its last line is a hash of those before, so that a
//! flipped bit does not show again what was taken down: then the copy has the word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use jiff::Timestamp;

use crate::model::{ItemId, Sighting, Story, StoryId};
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::sync;

/// Name of the file in the store's folder, and in a backup.
pub(in crate::store) const NAME: &str = "corrections";

/// Name for people.
const WHAT: &str = "the list of corrections";

/// Name of its copy.
const COPY: &str = "corrections.copy";

/// Beginning of the line with the hash.
const HASH_WORD: &str = "# hash ";

/// Corrections of a store, in memory and in their file.
pub(in crate::store) struct Corrections {
    /// Folder of the store.
    dir: PathBuf,
    /// Corrections in force.
    said: RwLock<Said>,
}

/// Statements of an admin about items and stories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Said {
    /// Items that never join a story.
    pub(in crate::store) apart: BTreeSet<(ItemId, StoryId)>,
    /// Items that belong to a story.
    pub(in crate::store) home: BTreeMap<ItemId, StoryId>,
    /// Stories that were taken down.
    pub(in crate::store) down: BTreeMap<StoryId, Takedown>,
}

/// Takedown of a story by an admin: readers get it no more, and no copy of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takedown {
    /// Time of the takedown.
    pub at: Timestamp,
    /// Reason, in the admin's words, one line; empty if none was given.
    pub reason: String,
}

impl Corrections {
    /// Reads the file in `dir`; where there is neither it nor its copy, that is as good as an empty one. One that
    /// is damaged is kept under another name, told to `damage`, and made anew of its copy, or of what can be read.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(in crate::store) fn open(
        dir: &Path,
        now: Timestamp,
        damage: &DamageLog,
    ) -> Result<Corrections, StoreError> {
        for kept in quarantine::earlier(dir, NAME)? {
            damage.remember(quarantine::found(WHAT.to_owned(), kept));
        }
        let read = |name: &str| {
            let path = dir.join(name);
            read_file(&path)
                .map_err(|error| StoreError::io(format!("read {}", path.display()), error))
        };
        let (found, copy) = (read(NAME)?, read(COPY)?);
        let has_word = |text: &Option<String>| text.as_deref().is_some_and(is_sound);
        // Of an earlier release, or a person's: there is no hash, and no copy either.
        let is_plain = copy.is_none()
            && found
                .as_deref()
                .is_none_or(|text| !text.contains(HASH_WORD));
        let of = |text: Option<String>| Corrections {
            dir: dir.to_owned(),
            said: RwLock::new(Said::read(&text.unwrap_or_default())),
        };
        if has_word(&found) || is_plain && !has_other_than_text(&found) {
            return Ok(of(found));
        }
        let kept = match found.is_some() {
            true => quarantine::copy_aside(&dir.join(NAME), now)?,
            false => quarantine::note(dir, NAME, now, "it is gone")?,
        };
        let (corrections, why) = match has_word(&copy) {
            true => (
                of(copy),
                "its bytes are not those that were written; a copy of it has the word",
            ),
            false => (
                of(found),
                "its bytes are not those that were written; what can be read of it counts",
            ),
        };
        damage.moved_aside(WHAT.to_owned(), kept, why.to_owned());
        corrections.say(|_| {})?;
        Ok(corrections)
    }

    /// Returns the story that an admin put an item into.
    pub(in crate::store) fn home(&self, item: ItemId) -> Option<StoryId> {
        self.said(|said| said.home.get(&item).copied())
    }

    /// Returns whether an admin keeps an item out of a story.
    pub(in crate::store) fn is_apart(&self, item: ItemId, story: StoryId) -> bool {
        self.said(|said| said.apart.contains(&(item, story)))
    }

    /// Returns whether readers are not to get a story: it was taken down, or one that was has become
    /// part of it.
    pub(in crate::store) fn is_down(&self, story: &Story) -> bool {
        self.is_taken(story.id, &story.sightings)
    }

    /// Returns the same of a story with these copies.
    pub(in crate::store) fn is_taken(&self, story: StoryId, sightings: &[Sighting]) -> bool {
        self.said(|said| {
            let mut begun = sightings.iter();
            !said.down.is_empty()
                && (said.down.contains_key(&story)
                    || begun.any(|seen| said.down.contains_key(&StoryId::begun_by(seen.item))))
        })
    }

    /// Returns all takedowns, by story.
    pub(in crate::store) fn down(&self) -> BTreeMap<StoryId, Takedown> {
        self.said(|said| said.down.clone())
    }

    /// Returns all corrections as the file has them.
    pub(in crate::store) fn text(&self) -> String {
        self.said(Said::to_text)
    }

    /// Applies `change` and replaces the file; durable when it returns.
    ///
    /// # Errors
    ///
    /// If the disk refuses; then nothing has changed in memory.
    pub(in crate::store) fn say(&self, change: impl FnOnce(&mut Said)) -> Result<(), StoreError> {
        let mut said = sync::write(&self.said);
        let mut new = said.clone();
        change(&mut new);
        let text = new.to_text();
        for name in [NAME, COPY] {
            replace(&self.dir, name, &text).map_err(|error| {
                StoreError::io(format!("write {}", self.dir.join(name).display()), error)
            })?;
        }
        *said = new;
        Ok(())
    }

    /// Adds the corrections of a file, or of a copy of one.
    pub(in crate::store) fn add(&self, text: &str) -> Result<(), StoreError> {
        let more = Said::read(text);
        self.say(|said| {
            said.apart.extend(more.apart);
            said.home.extend(more.home);
            said.down.extend(more.down);
        })
    }

    /// Reads under the lock.
    fn said<T>(&self, ask: impl FnOnce(&Said) -> T) -> T {
        ask(&sync::read(&self.said))
    }
}

impl Said {
    /// Parses the lines; passes over those that are none.
    fn read(text: &str) -> Said {
        let mut said = Said::default();
        for line in text.lines() {
            if let Some((story, takedown)) = line.strip_prefix("down ").and_then(down_in) {
                said.down.insert(story, takedown);
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(word), Some(item), Some(story)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let (Ok(item), Ok(story)) = (item.parse::<StoryId>(), story.parse()) else {
                continue;
            };
            let item = item.first_item();
            match word {
                "apart" => {
                    said.apart.insert((item, story));
                }
                "home" => {
                    said.home.insert(item, story);
                }
                _ => {}
            }
        }
        said
    }

    /// Writes one line for each correction, between comments, of which the last is the hash.
    fn to_text(&self) -> String {
        let mut text = String::from("# which items are one story, by an admin's word\n");
        for (item, story) in &self.apart {
            let _infallible = writeln!(text, "apart {item} {story}");
        }
        for (item, story) in &self.home {
            let _infallible = writeln!(text, "home {item} {story}");
        }
        for (story, Takedown { at, reason }) in &self.down {
            let _infallible =
                writeln!(text, "{}", format!("down {story} {at} {reason}").trim_end());
        }
        let _infallible = writeln!(text, "{HASH_WORD}{}", hash(&text));
        text
    }
}

/// Parses a takedown behind its first word: story, time, reason.
fn down_in(text: &str) -> Option<(StoryId, Takedown)> {
    let (story, rest) = text.split_once(' ')?;
    let (at, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let takedown = Takedown {
        at: at.parse().ok()?,
        reason: reason.trim().to_owned(),
    };
    Some((story.parse().ok()?, takedown))
}

/// Reads a file, what is no text in it replaced; `None` if it is not there.
fn read_file(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether something in it was no text.
fn has_other_than_text(text: &Option<String>) -> bool {
    let text = text.as_deref().unwrap_or_default();
    text.contains(char::REPLACEMENT_CHARACTER)
}

/// Returns whether a text ends with the hash of what stands before.
fn is_sound(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let (before, last) = match body.rfind('\n') {
        Some(at) => (&text[..=at], &body[at + 1..]),
        None => ("", body),
    };
    let said = last.strip_prefix(HASH_WORD);
    said.is_some_and(|said| said == hash(before))
}

/// Hashes the lines before that of the hash.
fn hash(lines: &str) -> String {
    blake3::hash(lines.as_bytes()).to_hex()[..16].to_owned()
}

/// Replaces a file as a whole, durably.
fn replace(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    let draft = dir.join("corrections.new");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, dir.join(name))?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_said_reads_back(pairs in vec(any::<([u8; 16], [u8; 16])>(), 0..6)) {
            let mut said = Said::default();
            for (item, story) in pairs {
                let (item, story) = (ItemId::from_bytes(item), StoryId::from_bytes(story));
                said.apart.insert((item, story));
                said.home.insert(item, story);
                let reason = "court order 7".to_owned();
                said.down.insert(story, Takedown { at: Timestamp::UNIX_EPOCH, reason });
            }
            prop_assert_eq!(Said::read(&said.to_text()), said);
        }

        #[test]
        fn other_text_does_no_harm(text in "\\PC{0,200}") {
            let _ = Said::read(&text);
        }
    }
}
