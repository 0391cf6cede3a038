//! From the layout of an earlier release to ours, step by step.
//!
//! ```text
//!   layout: 1         a store of an earlier release
//!   layout: 1 to 2    a step is under way; earlier releases refuse it, as does
//!                     every release that does not know the step
//!   layout: 2         and so on, up to ours
//! ```
//!
//! A step that was cut off is done again from its beginning, so doing it twice has
//! to come to the same. It leaves everything readable until it is whole: a release
//! that opens the store after a crash in it finds the mark, and ends it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::version::{self, JOURNAL_FILE, JOURNAL_MIN_BYTES};
use crate::store::error::StoreError;

/// Step from one layout to the next. Done again from its beginning if it was cut off.
pub(in crate::store) struct MigrationStep<'a> {
    /// Layout it begins with; it ends with the next one.
    pub(in crate::store) from: u32,
    /// Description for people.
    pub(in crate::store) what: &'a str,
    /// Work of the step on the store's folder.
    pub(in crate::store) run: &'a dyn Fn(&Path) -> io::Result<()>,
}

/// Brings the store in `dir` from layout `from` to [`version::LAYOUT`].
///
/// # Errors
///
/// Those of the steps; the step that failed is done again at the next start.
pub(in crate::store) fn bring_up(dir: &Path, from: u32) -> Result<(), StoreError> {
    let steps = [
        MigrationStep {
            from: 1,
            what: "commits go through a journal, and old volumes are packed",
            run: &make_journal,
        },
        MigrationStep {
            from: 2,
            what: "stories say how long their texts are",
            run: &read_as_they_are,
        },
        MigrationStep {
            from: 3,
            what: "volumes are folded into tables",
            run: &read_as_they_are,
        },
        MigrationStep {
            from: 4,
            what: "removing goes through the journal, and hashes stand with small files",
            run: &lengthen_journal,
        },
        MigrationStep {
            from: 5,
            what: "volumes are tables and a manifest, which are made when they are opened",
            run: &lengthen_journal,
        },
    ];
    take(dir, from, &steps)
}

/// Takes the steps from layout `from` on; they stand in their order.
fn take(dir: &Path, from: u32, steps: &[MigrationStep<'_>]) -> Result<(), StoreError> {
    for step in steps.iter().skip_while(|step| step.from < from) {
        let to = step.from + 1;
        tracing::info!(
            "bringing the store from layout {} to {to}: {}",
            step.from,
            step.what
        );
        version::set(dir, &version::under_way(step.from))?;
        (step.run)(dir).map_err(|error| {
            StoreError::io(format!("bring {} to layout {to}", dir.display()), error)
        })?;
        version::set(dir, &to.to_string())?;
    }
    Ok(())
}

/// Changes nothing: what the earlier release wrote is read for good, and written anew when it changes;
/// the releases before cannot read that.
fn read_as_they_are(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes the journal as long as those of this release are. Lists of removed items are read as they are.
fn lengthen_journal(dir: &Path) -> io::Result<()> {
    lengthen(&dir.join(JOURNAL_FILE))?;
    File::open(dir)?.sync_all()
}

/// Makes a file at least [`JOURNAL_MIN_BYTES`] long, by a hole.
fn lengthen(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let length = file.metadata()?.len();
    file.set_len(length.max(JOURNAL_MIN_BYTES))?;
    file.sync_all()
}

/// Makes the journal. What is in the databases stays as it is: releases of layout 1 left nothing to be
/// replayed, and cannot read what is packed from now on.
fn make_journal(dir: &Path) -> io::Result<()> {
    File::create(dir.join(JOURNAL_FILE))?.sync_all()?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::fs;

    use super::*;

    fn layout_of(dir: &Path) -> String {
        let text = fs::read_to_string(dir.join("layout")).unwrap();
        text.trim().to_owned()
    }

    /// Three steps, of which each fails the first time, in its middle.
    #[test]
    fn a_migration_that_is_cut_off_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        version::set(dir, "1").unwrap();
        let (failures, log) = (Cell::new(0), RefCell::new(Vec::new()));
        let run = |number: u32| {
            let (failures, log) = (&failures, &log);
            move |_: &Path| {
                log.borrow_mut().push(number);
                if failures.get() < number {
                    failures.set(number);
                    return Err(io::Error::other("the power is gone"));
                }
                Ok(())
            }
        };
        let (one, two, three) = (run(1), run(2), run(3));
        let steps = [
            MigrationStep {
                from: 1,
                what: "one",
                run: &one,
            },
            MigrationStep {
                from: 2,
                what: "two",
                run: &two,
            },
            MigrationStep {
                from: 3,
                what: "three",
                run: &three,
            },
        ];
        let mut seen = Vec::new();
        while layout_of(dir) != "4" {
            let from = version::found_in(dir, 4).unwrap().expect("there is one");
            let _ = take(dir, from, &steps);
            seen.push(layout_of(dir));
        }
        assert_eq!(seen, ["1 to 2", "2 to 3", "3 to 4", "4"]);
        assert_eq!(log.into_inner(), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_release_that_does_not_know_a_step_refuses_its_mark_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        for newer in ["6", "5 to 6", "6 to 7", "17"] {
            version::set(dir, newer).unwrap();
            let before = layout_of(dir);
            let refused = version::found_in(dir, 5);
            assert!(
                matches!(refused, Err(StoreError::NewerLayout { .. })),
                "{newer}: {refused:?}"
            );
            assert_eq!(layout_of(dir), before);
        }
    }
}
