//! The theme's folder: its files, read once.

use std::fs;
use std::io;
use std::path::Path;

use crate::publish::html::{Theme, ThemeMistake};

/// Largest file of a theme, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a theme; what means nothing in its folder is told, and passed over.
///
/// # Errors
///
/// If the folder or a file in it cannot be read, is too large or no UTF-8.
pub(super) fn read(folder: &Path) -> io::Result<(Theme, Vec<ThemeMistake>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let about = fs::metadata(entry.path())?;
        // What an editor or a version control leaves behind.
        if name.starts_with('.') || name.ends_with('~') || about.is_dir() {
            continue;
        }
        if about.len() > MAX_FILE_BYTES {
            let why = format!("{name} has more than {MAX_FILE_BYTES} bytes");
            return Err(io::Error::other(why));
        }
        let text = fs::read_to_string(entry.path());
        let text = text.map_err(|why| io::Error::new(why.kind(), format!("{name}: {why}")))?;
        files.push((name, text));
    }
    files.sort_unstable();
    Ok(Theme::of(files))
}
