//! Whether rules of a page have stopped matching, so that others are to be looked for, and for how
//! long what was found is shown.

use jiff::Timestamp;

use super::drift;
use crate::config::Source;
use crate::ingest::item::article;
use crate::model::{Health, ListRepair, SourceState};
use crate::source::page::ListRules;
use crate::source::{ParsedDocument, ReadError, Reader};

/// Codes of health that other rules may mend.
const CODES: [&str; 6] = [
    "no_items",
    "no_list",
    "rebuilt",
    "suspicious_empty",
    "too_few_items",
    article::UNMATCHED,
];

/// Returns the rules of a list page that did not do for its document: nothing could be read, or
/// less than is normal. `None` if they did, or the source has none.
#[must_use]
pub fn failed_rules<'s>(
    source: &'s Source,
    before: &SourceState,
    read: &Result<ParsedDocument, ReadError>,
    now: Timestamp,
) -> Option<&'s ListRules> {
    let Reader::Page(rules) = &source.reader else {
        return None;
    };
    let has_failed = match read {
        Err(why) => CODES.contains(&why.code()),
        Ok(parsed) if parsed.leads_on => false,
        Ok(parsed) => {
            let counts = &parsed.counts;
            let is_empty = counts.items == 0 && before.entries > 0;
            let verdict = drift::judge(source, &before.baseline, counts, now);
            is_empty
                || verdict.breach.is_some()
                || article::unmatched(source, counts, &[], before).is_some()
        }
    };
    rules.list.as_ref().filter(|_| has_failed)
}

/// Puts what was `found` at this poll into the state, while that says that the rules do not match. A
/// poll that read no document (`was_read`) finds nothing, and what was found before stays.
pub fn keep(state: &mut SourceState, found: Option<ListRepair>, was_read: bool) {
    if was_read {
        state.repair = found;
    }
    let is_mended = match &state.health {
        Health::Good | Health::Unknown => true,
        Health::Failing { code, .. } => was_read && !CODES.contains(&code.as_str()),
    };
    if is_mended {
        state.repair = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: Option<&str>, found: bool, was_read: bool, want: bool) {
        let repair = ListRepair {
            rules: Vec::new(),
            items: 3,
            known: 2,
        };
        let mut state = SourceState {
            repair: Some(repair.clone()),
            health: match code {
                None => Health::Good,
                Some(code) => Health::Failing {
                    code: code.to_owned(),
                    message: String::new(),
                },
            },
            ..SourceState::default()
        };
        keep(&mut state, found.then_some(repair), was_read);
        assert_eq!(state.repair.is_some(), want, "{code:?}");
    }

    #[test]
    fn a_repair_is_shown_until_the_rules_match() {
        check(Some("rebuilt"), true, true, true);
        check(Some("rebuilt"), false, true, false);
        check(Some("timeout"), false, false, true);
        check(Some("held_back"), true, true, false);
        check(None, false, false, false);
        check(None, true, true, false);
    }
}
