//! Reading the file: there, readable, not too large, UTF-8.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::fault::Fault;
use super::problem::ConfigError;

/// Largest file, in bytes.
const MAX_FILE: u64 = 16 << 20;

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
        let fault = Fault::at(at..at + 1, "this is not UTF-8").help("save the file as UTF-8");
        ConfigError::new(&name, &text, vec![fault], 0)
    })
}
