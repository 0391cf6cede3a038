//! The whole store as one stream.
//!
//! ```text
//!   gazetted backup 1, layout 3      a line
//!   zstd:  'D' name                  a database follows: ledger, volumes/2026-11-01
//!          'T' name                  a tree of it follows
//!          'R' key value             one record of it
//!          'F' name bytes            a file
//!          'M' name                  a damaged volume: not all of it is in here
//!          'E' records hash          the end, with a hash of all before it
//! ```
//!
//! Lengths are 32 bits, little-endian. Trees are taken as they lie, so that a
//! restored store gives the same bytes to readers, and is denser than the
//! original, as every tree is written in order.

use std::io::{self, Read, Write};

use crate::store::Store;
use crate::store::disk::spool::send_drawn;
use crate::store::disk::version;
use crate::store::error::StoreError;
use crate::store::volume::scan::Records;

/// First line of a backup, before the number of its layout.
const WORD: &str = "gazetted backup 1, layout ";

/// zstd level; items are compressed already.
const ZSTD_LEVEL: i32 = 1;

/// Longest key or value, in bytes.
const MAX_PART_BYTES: usize = 128 << 20;

/// Counts of a backup or a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Databases: the ledger, and one for each volume.
    pub databases: u64,
    /// Records of all of them.
    pub records: u64,
    /// Names of volumes that were damaged when the backup was made: not all of them is in it.
    pub missing: Vec<String>,
}

impl Store {
    /// Writes a backup of one moment: commits wait until it is drawn, but not for `out`.
    /// A damaged volume is named in it as missing.
    ///
    /// # Errors
    ///
    /// If a part of the store cannot be read, or `out` refuses.
    pub fn back_up(&self, mut out: impl Write) -> Result<Copied, StoreError> {
        send_drawn(&self.dir, self.writer(), &mut out, |out| {
            self.back_up_to(out)
        })
    }

    fn back_up_to(&self, out: &mut dyn Write) -> Result<Copied, StoreError> {
        let failed = |error| StoreError::io("write the backup", error);
        writeln!(out, "{WORD}{}", version::LAYOUT).map_err(failed)?;
        let packed = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL).map_err(failed)?;
        let mut sink = Sink {
            out: packed,
            hash: blake3::Hasher::new(),
            copied: Copied::default(),
        };
        let ledger = self.ledger.get()?;
        sink.database("ledger", ledger.records()?)?;
        for period in self.volumes.present().into_iter().rev() {
            if let Some(volume) = self.volumes.find(period)? {
                sink.database(&format!("volumes/{period}"), volume.records())?;
            }
        }
        for period in self.volumes.damaged() {
            let name = format!("volumes/{period}");
            sink.missing(name).map_err(failed)?;
        }
        let files = self.tombstones.files()?;
        for (name, bytes) in files {
            sink.file(&format!("tombstones/{name}"), &bytes)
                .map_err(failed)?;
        }
        sink.file(
            crate::store::commit::corrections::NAME,
            self.corrections.text().as_bytes(),
        )
        .map_err(failed)?;
        sink.finish().map_err(failed)
    }
}

/// Reads a backup to its end, and says whether all of it is there.
///
/// # Errors
///
/// If it is not.
pub fn verify(backup: impl Read) -> Result<Copied, StoreError> {
    let mut source = BackupSource::open(backup)?;
    while !matches!(source.next()?, Part::End) {}
    Ok(source.copied)
}

/// Writer of a backup.
struct Sink<W: Write> {
    out: zstd::stream::write::Encoder<'static, W>,
    hash: blake3::Hasher,
    copied: Copied,
}

impl<W: Write> Sink<W> {
    fn database(&mut self, name: &str, trees: Vec<(String, Records)>) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("write the backup", error);
        self.copied.databases += 1;
        self.part(b'D', &[name.as_bytes()]).map_err(failed)?;
        for (tree_name, records) in trees {
            self.part(b'T', &[tree_name.as_bytes()]).map_err(failed)?;
            for record in records {
                let (key, value) = record?;
                self.copied.records += 1;
                self.part(b'R', &[&key, &value]).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.part(b'F', &[name.as_bytes(), bytes])
    }

    fn missing(&mut self, name: String) -> io::Result<()> {
        self.part(b'M', &[name.as_bytes()])?;
        self.copied.missing.push(name);
        Ok(())
    }

    fn part(&mut self, kind: u8, fields: &[&[u8]]) -> io::Result<()> {
        self.put(&[kind])?;
        for field in fields {
            let length = u32::try_from(field.len()).map_err(io::Error::other)?;
            self.put(&length.to_le_bytes())?;
            self.put(field)?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    fn finish(mut self) -> io::Result<Copied> {
        let hash = *self.hash.finalize().as_bytes();
        let records = self.copied.records.to_le_bytes();
        self.part(b'E', &[&records, &hash])?;
        self.out.finish()?.flush()?;
        Ok(self.copied)
    }
}

/// Reader of a backup.
pub(super) struct BackupSource<R: Read> {
    /// Layout of the store that it was made of.
    pub(super) layout: u32,
    from: zstd::stream::read::Decoder<'static, io::BufReader<R>>,
    hash: blake3::Hasher,
    pub(super) copied: Copied,
}

/// Part of a backup.
pub(super) enum Part {
    Database(String),
    Tree(String),
    Record(Vec<u8>, Vec<u8>),
    File(String, Vec<u8>),
    Missing,
    End,
}

impl<R: Read> BackupSource<R> {
    pub(super) fn open(mut backup: R) -> Result<BackupSource<R>, StoreError> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') && line.len() < 80 {
            let mut byte = [0];
            backup.read_exact(&mut byte).map_err(cut)?;
            line.extend(byte);
        }
        let line = String::from_utf8_lossy(&line);
        let layout = line.trim_end().strip_prefix(WORD);
        let layout = layout.ok_or_else(|| bad("it does not begin as one"))?;
        let number = layout.parse().ok();
        let number = number.filter(|number| (1..=version::LAYOUT).contains(number));
        let layout = number.ok_or_else(|| {
            bad(&format!(
                "it has layout {layout}, this release knows layouts up to {}",
                version::LAYOUT
            ))
        })?;
        Ok(BackupSource {
            layout,
            from: zstd::stream::read::Decoder::new(backup).map_err(cut)?,
            hash: blake3::Hasher::new(),
            copied: Copied::default(),
        })
    }

    pub(super) fn next(&mut self) -> Result<Part, StoreError> {
        let before = self.hash.clone();
        let [kind] = self.array()?;
        Ok(match kind {
            b'D' => {
                self.copied.databases += 1;
                Part::Database(self.name()?)
            }
            b'T' => Part::Tree(self.text()?),
            b'R' => {
                self.copied.records += 1;
                Part::Record(self.field()?, self.field()?)
            }
            b'F' => Part::File(self.name()?, self.field()?),
            b'M' => {
                let name = self.name()?;
                self.copied.missing.push(name);
                Part::Missing
            }
            b'E' => {
                let records = self.field()?;
                let hash = self.field()?;
                let is_whole = records == self.copied.records.to_le_bytes()
                    && hash == before.finalize().as_bytes();
                if !is_whole {
                    return Err(bad("its bytes are not those that were written"));
                }
                Part::End
            }
            _ => return Err(bad("it holds something unknown")),
        })
    }

    /// Reads the name of a folder or file of ours; any other is an error, so that nothing leads
    /// elsewhere.
    fn name(&mut self) -> Result<String, StoreError> {
        let name = self.text()?;
        let known = ["volumes/", "tombstones/"];
        let is_period = |rest: &str| rest.parse::<crate::store::Period>().is_ok();
        let is_ours = name == "ledger"
            || name == crate::store::commit::corrections::NAME
            || known
                .iter()
                .any(|folder| name.strip_prefix(folder).is_some_and(is_period));
        match is_ours {
            true => Ok(name),
            false => Err(bad("it names a folder that is none of ours")),
        }
    }

    fn text(&mut self) -> Result<String, StoreError> {
        String::from_utf8(self.field()?).map_err(|_| bad("a name in it is no text"))
    }

    fn field(&mut self) -> Result<Vec<u8>, StoreError> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        if length > MAX_PART_BYTES {
            return Err(bad("a record in it is too long"));
        }
        let mut bytes = Vec::new();
        let part = (&mut self.from).take(length as u64);
        let n_read = io::copy(&mut { part }, &mut bytes).map_err(cut)?;
        if n_read != length as u64 {
            return Err(bad("it ends in the middle"));
        }
        self.hash.update(&bytes);
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(cut)?;
        self.hash.update(&bytes);
        Ok(bytes)
    }
}

pub(super) fn bad(why: &str) -> StoreError {
    StoreError::BadBackup {
        why: why.to_owned(),
    }
}

fn cut(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("it ends in the middle"),
        _ => bad(&error.to_string()),
    }
}
