//! Reading the files: there, readable, not too large, UTF-8.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::report::diagnostic::Diagnostic;
use super::report::error::ConfigError;
use super::report::parts::Parts;

/// Largest file, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Upper limit of files that are included.
const MAX_INCLUDED: usize = 1000;

/// Reads from the file at `path` where the store is (`[store] path`), whatever else is in it, good or
/// not.
pub(super) fn store_path(path: &Path) -> Option<PathBuf> {
    let text = text(path).ok()?;
    let (root, _) = DeTable::parse_recoverable(&text);
    let store = root.get_ref().get("store")?.get_ref().as_table()?;
    let path = store.get("path")?.get_ref().as_str()?;
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Reads the file at `path` and those that it includes. `edited` is the text that one of them is to be
/// taken as having.
///
/// # Errors
///
/// [`ConfigError`] if one of them cannot be read; see [`text`].
pub(super) fn parts(path: &Path, edited: Option<(&Path, &str)>) -> Result<Parts, ConfigError> {
    let read = |path: &Path| match edited {
        Some((other, text)) if other == path => Ok(text.to_owned()),
        _ => text(path),
    };
    let main = read(path)?;
    let mut parts = Parts::one(&path.to_string_lossy(), &main);
    for included in included(path, &main)? {
        parts.push(&included.to_string_lossy(), &read(&included)?);
    }
    Ok(parts)
}

/// Lists the file at `path` and those that it includes.
///
/// # Errors
///
/// [`ConfigError`] if it cannot be read, or includes too many.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let main = text(path)?;
    let mut files = vec![path.to_owned()];
    files.extend(included(path, &main)?);
    Ok(files)
}

/// Lists the files that the main file at `path` includes: those that match its patterns, in their order, each
/// pattern's by name. Patterns are taken from the folder of the file; that one is of another kind is
/// told when all is checked.
fn included(path: &Path, main: &str) -> Result<Vec<PathBuf>, ConfigError> {
    let (root, _) = DeTable::parse_recoverable(main);
    let patterns = root.get_ref().get("include");
    let patterns = patterns.and_then(|list| list.get_ref().as_array());
    let patterns = patterns.into_iter().flat_map(|list| list.iter());
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in patterns.filter_map(|pattern| pattern.get_ref().as_str()) {
        let escaped = glob::Pattern::escape(&folder.to_string_lossy());
        let whole = Path::new(&escaped).join(pattern);
        let matching = glob::glob(&whole.to_string_lossy()).map_err(|why| {
            let message = format!("`include`: `{pattern}` is no pattern: {why}");
            ConfigError::unreadable(
                &path.to_string_lossy(),
                message,
                "write it like \"conf.d/*.toml\"",
            )
        })?;
        let before = files.len();
        for file in matching.flatten().filter(|file| file != path) {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        // A name without a star means that file.
        if files.len() == before
            && !pattern.contains(['*', '?', '['])
            && !folder.join(pattern).exists()
        {
            files.push(folder.join(pattern));
        }
        if files.len() > MAX_INCLUDED {
            let message = format!("`include`: more than {MAX_INCLUDED} files");
            let help = "join some of them";
            return Err(ConfigError::unreadable(
                &path.to_string_lossy(),
                message,
                help,
            ));
        }
    }
    Ok(files)
}

/// Reads the text of the file at `path`.
///
/// # Errors
///
/// [`ConfigError`] if it is absent, unreadable, a folder, larger than 16 MiB or not UTF-8.
pub(super) fn text(path: &Path) -> Result<String, ConfigError> {
    let name = path.to_string_lossy();
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => ConfigError::unreadable(
            &name,
            "there is no such file",
            "write one, or name another with `--config FILE`",
        ),
        ErrorKind::PermissionDenied => ConfigError::unreadable(
            &name,
            "may not be read",
            "give the user that runs gazetted the right to read it",
        ),
        _ => ConfigError::unreadable(&name, format!("cannot be read: {error}"), "check the file"),
    };
    let about = fs::metadata(path).map_err(cannot)?;
    if about.is_dir() {
        let help = "name the file in it";
        return Err(ConfigError::unreadable(&name, "is a folder", help));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > MAX_FILE {
        let message = format!("is larger than {} MiB", MAX_FILE >> 20);
        return Err(ConfigError::unreadable(
            &name,
            message,
            "check that it is the right file",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let fault = Diagnostic::at(at..at + 1, "this is not UTF-8").help("save the file as UTF-8");
        ConfigError::new(&Parts::one(&name, &text), vec![fault], 0)
    })
}
