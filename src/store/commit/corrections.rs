//! Corrections: what an admin said about which items are one story.
//!
//! A text file beside the ledger, so that it outlives any of the databases:
//!
//! ```text
//! apart 0123…cdef 0123…cdef     this item never joins this story
//! home 0123…cdef 0123…cdef      this item belongs to this story
//! ```
//!
//! The file is replaced as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use crate::model::{ItemId, StoryId};
use crate::store::error::StoreError;
use crate::sync;

/// Name of the file in the store's folder, and in a backup.
pub(in crate::store) const NAME: &str = "corrections";

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
}

impl Corrections {
    /// Reads the file in `dir`; none is as good as an empty one.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read.
    pub(in crate::store) fn open(dir: &Path) -> Result<Corrections, StoreError> {
        let path = dir.join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(StoreError::io(format!("read {}", path.display()), error)),
        };
        Ok(Corrections {
            dir: dir.to_owned(),
            said: RwLock::new(Said::read(&text)),
        })
    }

    /// Returns the story that an admin put an item into.
    pub(in crate::store) fn home(&self, item: ItemId) -> Option<StoryId> {
        self.said(|said| said.home.get(&item).copied())
    }

    /// Returns whether an admin keeps an item out of a story.
    pub(in crate::store) fn is_apart(&self, item: ItemId, story: StoryId) -> bool {
        self.said(|said| said.apart.contains(&(item, story)))
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
        replace(&self.dir, &new.to_text()).map_err(|error| {
            StoreError::io(format!("write {}", self.dir.join(NAME).display()), error)
        })?;
        *said = new;
        Ok(())
    }

    /// Adds the corrections of a file, or of a copy of one.
    pub(in crate::store) fn add(&self, text: &str) -> Result<(), StoreError> {
        let more = Said::read(text);
        self.say(|said| {
            said.apart.extend(more.apart);
            said.home.extend(more.home);
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

    /// Writes one line for each correction, behind a comment.
    fn to_text(&self) -> String {
        let mut text = String::from("# which items are one story, by an admin's word\n");
        for (item, story) in &self.apart {
            let _infallible = writeln!(text, "apart {item} {story}");
        }
        for (item, story) in &self.home {
            let _infallible = writeln!(text, "home {item} {story}");
        }
        text
    }
}

/// Replaces the file as a whole, durably.
fn replace(dir: &Path, text: &str) -> io::Result<()> {
    let draft = dir.join("corrections.new");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, dir.join(NAME))?;
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
            }
            prop_assert_eq!(Said::read(&said.to_text()), said);
        }

        #[test]
        fn other_text_does_no_harm(text in "\\PC{0,200}") {
            let _ = Said::read(&text);
        }
    }
}
