//! Cache of files in a folder with a bound, the longest unused out first: pictures, archives.
//!
//! A file's time of modification is when it was last asked for, to the hour, so that a restart
//! forgets nothing. What is strange in the folder is removed. Nothing is synced: a file may be cut
//! off by a power loss, and whoever cannot see that in it has to add a checksum.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::sync;

/// Time between two notes of a file's use.
const NOTE_INTERVAL: Duration = Duration::from_secs(3600);

/// Share of the bound that is left when room is made, so that this is not done for each file.
const LEFT_PERCENT: u64 = 90;

/// Ending of a file that is being written.
const DRAFT: &str = "new";

/// Name of a file: 32 hexadecimal digits, as of a hash of what it is of.
type Name = String;

/// Cache of files in a folder.
#[derive(Debug)]
pub struct FileCache {
    dir: PathBuf,
    /// Most bytes of all files.
    bound: u64,
    files: Mutex<Files>,
    /// Number of drafts since the start, which keeps their names apart.
    n_drafts: AtomicU64,
}

/// Number of times that a cache was emptied, so that nothing older is put in after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emptied(u64);

#[derive(Debug, Default)]
struct Files {
    by_name: HashMap<Name, CachedFile>,
    /// Bytes of all files.
    total: u64,
    n_emptied: u64,
}

#[derive(Clone, Copy, Debug)]
struct CachedFile {
    bytes: u64,
    /// Last use, as the file says.
    used: SystemTime,
}

impl FileCache {
    /// Opens the folder, making it if it is not there, and removes what is too much.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn open(dir: &Path, bound: u64) -> io::Result<FileCache> {
        fs::create_dir_all(dir)?;
        let mut files = Files::default();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().filter(|name| is_name(name));
            let about = entry.metadata().ok().filter(fs::Metadata::is_file);
            match name.zip(about) {
                Some((name, about)) if about.len() > 0 => {
                    let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    let bytes = about.len();
                    files.total += bytes;
                    files
                        .by_name
                        .insert(name.to_owned(), CachedFile { bytes, used });
                }
                // A draft that was cut off.
                _ => drop(fs::remove_file(entry.path())),
            }
        }
        let cache = FileCache {
            dir: dir.to_owned(),
            bound,
            files: Mutex::new(files),
            n_drafts: AtomicU64::new(0),
        };
        cache.make_room(&mut cache.files());
        Ok(cache)
    }

    /// Reads a file; `None` if it is not there.
    pub fn get(&self, name: &str, now: Timestamp) -> Option<Vec<u8>> {
        if !self.files().by_name.contains_key(name) {
            return None;
        }
        let path = self.dir.join(name);
        let bytes = fs::read(&path).ok().filter(|bytes| !bytes.is_empty());
        let mut files = self.files();
        if bytes.is_none() {
            files.forget(name);
            return None;
        }
        let now = system_time(now);
        if let Some(file) = files.by_name.get_mut(name)
            && now > file.used + NOTE_INTERVAL
        {
            file.used = now;
            // Where that fails the file is taken for older than it is.
            let _ = File::open(&path).and_then(|file| file.set_modified(now));
        }
        bytes
    }

    /// Keeps a file. It is whole or not there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn put(&self, name: &str, bytes: &[u8], now: Timestamp) -> io::Result<()> {
        self.put_since(self.emptied(), name, bytes, now)
    }

    /// Returns how often the cache was emptied, to be taken before that is read of which a file is
    /// made, for [`FileCache::put_since`].
    pub fn emptied(&self) -> Emptied {
        Emptied(self.files().n_emptied)
    }

    /// Keeps a file, unless the cache was emptied since `emptied`.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn put_since(
        &self,
        emptied: Emptied,
        name: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> io::Result<()> {
        let nth = self.n_drafts.fetch_add(1, Ordering::Relaxed);
        let draft = self.dir.join(format!("{name}.{nth}.{DRAFT}"));
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        // The clock of the program, which is not that of the disk in every world.
        file.set_modified(system_time(now))?;
        let mut files = self.files();
        if files.n_emptied != emptied.0 {
            return fs::remove_file(&draft);
        }
        fs::rename(&draft, self.dir.join(name))?;
        files.forget(name);
        let file = CachedFile {
            bytes: bytes.len() as u64,
            used: system_time(now),
        };
        files.total += file.bytes;
        files.by_name.insert(name.to_owned(), file);
        self.make_room(&mut files);
        Ok(())
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) {
        let mut files = self.files();
        if files.by_name.contains_key(name) {
            let _ = fs::remove_file(self.dir.join(name));
            files.forget(name);
        }
    }

    /// Removes all files.
    pub fn empty(&self) {
        let mut files = self.files();
        for name in files.by_name.keys() {
            let _ = fs::remove_file(self.dir.join(name));
        }
        *files = Files {
            n_emptied: files.n_emptied + 1,
            ..Files::default()
        };
    }

    /// Removes the files unused longest, if all together are too much.
    fn make_room(&self, files: &mut Files) {
        if files.total <= self.bound {
            return;
        }
        let mut oldest: Vec<(SystemTime, Name)> = files
            .by_name
            .iter()
            .map(|(name, file)| (file.used, name.clone()))
            .collect();
        oldest.sort_unstable();
        for (_, name) in oldest {
            if files.total <= self.bound * LEFT_PERCENT / 100 {
                return;
            }
            let _ = fs::remove_file(self.dir.join(&name));
            files.forget(&name);
        }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        sync::lock(&self.files)
    }
}

impl Files {
    fn forget(&mut self, name: &str) {
        if let Some(file) = self.by_name.remove(name) {
            self.total -= file.bytes;
        }
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Whether a file may be one of ours.
fn is_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + hour * 3600).unwrap()
    }

    fn name(nth: u8) -> Name {
        format!("{nth:032x}")
    }

    #[test]
    fn the_longest_unused_goes_first_also_after_a_restart() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = FileCache::open(dir.path(), 1000).unwrap();
        for nth in 0..9 {
            cache.put(&name(nth), &[nth; 100], at(nth.into())).unwrap();
        }
        assert_eq!(cache.get(&name(0), at(20)), Some(vec![0; 100]));
        drop(cache);
        let cache = FileCache::open(dir.path(), 1000).unwrap();
        for nth in 9..12 {
            cache.put(&name(nth), &[nth; 100], at(30)).unwrap();
        }
        assert_eq!(cache.get(&name(0), at(31)), Some(vec![0; 100]));
        assert_eq!(cache.get(&name(1), at(31)), None);
        assert!(cache.files().total <= 1000);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            cache.files().by_name.len()
        );
    }

    #[test]
    fn a_smaller_bound_and_strange_files_are_seen_to_at_the_start() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = FileCache::open(dir.path(), 1000).unwrap();
        for nth in 0..5 {
            cache.put(&name(nth), &[1; 100], at(nth.into())).unwrap();
        }
        fs::write(dir.path().join("x.new"), "half").unwrap();
        fs::write(dir.path().join(name(77)), "").unwrap();
        let cache = FileCache::open(dir.path(), 250).unwrap();
        assert_eq!(cache.files().total, 200);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        fs::remove_file(dir.path().join(name(4))).unwrap();
        assert_eq!(cache.get(&name(4), at(9)), None);
        assert_eq!(cache.files().total, 100);
    }
    #[test]
    fn what_was_made_before_the_cache_was_emptied_is_not_kept() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = FileCache::open(dir.path(), 1000).unwrap();
        let before = cache.emptied();
        cache.put(&name(1), b"one", at(0)).unwrap();
        cache.put(&name(2), b"two", at(0)).unwrap();
        cache.remove(&name(1));
        assert_eq!(cache.get(&name(1), at(0)), None);
        assert_eq!(cache.files().total, 3);
        cache.empty();
        assert_eq!(cache.get(&name(2), at(0)), None);
        cache.put_since(before, &name(3), b"three", at(0)).unwrap();
        assert_eq!(cache.get(&name(3), at(0)), None);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let since = cache.emptied();
        cache.put_since(since, &name(3), b"three", at(0)).unwrap();
        assert_eq!(cache.get(&name(3), at(0)), Some(b"three".to_vec()));
    }
}
