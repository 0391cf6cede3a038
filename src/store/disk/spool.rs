//! Spool: what is for a slow reader, written to a file first.
//!
//! A backup or an export is of one moment, so that nothing may be committed while it
//! is drawn. Who reads it may be as slow as a person at a pager; so it is drawn into a
//! file without a name, as fast as the disk is, and sent from there.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use crate::store::error::StoreError;

/// File name, for as long as it takes to open it.
const SPOOL_FILE: &str = "spool";

/// zstd level of what is spooled.
const ZSTD_LEVEL: i32 = 1;

/// Sends what `write` draws of one moment to `out`, and lets go of `writer`, by which nothing is
/// committed, once it is drawn.
///
/// Without room for a spool on the disk of `dir`, `out` is written to at once, however slow it is: a
/// full disk is a good reason for a backup elsewhere.
///
/// # Errors
///
/// Those of `write`, or if `out` refuses.
pub(in crate::store) fn send_drawn<T, G>(
    dir: &Path,
    writer: G,
    out: &mut dyn Write,
    write: impl Fn(&mut dyn Write) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match Spool::fill(dir, &write) {
        Ok((spool, value)) => {
            drop(writer);
            spool.send(out)?;
            Ok(value)
        }
        Err(StoreError::Full | StoreError::Io { .. }) => write(out),
        Err(why) => Err(why),
    }
}

/// Spooled stream, compressed; its room on the disk is free again once it is dropped.
struct Spool {
    file: File,
}

impl Spool {
    /// Writes a spool in `dir` by `write`; returns what that gives, too.
    ///
    /// # Errors
    ///
    /// Those of `write`, or if the disk refuses.
    fn fill<T>(
        dir: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<T, StoreError>,
    ) -> Result<(Spool, T), StoreError> {
        let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
        let file = nameless(dir).map_err(failed)?;
        let out = BufWriter::with_capacity(1 << 16, file);
        let mut packed = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL).map_err(failed)?;
        let value = write(&mut packed)?;
        let out = packed.finish().map_err(failed)?;
        let mut file = out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok((Spool { file }, value))
    }

    /// Copies all of it to `out`.
    ///
    /// # Errors
    ///
    /// If either side refuses.
    fn send(self, out: &mut dyn Write) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("write to who asked for it", error);
        let packed = BufReader::with_capacity(1 << 16, self.file);
        let mut plain = zstd::stream::read::Decoder::with_buffer(packed).map_err(failed)?;
        io::copy(&mut plain, out).map_err(failed)?;
        out.flush().map_err(failed)
    }
}

/// Opens a new file and takes its name away, so that nothing is left of it whatever happens.
fn nameless(dir: &Path) -> io::Result<File> {
    let path = dir.join(SPOOL_FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}
