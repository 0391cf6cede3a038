//! Promises of identity, poll by poll.

use super::*;
use crate::config::IdentityKey;
use crate::ingest::identity::Flood;
use crate::model::{Content, Moment, Precision, WebUrl};
use crate::source::Reader;

/// Source and its seen set.
struct Desk {
    source: Source,
    roll: SeenEntries,
}

impl Desk {
    fn new() -> Desk {
        let url = WebUrl::parse("https://a.example/rss").unwrap();
        Desk {
            source: Source::new("a/b".parse().unwrap(), url, Reader::Feed),
            roll: SeenEntries::default(),
        }
    }

    /// Polls a document; returns the ids of its entries.
    fn poll(&mut self, drafts: &[Draft]) -> Vec<ItemId> {
        self.read(drafts, false)
    }

    fn read(&mut self, drafts: &[Draft], is_part: bool) -> Vec<ItemId> {
        let Identified { entries, guids } = identify(&self.source, &self.roll, drafts.to_vec());
        let known = entries.iter().map(|entry| entry.known).collect();
        self.roll = next_roll(&self.roll, known, &guids, &Flood::None, is_part);
        entries.iter().map(|entry| entry.id).collect()
    }
}

/// Makes an entry; empty fields are absent.
fn draft(guid: &str, link: &str, title: &str) -> Draft {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Draft {
        guid: some(guid),
        link: WebUrl::parse(link),
        title: some(title),
        ..Draft::default()
    }
}

fn dated(second: i64, draft: Draft) -> Draft {
    let at = jiff::Timestamp::from_second(second).unwrap();
    let precision = Precision::Second;
    Draft {
        published: Some(Moment { at, precision }),
        ..draft
    }
}

fn saying(text: &str, draft: Draft) -> Draft {
    let content = Content {
        value: text.to_owned(),
        ..Content::default()
    };
    Draft {
        content: vec![content],
        ..draft
    }
}

fn ids(drafts: &[Draft]) -> Vec<ItemId> {
    Desk::new().poll(drafts)
}

fn url(n: usize) -> String {
    format!("https://a.example/{n}")
}

/// Makes entries with guid, link, title and date of their own.
fn news(range: std::ops::Range<usize>, guid: impl Fn(usize) -> String) -> Vec<Draft> {
    range
        .map(|n| {
            let title = format!("something happened in town {n}");
            dated(n as i64 * 3600, draft(&guid(n), &url(n), &title))
        })
        .collect()
}

#[test]
fn order_and_neighbours_do_not_matter() {
    let one = draft("1", &url(1), "one");
    let two = draft("2", &url(2), "two");
    let there = ids(&[one.clone(), two.clone()]);
    let back = ids(&[two, one]);
    assert_eq!(there, [back[1], back[0]]);
}

#[test]
fn a_document_in_another_order_leaves_the_roll_as_it_is() {
    let mut desk = Desk::new();
    let mut all = news(0..20, |n| n.to_string());
    desk.poll(&all);
    let roll = desk.roll.clone();
    all.reverse();
    desk.poll(&all);
    assert_eq!(desk.roll, roll);
}

#[test]
fn one_guid_on_every_entry_keeps_them_apart() {
    let same: Vec<Draft> = (0..5).map(|n| draft("x", &url(n), "t")).collect();
    let mut desk = Desk::new();
    let all = desk.poll(&same);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 5);
    assert_eq!(desk.poll(&same[1..]), all[1..], "also when one drops out");
    assert_eq!(desk.poll(&same[4..]), all[4..], "also alone");
}

#[test]
fn a_neighbour_with_the_same_guid_changes_no_id() {
    let mut desk = Desk::new();
    let one = dated(1, draft("x", &url(1), "one"));
    let two = dated(2, draft("x", &url(2), "two"));
    let first = desk.poll(std::slice::from_ref(&one))[0];
    let both = desk.poll(&[two.clone(), one.clone()]);
    assert_eq!(both[1], first);
    assert_ne!(both[0], first);
    assert_eq!(desk.poll(std::slice::from_ref(&two)), both[..1]);
    assert_eq!(desk.poll(std::slice::from_ref(&one)), both[1..]);
}

#[test]
fn one_guid_on_one_entry_after_another_keeps_them_apart() {
    let mut desk = Desk::new();
    let one = dated(1, draft("x", &url(1), "one"));
    let two = dated(2, draft("x", &url(2), "two"));
    let three = dated(3, draft("x", &url(3), "three"));
    let all: HashSet<ItemId> = [one, two, three]
        .iter()
        .flat_map(|draft| desk.poll(std::slice::from_ref(draft)))
        .collect();
    assert_eq!(all.len(), 3);
}

#[test]
fn new_guids_for_all_are_the_same_entries() {
    let mut desk = Desk::new();
    let before = desk.poll(&news(0..200, |n| format!("http://a.example/?p={n}")));
    let after = desk.poll(&news(0..200, |n| format!("https://a.example/?p={n}")));
    assert_eq!(before, after);
    // And one more that is really new.
    let more = desk.poll(&news(0..201, |n| format!("https://a.example/?p={n}")));
    assert_eq!(more[..200], before);
    assert!(!before.contains(&more[200]));
}

#[test]
fn a_move_to_another_site_is_the_same_entries() {
    for is_dated in [true, false] {
        let mut desk = Desk::new();
        let make = |base: &str| -> Vec<Draft> {
            let one = |n: usize| {
                let title = format!("in town {n} it has snowed");
                let link = format!("{base}{n}");
                let draft = draft(&link, &link, &title);
                if is_dated {
                    dated(n as i64, draft)
                } else {
                    draft
                }
            };
            (0..30).map(one).collect()
        };
        let before = desk.poll(&make("https://old.example/article?id="));
        let after = desk.poll(&make("https://new.example/news/"));
        assert_eq!(before, after, "dated: {is_dated}");
    }
}

#[test]
fn the_same_headlines_every_day_are_new_every_day() {
    let mut desk = Desk::new();
    let day = |day: i64| -> Vec<Draft> {
        let one = |n: i64| {
            let link = format!("https://a.example/{day}/{n}");
            let weather = draft(&link, &link, &format!("weather in district {n}"));
            saying(&format!("{day} degrees"), dated(day * 86_400 + n, weather))
        };
        (0..10).map(one).collect()
    };
    let before = desk.poll(&day(1));
    assert!(desk.poll(&day(2)).iter().all(|id| !before.contains(id)));
}

#[test]
fn new_guids_on_every_poll_are_given_up_and_trusted_again() {
    let mut desk = Desk::new();
    let first = desk.poll(&news(0..20, |n| format!("0-{n}")));
    for poll in 1..6 {
        let again = desk.poll(&news(0..20, |n| format!("{poll}-{n}")));
        assert_eq!(again, first);
    }
    // By now new ones are called by their link.
    let newer = desk.poll(&news(0..21, |n| format!("6-{n}")));
    assert_eq!(
        newer[20],
        ItemId::of(&desk.source.id, &format!("link:{}", url(20)))
    );
    for _ in 0..8 {
        desk.poll(&news(0..21, |n| format!("6-{n}")));
    }
    let healed = desk.poll(&news(0..22, |n| format!("6-{n}")));
    assert_eq!(healed[21], ItemId::of(&desk.source.id, "guid:6-21"));
}

#[test]
fn a_guid_of_two_forms_is_one_entry() {
    let mut desk = Desk::new();
    let form = |scheme: &str| news(0..10, |n| format!("{scheme}://a.example/{n}"));
    let first = desk.poll(&form("http"));
    for scheme in ["https", "http", "https", "http"] {
        assert_eq!(desk.poll(&form(scheme)), first);
    }
}

#[test]
fn a_corrected_headline_in_guid_and_title_is_one_entry() {
    for at in [Some(5), None] {
        let mut desk = Desk::new();
        let make = |guid, title| {
            let draft = saying("one text", draft(guid, &url(1), title));
            at.map_or_else(|| draft.clone(), |at| dated(at, draft.clone()))
        };
        let before = desk.poll(&[make("tow-burns", "Tow burns")]);
        assert_eq!(desk.poll(&[make("town-burns", "Town burns")]), before);
    }
}

#[test]
fn entries_of_one_live_page_are_kept_apart() {
    let entry = |n: i64, guid: &str| {
        let link = format!("https://a.example/live#{n}");
        let draft = draft(guid, &link, &format!("event {n}"));
        dated(n, draft)
    };
    let mut desk = Desk::new();
    assert_eq!(
        desk.poll(&[entry(1, ""), entry(2, ""), entry(3, "")]).len(),
        3
    );
    let mut desk = Desk::new();
    let all: HashSet<ItemId> = (1..5)
        .flat_map(|n| desk.poll(&[entry(n, &format!("g{n}"))]))
        .collect();
    assert_eq!(all.len(), 4, "also one after the other");
}

#[test]
fn a_link_that_stands_twice_in_a_list_counts_once() {
    let short = draft("", &url(1), "one");
    let long = draft("", &url(1), "one, the whole headline");
    for list in [[short.clone(), long.clone()], [long, short]] {
        let identified = identify(&Desk::new().source, &SeenEntries::default(), list.to_vec());
        let titles: Vec<&str> = identified
            .entries
            .iter()
            .filter_map(|entry| entry.draft.title.as_deref())
            .collect();
        assert_eq!(titles, ["one, the whole headline"]);
    }
}

#[test]
fn the_same_entry_twice_counts_once() {
    let one = draft("1", &url(1), "one");
    assert_eq!(ids(&[one.clone(), one]).len(), 1);
}

#[test]
fn without_guid_the_link_counts_and_noise_does_not() {
    let mut desk = Desk::new();
    desk.source.strip_params = vec!["sid".to_owned()];
    let plain = draft("", "https://a.example/1?sid=77", "one");
    let tracked = draft(
        "",
        "https://a.example/1?sid=12&utm_source=rss",
        "One, corrected",
    );
    assert_eq!(one(&mut desk, &plain), one(&mut desk, &tracked));
    let (first, other) = (identified(&desk, plain), identified(&desk, tracked));
    assert_eq!(first.known.link, other.known.link);
}

fn one(desk: &mut Desk, draft: &Draft) -> ItemId {
    desk.poll(std::slice::from_ref(draft))[0]
}

fn identified(desk: &Desk, draft: Draft) -> IdentifiedEntry {
    let mut identified = identify(&desk.source, &desk.roll, vec![draft]);
    identified.entries.remove(0)
}

#[test]
fn how_characters_are_composed_does_not_matter() {
    let mut desk = Desk::new();
    let composed = saying("Crème", draft("", "", "Café\u{a0}zu"));
    let apart = saying("Cre\u{300}me", draft("", "", "Cafe\u{301} zu \r\n"));
    assert_eq!(one(&mut desk, &composed), one(&mut desk, &apart));
    let (one, other) = (identified(&desk, composed), identified(&desk, apart));
    assert_eq!(one.fingerprint, other.fingerprint);
}

#[test]
fn without_anything_entries_are_kept_apart_by_what_they_say() {
    assert_eq!(ids(&[draft("", "", "one"), draft("", "", "two")]).len(), 2);
    let text = |text| saying(text, draft("", "", ""));
    assert_eq!(ids(&[text("one"), text("two"), text("one")]).len(), 2);
}

#[test]
fn an_admin_may_choose_the_rungs() {
    let mut desk = Desk::new();
    desk.source.identity = vec![IdentityKey::Link];
    let before = desk.poll(&[draft("1", &url(1), "one")]);
    assert_eq!(desk.poll(&[draft("2", &url(1), "two")]), before);
    assert_ne!(desk.poll(&[draft("2", &url(2), "two")]), before);

    let mut desk = Desk::new();
    desk.source.trust_guid = Some(true);
    let before = desk.poll(&[draft("1", &url(1), "one")]);
    assert_ne!(desk.poll(&[draft("2", &url(1), "one")]), before);
    assert_eq!(desk.poll(&[draft("1", &url(9), "nine")]), before);

    let mut desk = Desk::new();
    desk.source.trust_guid = Some(false);
    assert_eq!(
        desk.poll(&[draft("1", &url(1), "one")]),
        [ItemId::of(&desk.source.id, &format!("link:{}", url(1)))]
    );
}

#[test]
fn a_window_that_shrinks_and_grows_brings_nothing_new() {
    let mut desk = Desk::new();
    for has_guid in [true, false] {
        let make = |range| {
            news(range, |n| {
                if has_guid {
                    n.to_string()
                } else {
                    String::new()
                }
            })
        };
        let all = desk.poll(&make(0..50));
        assert_eq!(desk.poll(&make(40..50)), all[40..]);
        assert_eq!(desk.poll(&make(0..50)), all);
    }
}

#[test]
fn a_difference_makes_nothing_forgotten() {
    let mut desk = Desk::new();
    let old = news(0..300, |n| n.to_string());
    let ids = desk.poll(&old);
    for day in 0..20 {
        desk.read(&news(300 + day..301 + day, |n| n.to_string()), true);
    }
    // All guids change, so that only the roll can tell.
    let moved = news(20..300, |n| format!("new-{n}"));
    assert_eq!(desk.poll(&moved), ids[20..]);
}

proptest::proptest! {
    #[test]
    fn every_entry_has_an_id_of_its_own_and_keeps_it(
        polls in proptest::collection::vec(proptest::collection::vec((0..4_usize, 0..5_usize, 0..4_usize, 0..3_i64), 0..8), 1..6),
    ) {
        let mut desk = Desk::new();
        for poll in polls {
            let drafts: Vec<Draft> = poll
                .iter()
                .map(|(guid, link, title, at)| {
                    let name = |prefix: &str, n: usize| match n { 0 => String::new(), n => format!("{prefix}{n}") };
                    let entry = draft(&name("g", *guid), &name("https://a.example/", *link), &name("title ", *title));
                    if *at == 0 { entry } else { dated(*at, entry) }
                })
                .collect();
            let here = desk.poll(&drafts);
            let unique: HashSet<&ItemId> = here.iter().collect();
            proptest::prop_assert_eq!(unique.len(), here.len());
// What a document teaches about guids may tell its entries apart otherwise.
            let settled = desk.poll(&drafts);
            proptest::prop_assert_eq!(desk.poll(&drafts), settled, "the same document again");
        }
    }
}
