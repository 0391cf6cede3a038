//! Key of the pictures' addresses: 32 random bytes in a file beside the store, its owner's alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tracing::warn;

use crate::publish::html::ImageKey;

/// Name of the file, in the folder of the store.
const NAME: &str = "image-key";

/// Returns the key of a store, made at first; one of this run alone where the disk refuses.
pub(super) fn of(store: &Path) -> ImageKey {
    let path = store.join(NAME);
    let kept = fs::read(&path).ok();
    if let Some(kept) = kept.and_then(|kept| <[u8; 32]>::try_from(kept).ok()) {
        return ImageKey::new(kept);
    }
    let made = random();
    if let Err(why) = write(&path, &made) {
        warn!(
            "addresses of pictures change with a restart: cannot write {}: {why}",
            path.display()
        );
    }
    ImageKey::new(made)
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    let done = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    // The system gives 256 bytes at once, or none at all.
    assert_eq!(done, Ok(bytes.len()), "no random bytes");
    bytes
}

/// Writes the file anew, whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_outlives_a_restart_and_a_damaged_one_is_made_anew() {
        let dir = tempfile::TempDir::new().unwrap();
        let shown = |key: &ImageKey| key.read("x").is_none();
        assert!(shown(&of(dir.path())));
        let first = fs::read(dir.path().join(NAME)).unwrap();
        of(dir.path());
        assert_eq!(fs::read(dir.path().join(NAME)).unwrap(), first);
        fs::write(dir.path().join(NAME), "short").unwrap();
        of(dir.path());
        assert_eq!(fs::read(dir.path().join(NAME)).unwrap().len(), 32);
    }
}
