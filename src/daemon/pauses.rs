//! Pauses: sources that an admin lets rest, over restarts.
//!
//! A text file `paused` in the folder of the store, a line for each source: its id, and since when.
//! The file is replaced as a whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::SourceId;

/// Name of the file, in the folder of the store.
const NAME: &str = "paused";

/// Sources that rest, in memory and in their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pauses {
    dir: PathBuf,
    since: BTreeMap<SourceId, Timestamp>,
}

impl Pauses {
    /// Reads the file in `dir`; none is as good as an empty one, and lines that are none are passed over, with
    /// a word in the log.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read.
    pub fn open(dir: &Path) -> io::Result<Pauses> {
        let bytes = match fs::read(dir.join(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut since = BTreeMap::new();
        for line in text.lines() {
            let pause = line.split_once(' ');
            let pause = pause.and_then(|(id, at)| Some((id.parse().ok()?, at.parse().ok()?)));
            if pause.is_none() {
                let path = dir.join(NAME);
                tracing::warn!("{}: `{line}` names no source that rests", path.display());
            }
            since.extend(pause);
        }
        Ok(Pauses {
            dir: dir.to_owned(),
            since,
        })
    }

    /// Marks in `config` the sources that rest, also under a former name.
    pub fn mark(&self, config: &mut Config) {
        for source in config.sources.values_mut() {
            let mut names = std::iter::once(&source.id).chain(&source.was);
            let paused = names.find_map(|name| self.since.get(name)).copied();
            if source.paused != paused {
                Arc::make_mut(source).paused = paused;
            }
        }
    }

    /// Lets `sources` rest from `now` on, or wakes them where `now` is `None`; returns how many changed.
    /// Durable when it returns.
    ///
    /// # Errors
    ///
    /// If the disk refuses; then nothing has changed.
    pub fn set(
        &mut self,
        sources: &[SourceId],
        config: &Config,
        now: Option<Timestamp>,
    ) -> io::Result<usize> {
        let mut next = self.since.clone();
        let mut n_changed = 0;
        for source in sources {
            let was = config.sources.get(source).map(|source| &source.was);
            let names = std::iter::once(source).chain(was.into_iter().flatten());
            let is_paused = names.clone().any(|name| next.contains_key(name));
            if is_paused == now.is_some() {
                continue;
            }
            n_changed += 1;
            match now {
                Some(now) => drop(next.insert(source.clone(), now)),
                None => next.retain(|id, _| !names.clone().any(|name| name == id)),
            }
        }
        let text: String = next.iter().map(|(id, at)| format!("{id} {at}\n")).collect();
        let draft = self.dir.join("paused.new");
        let mut file = File::create(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(draft, self.dir.join(NAME))?;
        File::open(&self.dir)?.sync_all()?;
        self.since = next;
        Ok(n_changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_outlives_the_process_and_a_renaming() {
        let dir = tempfile::tempdir().unwrap();
        let parse = |text: &str| Config::parse("feeds.toml", text).unwrap();
        let before = parse("[[source]]\nid = \"a/one\"\nurl = \"http://a.example/\"\n");
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let one: SourceId = "a/one".parse().unwrap();
        let mut pauses = Pauses::open(dir.path()).unwrap();
        assert_eq!(
            pauses
                .set(std::slice::from_ref(&one), &before, Some(now))
                .unwrap(),
            1
        );
        assert_eq!(pauses.set(&[one], &before, Some(now)).unwrap(), 0);

        let mut pauses = Pauses::open(dir.path()).unwrap();
        let mut after =
            parse("[[source]]\nid = \"a/two\"\nwas = [\"a/one\"]\nurl = \"http://a.example/\"\n");
        pauses.mark(&mut after);
        let two: SourceId = "a/two".parse().unwrap();
        assert_eq!(after.sources[&two].paused, Some(now));
        assert_eq!(
            pauses
                .set(std::slice::from_ref(&two), &after, None)
                .unwrap(),
            1
        );
        pauses.mark(&mut after);
        assert_eq!(after.sources[&two].paused, None);
    }
}
