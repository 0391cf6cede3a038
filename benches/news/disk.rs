//! Disk that is taken.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes of disk of all files below `folder`, as `du` counts them; none if it is not there.
pub(crate) fn size(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        bytes += match entry.metadata() {
            Ok(about) if about.is_dir() => size(&entry.path()),
            Ok(about) => about.blocks() * 512,
            // A file of a moment.
            Err(_) => 0,
        };
    }
    bytes
}
