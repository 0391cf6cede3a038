//! Snapshots: pages of `[[source.test]]` that are kept beside feeds.toml, so that their tests
//! need no network.
//!
//! A snapshot is the body as the server sent it. Its header is not kept: a page whose charset
//! only that says needs the source's `encoding`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::cli::store::output::Output;
use crate::model::{Document, WebUrl};

/// Folder that snapshots are relative to.
#[derive(Clone, Debug)]
pub(super) struct Snapshots {
    dir: PathBuf,
}

impl Snapshots {
    /// Finds the snapshots of the configuration at `file`: relative to its folder.
    pub(super) fn beside(file: &Path) -> Snapshots {
        Snapshots {
            dir: file.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }

    /// Reads the page kept as `name`, as if it had just come from `url`.
    ///
    /// # Errors
    ///
    /// Says what to do if it is not there, cannot be read, or has more than `max_bytes`.
    pub(super) fn read(
        &self,
        name: &Path,
        url: &WebUrl,
        max_bytes: usize,
    ) -> Result<Document, String> {
        let path = self.dir.join(name);
        let shown = path.display();
        let file = File::open(&path).map_err(|why| {
            format!("no snapshot {shown} ({why}); `gazetted check --live --save` keeps one")
        })?;
        let mut body = Vec::new();
        file.take(max_bytes as u64 + 1)
            .read_to_end(&mut body)
            .map_err(|why| format!("the snapshot {shown} cannot be read: {why}"))?;
        if body.len() > max_bytes {
            return Err(format!(
                "the snapshot {shown} has more than {max_bytes} bytes"
            ));
        }
        Ok(Document {
            url: url.clone(),
            content_type: None,
            content_language: None,
            robots: Vec::new(),
            body: Bytes::from(body),
        })
    }

    /// Keeps a page as `name`; the folder is made if need be, a former one replaced.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(super) fn save(&self, name: &Path, document: &Document) -> anyhow::Result<()> {
        let path = self.dir.join(name);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        let write = |out: &mut dyn std::io::Write| Ok(out.write_all(&document.body)?);
        Output::of(&path)?.write(write, |_| Ok(()))
    }
}
