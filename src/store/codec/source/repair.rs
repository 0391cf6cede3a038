//! Repairs of list rules as bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{ListRepair, RuleRepair};

/// Key of a table, its former value, its new one.
type WireRule<'a> = (&'a str, Option<Cow<'a, str>>, Option<Cow<'a, str>>);

/// Repair of list rules: keys with their former and their new values, items found, known ones of them.
#[derive(Serialize, Deserialize)]
pub(super) struct WireRepair<'a> {
    #[serde(borrow)]
    rules: Vec<WireRule<'a>>,
    items: u32,
    known: u32,
}

impl<'a> WireRepair<'a> {
    /// Borrows the value for writing.
    pub(super) fn of(repair: &'a ListRepair) -> WireRepair<'a> {
        let rules = repair.rules.iter().map(|RuleRepair { key, was, is }| {
            let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
            (key.as_str(), text(was), text(is))
        });
        WireRepair {
            rules: rules.collect(),
            items: repair.items,
            known: repair.known,
        }
    }

    /// Returns the value.
    pub(super) fn read(self) -> ListRepair {
        let rules = self.rules.into_iter().map(|(key, was, is)| RuleRepair {
            key: key.to_owned(),
            was: was.map(Cow::into_owned),
            is: is.map(Cow::into_owned),
        });
        ListRepair {
            rules: rules.collect(),
            items: self.items,
            known: self.known,
        }
    }
}
