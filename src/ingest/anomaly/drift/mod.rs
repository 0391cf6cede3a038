//! Drift detection: whether what came of a source is normal for it. "No news" and "the page
//! was rebuilt" look alike to a selector, and only one of them is to be believed.
//!
//! A rule of `[source.expect]` always holds. Beside it, a page teaches what it
//! usually brings; a document that is otherwise is held back. Fewer items for
//! `DRIFT_SETTLES_AFTER` are how the page is now, and it is learned afresh. What lost its
//! titles, links or dates lost what made it a list: waiting never makes it one
//! again. Changed rules are a new beginning at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{Baseline, ExtractionCounts};
use crate::source::Reader;
use crate::source::json::JsonSelector;
use crate::source::page::{ListRules, Selector};
use crate::text::fingerprint;

/// Time for which a page may be otherwise before that is how it is.
const DRIFT_SETTLES_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Documents from which on a baseline is used.
const MIN_BASELINE_DOCUMENTS: u32 = 4;

/// Items from which on a share of them means something.
const MIN_ITEMS: u32 = 3;

/// Share per mille of the items from which on nearly all have a thing: usual, so far.
const NEARLY_ALL_PER_MILLE: u32 = 850;
/// Share per mille of the items below which titles and links count as lost.
const HALF_PER_MILLE: u32 = 500;
/// Share per mille of the items below which dates count as lost.
const NEARLY_NONE_PER_MILLE: u32 = 100;

/// Upper limit of days looked at for `expect.every`.
const MAX_DAYS: i64 = 400;

/// Deviation from what is normal; new items are held back for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Code for machines: `too_few_items`, `rebuilt`.
    pub code: &'static str,
    /// Sentence for people: what is seen, what was expected, what to do.
    pub message: String,
}

/// Verdict on what came of a document. Its baseline becomes part of the source's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftVerdict {
    /// Deviation, if there is one.
    pub breach: Option<Breach>,
    /// Baseline to remember: with this document learned, unless there is a deviation.
    pub baseline: Baseline,
}

/// Judges the extraction counts of a document, first by `[source.expect]`, then by the
/// baseline.
#[must_use]
pub fn judge(
    source: &Source,
    before: &Baseline,
    counts: &ExtractionCounts,
    now: Timestamp,
) -> DriftVerdict {
    let rules = rules(source);
    let known = match before.rules == rules {
        true => *before,
        false => Baseline {
            rules,
            ..Baseline::default()
        },
    };
    let breach = declared(source, counts).or_else(|| unmatched(source, &known, counts));
    if let Some(breach) = breach {
        return DriftVerdict {
            breach: Some(breach),
            baseline: known,
        };
    }
    let odd = learned(source, &known, counts);
    let since = known.odd_since.unwrap_or(now);
    let is_settled = now.duration_since(since) >= DRIFT_SETTLES_AFTER;
    match odd {
        Some(odd) if !is_settled || odd.is_lasting => DriftVerdict {
            breach: Some(odd.breach),
            baseline: Baseline {
                odd_since: Some(since),
                ..known
            },
        },
        Some(_) => DriftVerdict {
            breach: None,
            baseline: learn(
                Baseline {
                    rules,
                    ..Baseline::default()
                },
                counts,
            ),
        },
        None => DriftVerdict {
            breach: None,
            baseline: learn(known, counts),
        },
    }
}

/// Describes the silence of a source that is longer than `expect.every`, counted in time on
/// the days of `expect.days`. `None` if it is not, or nothing is expected or known.
#[must_use]
pub fn overdue(source: &Source, news: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let (every, news) = (source.expect.every?, news?);
    let zone = &source.timezone;
    let mut silent = Duration::ZERO;
    let mut from = news.to_zoned_datetime(zone.clone());
    let end = now.to_zoned_datetime(zone.clone());
    for _ in 0..MAX_DAYS {
        if from >= end {
            break;
        }
        let midnight = from.tomorrow().and_then(|day| day.start_of_day()).ok()?;
        let until = midnight.clone().min(end.clone());
        if source.expect.days.has(from.weekday()) {
            let part = Duration::try_from(until.duration_since(&from));
            silent += part.unwrap_or_default();
        }
        from = midnight;
    }
    let is_late = silent > every || from < end;
    let last = news
        .to_zoned_datetime(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    is_late.then(|| {
        format!(
            "nothing new since {last}, expect.every says otherwise: look whether the page has moved, \
             or adjust [source.expect]"
        )
    })
}

/// Compares the counts with `[source.expect]`.
fn declared(source: &Source, counts: &ExtractionCounts) -> Option<Breach> {
    let min = source.expect.min_items?;
    let n = counts.items;
    (n < min).then(|| Breach {
        code: "too_few_items",
        message: format!(
            "{n} items, expect.min_items says {min}: new ones are held back; look at the page, \
             then adjust [source.list] or [source.expect]"
        ),
    })
}

/// Checks items that a rule names and that were never there, or never had the headline that a
/// rule names: a selector that is wrong.
fn unmatched(source: &Source, known: &Baseline, counts: &ExtractionCounts) -> Option<Breach> {
    let (item, title) = match &source.reader {
        Reader::Page(rules) => typed(rules.list.as_ref()?, Selector::as_typed),
        Reader::Json(rules) => typed(&rules.list, JsonSelector::as_typed),
        Reader::Feed | Reader::Sitemap(_) => return None,
    };
    let never = |key: &str, selector: &str| Breach {
        code: "no_items",
        message: format!(
            "list.{key} `{selector}` has matched nothing so far: look at the page and adjust the \
             selector; if the list is written by a script, make the address that the script asks \
             the source"
        ),
    };
    if counts.items == 0 && known.items == 0 {
        return item.map(|selector| never("item", selector));
    }
    let has_none = counts.items > 0 && counts.titles == 0 && known.titles == 0;
    title
        .filter(|_| has_none)
        .map(|selector| never("title", selector))
}

/// Selectors of items and headlines as typed. One of items in a container is left out: a
/// container that is there and empty says that there is no news.
fn typed<S>(rules: &ListRules<S>, as_typed: fn(&S) -> &str) -> (Option<&str>, Option<&str>) {
    let item = rules.item.as_ref().filter(|_| rules.container.is_none());
    (item.map(as_typed), rules.title.as_ref().map(as_typed))
}
/// Unusual counts.
struct Odd {
    breach: Breach,
    /// Whether it stays odd, however long it is so.
    is_lasting: bool,
}

/// Compares the counts with the baseline: only for pages and JSON, from [`MIN_BASELINE_DOCUMENTS`] documents
/// on.
fn learned(source: &Source, known: &Baseline, counts: &ExtractionCounts) -> Option<Odd> {
    let is_page = matches!(source.reader, Reader::Page(_) | Reader::Json(_));
    if !is_page || known.documents < MIN_BASELINE_DOCUMENTS {
        return None;
    }
    let usual = known.items / 16;
    let by_itself = match &source.reader {
        Reader::Page(rules) => rules.list.as_ref().is_none_or(|list| list.item.is_none()),
        Reader::Json(rules) => rules.list.item.is_none(),
        Reader::Feed | Reader::Sitemap(_) => false,
    };
    // Where a rule finds the items, few of them are few news.
    if by_itself && usual >= 4 && counts.items * 4 < usual {
        let seen = format!("{} items where {usual} are usual", counts.items);
        return Some(Odd {
            breach: rebuilt(&seen, "if it stays so for three days, that is how it is"),
            is_lasting: false,
        });
    }
    if counts.items < MIN_ITEMS {
        return None;
    }
    let lost = |name: &str, was: u32, is: u32, least: u32| {
        let share = per_mille(is, counts.items);
        let is_lost = was >= NEARLY_ALL_PER_MILLE && share < least;
        is_lost.then(|| {
            let seen = format!(
                "{is} of {} items have a {name}, usually nearly all do",
                counts.items
            );
            Odd {
                breach: rebuilt(&seen, "any change there is a new beginning"),
                is_lasting: true,
            }
        })
    };
    lost(
        "title of their own",
        known.titles,
        counts.titles,
        HALF_PER_MILLE,
    )
    .or_else(|| {
        lost(
            "link of their own",
            known.links,
            counts.links,
            HALF_PER_MILLE,
        )
    })
    .or_else(|| lost("date", known.dates, counts.dates, NEARLY_NONE_PER_MILLE))
}

fn rebuilt(seen: &str, way_out: &str) -> Breach {
    Breach {
        code: "rebuilt",
        message: format!(
            "{seen}: the page may have been rebuilt, new items are held back; look at it and adjust \
             [source.list] or [source.expect] – {way_out}"
        ),
    }
}

/// Takes a document into the baseline: a moving mean over about eight documents.
fn learn(known: Baseline, counts: &ExtractionCounts) -> Baseline {
    let weight = known.documents.min(7);
    let mean = |old: u32, new: u32| {
        let sum = u64::from(old) * u64::from(weight) + u64::from(new);
        u32::try_from(sum / u64::from(weight + 1)).unwrap_or(u32::MAX)
    };
    // An empty list says nothing about what is in one.
    let share = |old: u32, n: u32| match counts.items {
        0 => old,
        items => mean(old, per_mille(n, items)),
    };
    Baseline {
        rules: known.rules,
        documents: known.documents.saturating_add(1),
        items: mean(known.items, counts.items.saturating_mul(16)),
        titles: share(known.titles, counts.titles),
        links: share(known.links, counts.links),
        dates: share(known.dates, counts.dates),
        odd_since: None,
    }
}

fn per_mille(part: u32, all: u32) -> u32 {
    let share = u64::from(part) * 1000 / u64::from(all.max(1));
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// Hashes all that decides what comes of a document: address, reader, expectations.
fn rules(source: &Source) -> u64 {
    let rules = format!("{} {:?} {:?}", source.url, source.reader, source.expect);
    fingerprint::hash(&rules)
}

#[cfg(test)]
mod tests;
