//! Tests of drift: learned norms and their breaches.

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
