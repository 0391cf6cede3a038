//! Which entry is which: ids that the next poll finds again.

use std::collections::{HashMap, HashSet};

use crate::model::{Draft, ItemId, SourceId};
use crate::text::{fingerprint, link};

/// The drafts with their ids, in document order; a draft that says the same as
/// an earlier one is left out.
///
/// A draft is known by its guid, else its link, else title and date, else its
/// text. A guid that stands on several entries with different links (some
/// publishers repeat one guid for all) counts only together with the link, and
/// a link that stands on several entries of different titles and dates (a live
/// page, a home page) only together with the title.
#[must_use]
pub fn identify(source: &SourceId, drafts: Vec<Draft>) -> Vec<(ItemId, Draft)> {
    let shared = shared_guids(&drafts);
    let ambiguous = ambiguous_links(&drafts);
    let mut seen = HashSet::new();
    let mut identified = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let guid = draft
            .guid
            .as_deref()
            .map(str::trim)
            .filter(|guid| !guid.is_empty());
        let is_shared = guid.is_some_and(|guid| shared.contains_key(guid));
        let mut identity = identity(&draft, guid, is_shared);
        if guid.is_none() && ambiguous.contains(&identity) {
            let title = draft.title.as_deref().unwrap_or_default();
            identity = format!("{identity}\ntitle:{}", fingerprint::fold(title));
        }
        let id = ItemId::of(source, &identity);
        if seen.insert(id) {
            identified.push((id, draft));
        }
    }
    identified
}

fn identity(draft: &Draft, guid: Option<&str>, is_shared: bool) -> String {
    let link = draft.link.as_ref().map(link::canonical);
    let text = draft.content.first().map(|content| content.value.as_str());
    match (guid, link, draft.title.as_deref()) {
        (Some(guid), Some(link), _) if is_shared => format!("guid:{guid}\nlink:{link}"),
        (Some(guid), None, title) if is_shared => {
            format!(
                "guid:{guid}\ntitle:{}",
                fingerprint::fold(title.unwrap_or_default())
            )
        }
        (Some(guid), ..) => format!("guid:{guid}"),
        (None, Some(link), _) => format!("link:{link}"),
        (None, None, Some(title)) => {
            let date = draft.published.map(|moment| moment.at.as_second());
            format!("title:{}\ndate:{date:?}", fingerprint::fold(title))
        }
        (None, None, None) => {
            let files: Vec<&str> = draft
                .enclosures
                .iter()
                .map(|file| file.url.as_str())
                .collect();
            let body = text.or(draft.summary.as_deref()).unwrap_or_default();
            format!("text:{:016x}\nfiles:{files:?}", fingerprint::hash(body))
        }
    }
}

/// The identities by link that belong to entries of different titles and dates.
fn ambiguous_links(drafts: &[Draft]) -> HashSet<String> {
    let mut first: HashMap<String, &Draft> = HashMap::new();
    let mut ambiguous = HashSet::new();
    for draft in drafts
        .iter()
        .filter(|draft| draft.guid.is_none() && draft.link.is_some())
    {
        let identity = identity(draft, None, false);
        match first.get(&identity) {
            Some(other) if other.title != draft.title && other.published != draft.published => {
                ambiguous.insert(identity);
            }
            Some(_) => {}
            None => {
                first.insert(identity, draft);
            }
        }
    }
    ambiguous
}

/// The guids that stand on entries with different links or, where there are no
/// links, different titles.
fn shared_guids(drafts: &[Draft]) -> HashMap<String, ()> {
    let mut first: HashMap<&str, (Option<&str>, Option<&str>)> = HashMap::new();
    let mut shared = HashMap::new();
    for draft in drafts {
        let Some(guid) = draft.guid.as_deref().map(str::trim) else {
            continue;
        };
        let this = (
            draft.link.as_ref().map(|link| link.as_str()),
            draft.title.as_deref(),
        );
        match first.get(guid) {
            None => {
                first.insert(guid, this);
            }
            Some(other) => {
                let is_other = if this.0.is_some() {
                    this.0 != other.0
                } else {
                    this.1 != other.1
                };
                if is_other {
                    shared.insert(guid.to_owned(), ());
                }
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;

    fn draft(guid: &str, link: &str, title: &str) -> Draft {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Draft {
            guid: some(guid),
            link: WebUrl::parse(link),
            title: some(title),
            ..Draft::default()
        }
    }

    fn ids(drafts: &[Draft]) -> Vec<ItemId> {
        let source = "a/b".parse().unwrap();
        identify(&source, drafts.to_vec())
            .into_iter()
            .map(|(id, _)| id)
            .collect()
    }

    #[test]
    fn order_and_neighbours_do_not_matter() {
        let one = draft("1", "https://a.example/1", "one");
        let two = draft("2", "https://a.example/2", "two");
        let there = ids(&[one.clone(), two.clone()]);
        let back = ids(&[two, one]);
        assert_eq!(there, [back[1], back[0]]);
    }

    #[test]
    fn one_guid_on_every_entry_keeps_them_apart() {
        let same: Vec<Draft> = (0..5)
            .map(|n| draft("x", &format!("https://a.example/{n}"), "t"))
            .collect();
        let all = ids(&same);
        assert_eq!(all.len(), 5);
        assert_eq!(ids(&same[1..]), all[1..], "also when one drops out");
    }

    #[test]
    fn entries_of_one_live_page_are_kept_apart() {
        let entry = |n: i64| Draft {
            published: Some(crate::model::Moment {
                at: jiff::Timestamp::from_second(n).unwrap(),
                precision: crate::model::Precision::Second,
            }),
            ..draft(
                "",
                &format!("https://a.example/live#{n}"),
                &format!("event {n}"),
            )
        };
        assert_eq!(ids(&[entry(1), entry(2), entry(3)]).len(), 3);
    }

    #[test]
    fn a_link_that_stands_twice_in_a_list_counts_once() {
        let short = draft("", "https://a.example/1", "one");
        let long = draft("", "https://a.example/1", "one, the whole headline");
        assert_eq!(ids(&[short, long]).len(), 1);
    }

    #[test]
    fn the_same_entry_twice_counts_once() {
        let one = draft("1", "https://a.example/1", "one");
        assert_eq!(ids(&[one.clone(), one]).len(), 1);
    }

    #[test]
    fn without_guid_the_link_counts_and_tracking_does_not() {
        let plain = draft("", "https://a.example/1", "one");
        let tracked = draft("", "https://a.example/1?utm_source=rss", "One, corrected");
        assert_eq!(ids(&[plain]), ids(&[tracked]));
    }

    #[test]
    fn without_anything_entries_are_kept_apart_by_title() {
        assert_eq!(ids(&[draft("", "", "one"), draft("", "", "two")]).len(), 2);
    }
}
