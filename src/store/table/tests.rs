//! Tables are read as they were written, and tell what is damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

const TREE: u8 = 3;

fn write(dir: &Path, entries: &Entries, probe: u8) {
    let mut out = TableWriter::create(&dir.join(Table::file_name(1))).unwrap();
    for number in [0, TREE] {
        let kind = BlockKind {
            number,
            probe,
            is_packed: false,
        };
        out.begin(kind).unwrap();
    }
    for (key, value) in entries {
        out.put(key, value).unwrap();
    }
    out.finish().unwrap();
}

fn open(dir: &Path) -> Result<Arc<Table>, StoreError> {
    let table = Table::open(dir, 1, &"volume x".into(), &Arc::default());
    table.map(Arc::new)
}

fn read(table: &Arc<Table>, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Entries {
    let walk = TableIter::new(table, TREE, from, to);
    let entries = walk.map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())));
    entries.collect::<Result<_, _>>().unwrap()
}

/// Enough for several blocks, of which zstd packs some.
fn many() -> Entries {
    let entry = |n: u32| {
        let hash = blake3::hash(&n.to_le_bytes());
        let noise = hash
            .as_bytes()
            .repeat(if n.is_multiple_of(2) { 1 } else { 9 });
        (n.to_be_bytes().repeat(4), noise)
    };
    (0..3000).map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_holds_what_was_put_into_it(
        entries in btree_map(vec(0..4u8, 1..6), vec(any::<u8>(), 0..4000), 0..60),
        probe in 1..6u8,
        keys in vec(vec(0..4u8, 1..6), 3),
    ) {
        let dir = TempDir::new().unwrap();
        write(dir.path(), &entries, probe);
        let table = open(dir.path()).unwrap();
        prop_assert_eq!(read(&table, Bound::Unbounded, Bound::Unbounded), entries.clone());
        for key in entries.keys().chain(&keys) {
            let found = table.get(TREE, key).unwrap();
            prop_assert_eq!(found.as_deref(), entries.get(key).map(Vec::as_slice));
            prop_assert!(table.may_hold(TREE, key) || !entries.contains_key(key));
        }
        let (from, to) = (keys[0].as_slice().min(&keys[1]), keys[0].as_slice().max(&keys[1]));
        for (from, to) in [
            (Bound::Included(from), Bound::Included(to)),
            (Bound::Excluded(from), Bound::Included(to)),
            (Bound::Included(from), Bound::Unbounded),
            (Bound::Unbounded, Bound::Excluded(to)),
        ] {
            let within = entries.iter().filter(|(key, _)| {
                use std::ops::RangeBounds;
                <(Bound<&[u8]>, Bound<&[u8]>) as RangeBounds<[u8]>>::contains(&(from, to), key.as_slice())
            });
            let within: Entries = within.map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(read(&table, from, to), within);
        }
    }
}

#[test]
fn what_shrinks_is_packed_and_what_does_not_is_left() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), &many(), 16);
    let table = open(dir.path()).unwrap();
    assert_eq!(read(&table, Bound::Unbounded, Bound::Unbounded), many());
    let blocks = &table.index.tree(TREE).unwrap().blocks;
    assert!(blocks.len() > 20, "{}", blocks.len());
    assert!(blocks.iter().all(BlockHandle::is_packed));
    let noise = |n: u32| {
        let mut noise = vec![0; 300];
        let mut hasher = blake3::Hasher::new();
        let mut out = hasher.update(&n.to_le_bytes()).finalize_xof();
        out.fill(&mut noise);
        (n.to_be_bytes().to_vec(), noise)
    };
    write(dir.path(), &(0..999).map(noise).collect(), 4);
    let table = open(dir.path()).unwrap();
    assert!(
        !table
            .index
            .tree(TREE)
            .unwrap()
            .blocks
            .iter()
            .any(BlockHandle::is_packed)
    );
}

/// A folder with a table, where that lies, and its bytes.
fn a_table() -> (TempDir, PathBuf, Vec<u8>) {
    let dir = TempDir::new().unwrap();
    write(dir.path(), &many(), 16);
    let path = dir.path().join(Table::file_name(1));
    let bytes = fs::read(&path).unwrap();
    (dir, path, bytes)
}

#[test]
fn a_sector_that_cannot_be_read_is_damage_and_a_refusal_is_not() {
    let said = |code| read_error("volume x", 1, io::Error::from_raw_os_error(code));
    for code in [
        libc::EIO,
        libc::EUCLEAN,
        libc::EBADMSG,
        libc::EISDIR,
        libc::ENOENT,
    ] {
        assert!(matches!(said(code), StoreError::Damaged { .. }), "{code}");
    }
    for code in [libc::EMFILE, libc::EACCES] {
        assert!(matches!(said(code), StoreError::Io { .. }), "{code}");
    }
}

#[test]
fn a_flipped_byte_costs_one_block_and_is_told() {
    let (dir, path, sound) = a_table();
    let index_at = {
        let tail = sound.last_chunk::<{ Footer::SIZE }>().unwrap();
        Footer::read(tail).unwrap().at as usize
    };
    for at in (0..sound.len()).step_by(911) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        let table = match open(dir.path()) {
            Ok(table) => table,
            Err(StoreError::Damaged { what, why }) => {
                assert!(at >= index_at, "{at}");
                assert_eq!(what, "volume x");
                assert!(why.contains("1.table: its index"), "{why}");
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        assert!(at < index_at, "{at}");
        let walk = TableIter::new(&table, TREE, Bound::Unbounded, Bound::Unbounded);
        let (read, failed): (Vec<_>, Vec<_>) = walk.partition(Result::is_ok);
        assert_eq!(failed.len(), 1, "{at}");
        assert!(
            read.len() > 2700 && read.len() < 3000,
            "{at}: {}",
            read.len()
        );
    }
}

#[test]
fn what_is_cut_off_or_gone_is_damage() {
    let (dir, path, sound) = a_table();
    for length in [
        0,
        1,
        Footer::SIZE - 1,
        Footer::SIZE,
        sound.len() / 2,
        sound.len() - 1,
    ] {
        fs::write(&path, &sound[..length]).unwrap();
        assert!(
            matches!(open(dir.path()), Err(StoreError::Damaged { .. })),
            "{length}"
        );
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
}
