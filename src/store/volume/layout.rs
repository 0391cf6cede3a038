//! Names of what a volume holds: its trees, and the keys of `meta`.

use crate::store::table::BlockKind;

/// Numbers of the trees, in frames and tables.
pub(in crate::store) mod tree {
    pub(in crate::store) const ITEMS: u8 = 0;
    pub(in crate::store) const STORIES: u8 = 1;
    pub(in crate::store) const BY_CHANNEL: u8 = 2;
    pub(in crate::store) const JOINS: u8 = 3;
    pub(in crate::store) const META: u8 = 4;
}

/// Names of the trees, by number.
pub(in crate::store) const TREES: [&str; 5] = ["items", "stories", "by_channel", "joins", "meta"];

/// Key in `meta` of [`super::Volume::writes`].
pub(in crate::store) const WRITES: &[u8] = b"writes";

/// Key in `meta` of [`super::Volume::items`].
pub(in crate::store) const ITEMS: &[u8] = b"items";

/// Key in `meta` of [`super::Volume::n_checked`].
pub(in crate::store) const CHECKED: &[u8] = b"checked";

/// Key in `meta` of the table numbers.
pub(in crate::store) const TABLES: &[u8] = b"tables";

/// Key in `meta` that is there once the volume was packed.
pub(in crate::store) const PACKED: &[u8] = b"packed";

/// Key in `meta` of the dictionary.
pub(in crate::store) const DICTIONARY: &[u8] = b"dictionary";

/// Name of the file with a copy of the dictionary, for a manifest that cannot be read.
pub(in crate::store) const DICTIONARY_FILE: &str = "dictionary";

/// Returns whether this is the place of [`super::Volume::writes`].
pub(in crate::store) fn is_count_of_writes(tree: u8, key: &[u8]) -> bool {
    tree == tree::META && key == WRITES
}

/// Returns the parameters of a tree in a table: filters know ids as a whole, and of index keys the prefix.
pub(in crate::store) fn block_kind(number: u8) -> BlockKind {
    BlockKind {
        number,
        probe: match number {
            tree::ITEMS | tree::STORIES => 16,
            _ => 8,
        },
        is_packed: number == tree::ITEMS,
    }
}
