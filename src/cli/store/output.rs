//! File that an admin names for what is written: a new one, one that is replaced, or no file at all.
//!
//! A regular file is written beside its place and then takes it, so that an old one is
//! whole until the new one is. A device, a pipe or standard output (`-`) is written to:
//! to replace `/dev/null` by a file would break the machine.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Bytes that are handed to the system at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Mode of a new file, which holds what subscriptions are signed with: its owner's alone.
const NEW_FILE_MODE: u32 = 0o600;

/// Destination, looked at before anything is written.
pub(in crate::cli) enum Output {
    /// Standard output.
    Standard,
    /// Device or pipe.
    Stream(PathBuf),
    /// Regular file, or none yet: its place with links followed, and what is there now.
    Regular(PathBuf, Option<Metadata>),
}

impl Output {
    /// Looks at what is at `path`.
    ///
    /// # Errors
    ///
    /// If it is a folder or a socket, or cannot be looked at.
    pub(in crate::cli) fn of(path: &Path) -> anyhow::Result<Output> {
        if path == Path::new("-") {
            return Ok(Output::Standard);
        }
        let shown = path.display();
        let there = match fs::metadata(path) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link that leads nowhere would be replaced by what it should lead to.
                return match fs::read_link(path) {
                    Ok(target) => bail!(
                        "{shown} is a link to {}, which is not there",
                        target.display()
                    ),
                    Err(_) => Ok(Output::Regular(path.to_owned(), None)),
                };
            }
            Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
        };
        let kind = there.file_type();
        if kind.is_dir() {
            bail!("{shown} is a folder: name a file in it");
        }
        if kind.is_socket() {
            bail!("{shown} is a socket: name a file, a pipe, or `-` for standard output");
        }
        if kind.is_file() {
            let place = fs::canonicalize(path).with_context(|| format!("cannot write {shown}"))?;
            return Ok(Output::Regular(place, Some(there)));
        }
        Ok(Output::Stream(path.to_owned()))
    }

    /// Writes all of it by `write`; a regular file takes its place only once `check` has read it.
    ///
    /// # Errors
    ///
    /// Those of `write` and `check`, and of the disk; the place is as it was then, if it is a
    /// regular file.
    pub(in crate::cli) fn write<T>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
        check: impl FnOnce(File) -> anyhow::Result<()>,
    ) -> anyhow::Result<T> {
        match self {
            Output::Standard => stream(io::stdout().lock(), write),
            Output::Stream(path) => {
                let opened = File::options().write(true).open(path);
                stream(
                    opened.with_context(|| format!("cannot write {}", path.display()))?,
                    write,
                )
            }
            Output::Regular(path, before) => {
                let draft = draft(path);
                let done = write_whole(&draft, before.as_ref(), write)
                    .and_then(|value| check(File::open(&draft)?).map(|()| value))
                    .and_then(|value| publish(&draft, path).map(|()| value));
                if done.is_err() {
                    let _ = fs::remove_file(&draft);
                }
                done
            }
        }
    }
}

/// Writes to what is read as it comes.
fn stream<T>(
    out: impl Write,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
    let value = write(&mut out)?;
    out.flush()?;
    Ok(value)
}

/// Names the temporary file `FILE.part`, beside the file so that it can take its place at
/// once.
fn draft(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

/// Writes a new file, for the owner and with the mode of the one before, and syncs it.
fn write_whole<T>(
    draft: &Path,
    before: Option<&Metadata>,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let failed = || format!("cannot write {}", draft.display());
    match fs::symlink_metadata(draft) {
        // Left by one that was killed; anything else is not ours to remove.
        Ok(left) if left.is_file() => fs::remove_file(draft).with_context(failed)?,
        _ => {}
    }
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(NEW_FILE_MODE)
        .open(draft)
        .with_context(failed)?;
    if let Some(before) = before {
        // Only root may give a file away; who replaces another's file owns the new one.
        let _ = fchown(&file, Some(before.uid()), Some(before.gid()));
        file.set_permissions(fs::Permissions::from_mode(before.mode() & 0o777))
            .with_context(failed)?;
    }
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let value = write(&mut out)?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(value)
}

/// Renames the temporary file to its final name and syncs the folder.
fn publish(draft: &Path, file: &Path) -> anyhow::Result<()> {
    fs::rename(draft, file).with_context(|| format!("cannot write {}", file.display()))?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}
