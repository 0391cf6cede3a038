//! Names that sources call themselves by in their last documents, in memory: readers' pages need
//! those of all sources, and a state takes a hundred times as long to read.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use super::Ledger;
use crate::model::{SourceId, SourceState, WebUrl};
use crate::store::codec::source::state::read_state;
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;
use crate::sync;

/// Title and home page that a source's last document gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceName {
    /// Title, as the document wrote it.
    pub title: Option<String>,
    /// Address of the home page.
    pub site: Option<WebUrl>,
}

/// Names of all sources that were polled. A name that stays is the same allocation in the next
/// map.
pub type SourceNames = BTreeMap<SourceId, Arc<SourceName>>;

/// Names of sources, read once and kept true by whoever writes a state.
#[derive(Default)]
pub(super) struct NameTable(RwLock<Option<Arc<SourceNames>>>);

impl NameTable {
    /// Notes the state that was written for the source of this key; `None` if it was removed.
    pub(super) fn note(&self, key: &[u8], state: Option<&[u8]>) {
        let mut table = sync::write(&self.0);
        let Some(names) = table.as_mut() else {
            return;
        };
        let Some(source) = source_of(key) else {
            return;
        };
        let name = state.and_then(|state| read_state(state).ok()).map(name_of);
        if name.as_ref() == names.get(&source).map(Arc::as_ref) {
            return;
        }
        let names = Arc::make_mut(names);
        match name {
            Some(name) => drop(names.insert(source, Arc::new(name))),
            None => drop(names.remove(&source)),
        }
    }

    /// Forgets all names: they are read again.
    pub(super) fn clear(&self) {
        *sync::write(&self.0) = None;
    }
}

impl Ledger {
    /// Returns the names of all sources whose state can be read.
    ///
    /// The first call reads all states; the same map is returned until one of them is another.
    pub(in crate::store) fn source_names(
        &self,
        damage: &DamageLog,
    ) -> Result<Arc<SourceNames>, StoreError> {
        if let Some(names) = sync::read(&self.names.0).as_ref() {
            return Ok(Arc::clone(names));
        }
        // Whoever writes a state meanwhile waits to note it.
        let mut table = sync::write(&self.names.0);
        if let Some(names) = table.as_ref() {
            return Ok(Arc::clone(names));
        }
        let states = self.states(damage)?.into_iter();
        let names = states.map(|(source, state)| (source, Arc::new(name_of(state))));
        let names: Arc<SourceNames> = Arc::new(names.collect());
        *table = Some(Arc::clone(&names));
        Ok(names)
    }
}

/// Returns the source whose state stands under this key.
fn source_of(key: &[u8]) -> Option<SourceId> {
    std::str::from_utf8(key).ok()?.parse().ok()
}

fn name_of(state: SourceState) -> SourceName {
    SourceName {
        title: state.title,
        site: state.site,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::source::state::write_state;

    fn state(title: &str) -> Vec<u8> {
        write_state(&SourceState {
            title: Some(title.to_owned()),
            ..SourceState::default()
        })
    }

    #[test]
    fn names_are_read_once_and_follow_what_is_written() {
        let dir = tempfile::TempDir::new().unwrap();
        let damage = DamageLog::default();
        let ledger = Ledger::open(dir.path(), &damage).unwrap();
        let sources = super::super::tree::SOURCES;
        ledger.put(sources, b"a/one", &state("One")).unwrap();
        ledger.put(sources, b"a/two", &state("Two")).unwrap();
        let names = || ledger.source_names(&damage).unwrap();
        let first = names();
        let one: SourceId = "a/one".parse().unwrap();
        assert_eq!(first[&one].title.as_deref(), Some("One"));

        ledger.put(sources, b"a/one", &state("One")).unwrap();
        assert!(Arc::ptr_eq(&first, &names()), "nothing is another");

        ledger.put(sources, b"a/one", &state("Other")).unwrap();
        let second = names();
        assert_eq!(second[&one].title.as_deref(), Some("Other"));
        let two: SourceId = "a/two".parse().unwrap();
        assert!(Arc::ptr_eq(&first[&two], &second[&two]));

        ledger.take_out(sources, b"a/one").unwrap();
        assert!(!names().contains_key(&one));
        ledger.put(sources, b"a/one", b"garbage").unwrap();
        assert!(!names().contains_key(&one));
    }
}
