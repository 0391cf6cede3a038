//! Drift detection: whether what came of a source is normal for it. "No news" and "the page
//! was rebuilt" look alike to a selector, and only one of them is to be believed.
//!
//! What `[source.expect]` says always holds. Beside it, a page teaches what it
//! usually brings; a document that is otherwise is held back. Fewer items for
//! [`PATIENCE`] are how the page is now, and it is learned afresh. What lost its
//! titles, links or dates lost what made it a list: waiting never makes it one
//! again. Changed rules are a new beginning at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{Baseline, ExtractionCounts};
use crate::source::Reader;
use crate::source::page::ListRules;
use crate::text::fingerprint;

/// Time for which a page may be otherwise before that is how it is.
const PATIENCE: SignedDuration = SignedDuration::from_hours(72);

/// Documents from which on a baseline is used.
const KNOWN: u32 = 4;

/// Items from which on a share of them means something.
const ENOUGH: u32 = 3;

/// Share per mille of the items from which on nearly all have a thing: usual, so far.
const NEARLY_ALL: u32 = 850;
/// Share per mille of the items below which titles and links count as lost.
const HALF: u32 = 500;
/// Share per mille of the items below which dates count as lost.
const NEARLY_NONE: u32 = 100;

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
pub struct Verdict {
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
) -> Verdict {
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
        return Verdict {
            breach: Some(breach),
            baseline: known,
        };
    }
    let odd = learned(source, &known, counts);
    let since = known.odd_since.unwrap_or(now);
    let is_settled = now.duration_since(since) >= PATIENCE;
    match odd {
        Some(odd) if !is_settled || odd.is_lasting => Verdict {
            breach: Some(odd.breach),
            baseline: Baseline {
                odd_since: Some(since),
                ..known
            },
        },
        Some(_) => Verdict {
            breach: None,
            baseline: learn(
                Baseline {
                    rules,
                    ..Baseline::default()
                },
                counts,
            ),
        },
        None => Verdict {
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

/// Items that a rule names and that were never there: a selector that is wrong.
fn unmatched(source: &Source, known: &Baseline, counts: &ExtractionCounts) -> Option<Breach> {
    let item = match &source.reader {
        Reader::Page(rules) => never_empty(rules.list.as_ref()?)?.as_typed(),
        Reader::Json(rules) => never_empty(&rules.list)?.as_typed(),
        Reader::Auto | Reader::Feed | Reader::Sitemap(_) => return None,
    };
    let is_never = counts.items == 0 && known.items == 0;
    is_never.then(|| Breach {
        code: "no_items",
        message: format!(
            "list.item `{item}` has matched nothing so far: look at the page and adjust the selector; \
             if the list is written by a script, make the address that the script asks the source"
        ),
    })
}

/// Selector of items that are not in a container: one that is there and empty says that there
/// is no news.
fn never_empty<S>(rules: &ListRules<S>) -> Option<&S> {
    rules.item.as_ref().filter(|_| rules.container.is_none())
}

/// Unusual counts.
struct Odd {
    breach: Breach,
    /// Whether it stays odd, however long it is so.
    is_lasting: bool,
}

/// Compares the counts with the baseline: only for pages and JSON, from [`KNOWN`] documents
/// on.
fn learned(source: &Source, known: &Baseline, counts: &ExtractionCounts) -> Option<Odd> {
    let is_page = matches!(source.reader, Reader::Page(_) | Reader::Json(_));
    if !is_page || known.documents < KNOWN {
        return None;
    }
    let usual = known.items / 16;
    let by_itself = match &source.reader {
        Reader::Page(rules) => rules.list.as_ref().is_none_or(|list| list.item.is_none()),
        Reader::Json(rules) => rules.list.item.is_none(),
        Reader::Auto | Reader::Feed | Reader::Sitemap(_) => false,
    };
    // Where a rule finds the items, few of them are few news.
    if by_itself && usual >= 4 && counts.items * 4 < usual {
        let seen = format!("{} items where {usual} are usual", counts.items);
        return Some(Odd {
            breach: rebuilt(&seen, "if it stays so for three days, that is how it is"),
            is_lasting: false,
        });
    }
    if counts.items < ENOUGH {
        return None;
    }
    let lost = |name: &str, was: u32, is: u32, least: u32| {
        let share = per_mille(is, counts.items);
        let is_lost = was >= NEARLY_ALL && share < least;
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
    lost("title of their own", known.titles, counts.titles, HALF)
        .or_else(|| lost("link of their own", known.links, counts.links, HALF))
        .or_else(|| lost("date", known.dates, counts.dates, NEARLY_NONE))
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
mod tests {
    use super::*;
    use crate::config::{Days, Expect};
    use crate::model::WebUrl;
    use crate::source::page::{Rules, Selector};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn page(expect: Expect) -> Source {
        let url = WebUrl::parse("https://paper.example/list").unwrap();
        let reader = Reader::Page(Box::<Rules>::default());
        Source {
            expect,
            ..Source::new("a/b".parse().unwrap(), url, reader)
        }
    }

    fn counts(items: u32, titles: u32, dates: u32) -> ExtractionCounts {
        ExtractionCounts {
            containers: 1,
            items,
            titles,
            links: items,
            dates,
        }
    }

    fn taught(source: &Source) -> Baseline {
        let now = at("2026-11-23T12:00:00Z");
        (0..6).fold(Baseline::default(), |known, _| {
            judge(source, &known, &counts(20, 20, 20), now).baseline
        })
    }

    #[test]
    fn what_is_declared_holds_from_the_first_document_on() {
        let expect = Expect {
            min_items: Some(5),
            ..Expect::default()
        };
        let source = page(expect);
        let now = at("2026-11-23T12:00:00Z");
        let few = judge(&source, &Baseline::default(), &counts(4, 4, 4), now);
        assert_eq!(few.breach.unwrap().code, "too_few_items");
        let enough = judge(&source, &Baseline::default(), &counts(5, 5, 5), now);
        assert_eq!(enough.breach, None);
    }

    #[test]
    fn a_page_that_loses_its_titles_links_or_dates_was_rebuilt() {
        let source = page(Expect::default());
        let known = taught(&source);
        let now = at("2026-11-23T12:00:00Z");
        let odd = |counts: ExtractionCounts| judge(&source, &known, &counts, now).breach.is_some();
        assert!(!odd(counts(20, 20, 20)));
        assert!(!odd(counts(18, 17, 15)));
        assert!(odd(counts(20, 1, 20)), "titles");
        assert!(odd(counts(20, 20, 0)), "dates");
        assert!(odd(counts(2, 2, 2)), "items");
        assert!(
            odd(ExtractionCounts {
                links: 1,
                ..counts(20, 20, 20)
            }),
            "links"
        );
    }

    #[test]
    fn what_stays_so_is_how_it_is_now() {
        let source = page(Expect::default());
        let mut known = taught(&source);
        let start = at("2026-11-23T12:00:00Z");
        for hour in [0, 24, 48, 71] {
            let now = start.checked_add(SignedDuration::from_hours(hour)).unwrap();
            let verdict = judge(&source, &known, &counts(2, 2, 2), now);
            assert!(verdict.breach.is_some(), "after {hour} hours");
            known = verdict.baseline;
        }
        let later = start.checked_add(SignedDuration::from_hours(72)).unwrap();
        let verdict = judge(&source, &known, &counts(2, 2, 2), later);
        assert_eq!(verdict.breach, None);
        assert_eq!(verdict.baseline.documents, 1);
    }

    #[test]
    fn what_lost_its_dates_is_no_list_however_long_it_stays_so() {
        let source = page(Expect::default());
        let mut known = taught(&source);
        for day in 23..29 {
            let now = at(&format!("2026-11-{day}T12:00:00Z"));
            let verdict = judge(&source, &known, &counts(20, 20, 0), now);
            assert_eq!(verdict.breach.map(|breach| breach.code), Some("rebuilt"));
            known = verdict.baseline;
        }
    }

    #[test]
    fn items_that_were_never_there_are_trouble_from_the_first_document_on() {
        let item = Selector::new(&["div.nope".into()]).unwrap();
        let list = ListRules {
            item: Some(item),
            ..ListRules::default()
        };
        let rules = Box::new(Rules { list: Some(list) });
        let source = Source {
            reader: Reader::Page(rules),
            ..page(Expect::default())
        };
        let now = at("2026-11-23T12:00:00Z");
        let first = judge(&source, &Baseline::default(), &counts(0, 0, 0), now);
        let breach = first.breach.unwrap();
        assert_eq!(breach.code, "no_items");
        assert!(breach.message.contains("div.nope"), "{}", breach.message);
        let again = judge(&source, &first.baseline, &counts(0, 0, 0), now);
        assert!(again.breach.is_some(), "it never becomes normal");
        let known = judge(&source, &again.baseline, &counts(9, 9, 9), now).baseline;
        let empty = judge(&source, &known, &counts(0, 0, 0), now);
        assert_eq!(empty.breach, None, "a list that has items may have none");
    }

    #[test]
    fn other_rules_are_a_new_beginning() {
        let known = taught(&page(Expect::default()));
        let expect = Expect {
            min_items: Some(1),
            ..Expect::default()
        };
        let now = at("2026-11-23T12:00:00Z");
        let verdict = judge(&page(expect), &known, &counts(20, 1, 0), now);
        assert_eq!(verdict.breach, None);
    }

    #[test]
    fn silence_is_counted_on_the_days_that_count() {
        let expect = Expect {
            every: Some(Duration::from_secs(24 * 3600)),
            days: Days::parse("mon-fri").unwrap(),
            ..Expect::default()
        };
        let source = page(expect);
        // Friday noon in Jinan.
        let news = at("2026-11-20T12:00:00+08:00");
        let late = |text: &str| overdue(&source, Some(news), at(text)).is_some();
        assert!(!late("2026-11-21T10:00:00+08:00"));
        assert!(
            !late("2026-11-23T11:00:00+08:00"),
            "a weekend is no silence"
        );
        assert!(late("2026-11-23T13:00:00+08:00"));
        assert!(
            overdue(
                &page(Expect::default()),
                Some(news),
                at("2030-01-01T00:00:00Z")
            )
            .is_none()
        );
    }
}
