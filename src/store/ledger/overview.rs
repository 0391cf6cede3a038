//! Overview of all sources, in memory: readers' pages need the names of all of them, reports a few
//! fields of their states, and a state takes a hundred times as long to read.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use super::Ledger;
use crate::model::{SourceId, SourceState, SourceSummary, WebUrl};
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

/// Summaries of the states of all sources that were polled.
pub type SourceSummaries = BTreeMap<SourceId, SourceSummary>;

/// Overview of all sources. Maps that somebody holds are copied at the next change; names stay as
/// they are at most polls, summaries at none.
#[derive(Clone, Default)]
pub(super) struct Overview {
    names: Arc<SourceNames>,
    summaries: Arc<SourceSummaries>,
}

/// Place of the overview, which is read once and kept true by whoever writes a state.
#[derive(Default)]
pub(super) struct OverviewTable(RwLock<Option<Overview>>);

impl OverviewTable {
    /// Notes the state that was written for the source of this key; `None` if it was removed.
    pub(super) fn note(&self, key: &[u8], state: Option<&[u8]>) {
        let mut table = sync::write(&self.0);
        let Some(overview) = table.as_mut() else {
            return;
        };
        let Some(source) = source_of(key) else {
            return;
        };
        match state.and_then(|state| read_state(state).ok()) {
            Some(state) => overview.put(source, state),
            None => overview.take_out(&source),
        }
    }

    /// Forgets all states: they are read again.
    pub(super) fn clear(&self) {
        *sync::write(&self.0) = None;
    }
}

impl Overview {
    fn put(&mut self, source: SourceId, state: SourceState) {
        let summary = SourceSummary::of(&state);
        Arc::make_mut(&mut self.summaries).insert(source.clone(), summary);
        let name = SourceName {
            title: state.title,
            site: state.site,
        };
        if self.names.get(&source).map(Arc::as_ref) != Some(&name) {
            Arc::make_mut(&mut self.names).insert(source, Arc::new(name));
        }
    }

    fn take_out(&mut self, source: &SourceId) {
        if self.summaries.contains_key(source) {
            Arc::make_mut(&mut self.summaries).remove(source);
            Arc::make_mut(&mut self.names).remove(source);
        }
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
        Ok(self.overview(damage)?.names)
    }

    /// Returns the summaries of all states that can be read; the first call reads them.
    pub(in crate::store) fn source_summaries(
        &self,
        damage: &DamageLog,
    ) -> Result<Arc<SourceSummaries>, StoreError> {
        Ok(self.overview(damage)?.summaries)
    }

    fn overview(&self, damage: &DamageLog) -> Result<Overview, StoreError> {
        if let Some(overview) = sync::read(&self.overview.0).as_ref() {
            return Ok(overview.clone());
        }
        // Whoever writes a state meanwhile waits to note it.
        let mut table = sync::write(&self.overview.0);
        if let Some(overview) = table.as_ref() {
            return Ok(overview.clone());
        }
        let mut overview = Overview::default();
        self.each_state(damage, |source, state| overview.put(source, state))?;
        *table = Some(overview.clone());
        Ok(overview)
    }
}

/// Returns the source whose state stands under this key.
fn source_of(key: &[u8]) -> Option<SourceId> {
    std::str::from_utf8(key).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Health;
    use crate::store::codec::source::state::write_state;
    use crate::store::ledger::tree::SOURCES;

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
        ledger.put(SOURCES, b"a/one", &state("One")).unwrap();
        ledger.put(SOURCES, b"a/two", &state("Two")).unwrap();
        let names = || ledger.source_names(&damage).unwrap();
        let first = names();
        let one: SourceId = "a/one".parse().unwrap();
        assert_eq!(first[&one].title.as_deref(), Some("One"));

        ledger.put(SOURCES, b"a/one", &state("One")).unwrap();
        assert!(Arc::ptr_eq(&first, &names()), "nothing is another");

        ledger.put(SOURCES, b"a/one", &state("Other")).unwrap();
        let second = names();
        assert_eq!(second[&one].title.as_deref(), Some("Other"));
        let two: SourceId = "a/two".parse().unwrap();
        assert!(Arc::ptr_eq(&first[&two], &second[&two]));

        ledger.take_out(SOURCES, b"a/one").unwrap();
        assert!(!names().contains_key(&one));
        ledger.put(SOURCES, b"a/one", b"garbage").unwrap();
        assert!(!names().contains_key(&one));
    }

    /// Step of a run: what happens to a state.
    #[derive(Clone, Debug)]
    enum Step {
        Put(u8, Vec<u8>),
        Remove(u8),
        /// Written beside the journal, as fsck and import do.
        Set(u8, Vec<u8>),
        Forget(u8),
        /// Asked for, and held while it goes on.
        Hold,
    }

    fn any_state() -> impl Strategy<Value = Vec<u8>> {
        let failing = |code: &str| Health::Failing {
            code: code.to_owned(),
            message: "why".to_owned(),
        };
        let health = prop::sample::select(vec![
            Health::Unknown,
            Health::Good,
            failing("timeout"),
            failing("held_back"),
            failing("rebuilt"),
        ]);
        let at = prop::option::of(0_i64..4_000_000_000);
        let state = (health, at.clone(), at, prop::option::of("[a-c]"));
        let state = state.prop_map(|(health, due, polled, title)| {
            let time = |at: Option<i64>| at.map(|at| jiff::Timestamp::from_second(at).unwrap());
            let host = time(due).map(|at| crate::model::BreakerState {
                at,
                until: at,
                failures: 1,
            });
            write_state(&SourceState {
                health,
                title,
                host,
                asked: WebUrl::parse("https://paper.example/feed"),
                due: time(due),
                polled: time(polled),
                ..SourceState::default()
            })
        });
        prop_oneof![9 => state, 1 => Just(b"garbage".to_vec())]
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let source = 0_u8..6;
        prop_oneof![
            4 => (source.clone(), any_state()).prop_map(|(n, state)| Step::Put(n, state)),
            2 => source.clone().prop_map(Step::Remove),
            1 => (source.clone(), any_state()).prop_map(|(n, state)| Step::Set(n, state)),
            1 => source.prop_map(Step::Forget),
            2 => Just(Step::Hold),
        ]
    }

    /// Overview as it is found by reading all states.
    fn from_scratch(ledger: &Ledger, damage: &DamageLog) -> (SourceNames, SourceSummaries) {
        let (mut names, mut summaries) = (SourceNames::new(), SourceSummaries::new());
        for (source, state) in ledger.states(damage).unwrap() {
            summaries.insert(source.clone(), SourceSummary::of(&state));
            let SourceState { title, site, .. } = state;
            names.insert(source, Arc::new(SourceName { title, site }));
        }
        (names, summaries)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_overview_is_what_reading_all_states_finds(
            steps in prop::collection::vec(any_step(), 1..40),
        ) {
            let dir = tempfile::TempDir::new().unwrap();
            let damage = DamageLog::default();
            let mut ledger = Ledger::open(dir.path(), &damage).unwrap();
            let mut held = Vec::new();
            for step in steps {
                let name = |n: u8| format!("a/{n}");
                match step {
                    Step::Put(n, state) => ledger.put(SOURCES, name(n).as_bytes(), &state).unwrap(),
                    Step::Remove(n) => ledger.take_out(SOURCES, name(n).as_bytes()).unwrap(),
                    Step::Set(n, state) => ledger.set_state(&name(n), &state).unwrap(),
                    Step::Forget(n) => ledger.forget_state(&name(n)).unwrap(),
                    Step::Hold => {
                        let summaries = ledger.source_summaries(&damage).unwrap();
                        held.push((Arc::clone(&summaries), (*summaries).clone()));
                    }
                }
                let (names, summaries) = from_scratch(&ledger, &damage);
                prop_assert_eq!(&*ledger.source_names(&damage).unwrap(), &names);
                prop_assert_eq!(&*ledger.source_summaries(&damage).unwrap(), &summaries);
            }
            for (held, copy) in held {
                prop_assert_eq!(&*held, &copy, "who holds one sees one moment");
            }
            let (names, summaries) = from_scratch(&ledger, &damage);
            ledger.flush().unwrap();
            drop(ledger);
            ledger = Ledger::open(dir.path(), &damage).unwrap();
            prop_assert_eq!(&*ledger.source_names(&damage).unwrap(), &names);
            prop_assert_eq!(&*ledger.source_summaries(&damage).unwrap(), &summaries);
        }
    }
}
