//! Items for tests that fill a store themselves, and what these tests share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gazetted::model::{Commit, DedupeKeys, Item, ItemId, Notes, SourceId, SourceState, Upsert};
use gazetted::store::Store;
use jiff::Timestamp;

/// One item that joins nothing; its title is its guid.
pub fn upsert(source: &str, guid: &str, seen: Timestamp) -> Upsert {
    let source: SourceId = source.parse().unwrap();
    let item = Item {
        id: ItemId::of(&source, guid),
        source,
        guid: Some(guid.to_owned()),
        url: None,
        title: guid.to_owned(),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: None,
        updated: None,
        first_seen: seen,
        sort_key: seen,
        summary: None,
        content: None,
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: 1,
    };
    Upsert {
        item,
        rank: 0,
        join: DedupeKeys::default(),
        routes: Vec::new(),
    }
}

/// A poll that brought these, when the last of them was seen.
pub fn commit(upserts: Vec<Upsert>) -> Commit {
    let last = &upserts.last().unwrap().item;
    Commit {
        robots: Vec::new(),
        source: last.source.clone(),
        at: last.first_seen,
        upserts,
        subscription: None,
        roll: None,
        state: Some(SourceState::default()),
    }
}

/// A folder with all that is in it, a second time.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// How often tests about crashes begin again: `GAZETTED_ROUNDS`, or twenty times.
pub fn rounds() -> u32 {
    let told = std::env::var("GAZETTED_ROUNDS");
    told.ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// A source of a configuration, and no more than it needs.
pub fn source(id: &str, url: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n")
}

/// A feed with an item for each title, which is its guid too.
pub fn feed(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| format!("<item><title>{title}</title><guid>{title}</guid></item>"))
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}

/// Records of a tree by key.
pub type Records = BTreeMap<Vec<u8>, Vec<u8>>;

/// Does something to a tree of the store in `dir` behind its back: in a backup of it, which is restored in its
/// place. `database` is `ledger` or `volumes/2026-11-01`.
pub fn meddle(dir: &Path, database: &str, tree: &str, work: impl Fn(&mut Records)) {
    let now = Timestamp::UNIX_EPOCH;
    let mut backup = Vec::new();
    Store::open(dir, now).unwrap().back_up(&mut backup).unwrap();
    let meddled = with_other_records(&backup, database, tree, work);
    fs::remove_dir_all(dir).unwrap();
    gazetted::store::restore(&meddled[..], dir).unwrap();
}

/// A backup with other records of one tree, and the hash and the number that belong to them.
fn with_other_records(
    backup: &[u8],
    database: &str,
    tree: &str,
    work: impl Fn(&mut Records),
) -> Vec<u8> {
    let head = backup.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let bytes = zstd::decode_all(&backup[head..]).unwrap();
    let mut rest = &bytes[..];
    let mut parts: Vec<(u8, Vec<&[u8]>)> = Vec::new();
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        let n_fields = match kind {
            b'R' | b'F' | b'E' => 2,
            _ => 1,
        };
        let mut field = || {
            let (length, after) = rest.split_first_chunk().unwrap();
            let (field, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            rest = after;
            field
        };
        parts.push((*kind, (0..n_fields).map(|_| field()).collect()));
    }
    let mut out = Vec::new();
    let put = |out: &mut Vec<u8>, kind: u8, fields: &[&[u8]]| {
        out.push(kind);
        for field in fields {
            out.extend(u32::try_from(field.len()).unwrap().to_le_bytes());
            out.extend_from_slice(field);
        }
    };
    let mut n_records = 0_u64;
    let mut place: (&[u8], &[u8]) = (b"", b"");
    let mut meddled: Option<Records> = None;
    for (kind, fields) in &parts {
        if *kind != b'R'
            && let Some(mut records) = meddled.take()
        {
            work(&mut records);
            n_records += records.len() as u64;
            for (key, value) in &records {
                put(&mut out, b'R', &[key, value]);
            }
        }
        match (kind, fields.as_slice()) {
            (b'R', [key, value]) => match &mut meddled {
                Some(records) => drop(records.insert(key.to_vec(), value.to_vec())),
                None => {
                    n_records += 1;
                    put(&mut out, b'R', fields);
                }
            },
            (b'E', _) => {
                let hash = *blake3::hash(&out).as_bytes();
                put(&mut out, b'E', &[&n_records.to_le_bytes(), &hash]);
            }
            (kind, fields) => {
                match kind {
                    b'D' => place = (fields[0], b""),
                    b'T' => place.1 = fields[0],
                    _ => {}
                }
                let is_meant = place == (database.as_bytes(), tree.as_bytes());
                meddled = is_meant.then(Records::new);
                put(&mut out, *kind, fields);
            }
        }
    }
    let packed = zstd::encode_all(&out[..], 1).unwrap();
    [&backup[..head], &packed].concat()
}
