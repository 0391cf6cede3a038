//! Repair of rules that match nothing any more: rules for the list as the page shows it now.
//!
//! ```text
//!   page
//!     | anchored   the place where most of the known articles are linked; without any, detection
//!     | induce     rules for the list that stands there
//!     | spare      a selector in force that finds as much stays
//!     v
//!   ListRepair
//! ```
//!
//! Known articles tell the list from whatever else of a new page looks like one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use super::anchor::{Anchor, anchors};
use super::{detect, induce};
use crate::model::{Document, ExtractionCounts, ListRepair, RuleRepair, WebUrl};
use crate::source::Setting;
use crate::source::page::dom::{DomPage, Scripts};
use crate::source::page::{ListRules, Rules, Selector};

/// Known articles on a page from which on they tell where its list is.
const MIN_KNOWN: usize = 2;

/// Greatest page that is looked at, in bytes; it is read several times over.
const MAX_PAGE_BYTES: usize = 2 << 20;

/// Place of a selector in the rules.
type Slot = fn(&mut ListRules) -> &mut Option<Selector>;

/// Keys that a repair may change, in the order of the table.
const KEYS: [(&str, Slot); 5] = [
    ("container", |rules| &mut rules.container),
    ("item", |rules| &mut rules.item),
    ("link", |rules| &mut rules.link),
    ("title", |rules| &mut rules.title),
    ("date", |rules| &mut rules.date),
];

/// Proposes rules that find the list of a page, in place of `rules`; `None` if nothing better is found.
///
/// `is_known` tells links of articles that the source had before.
#[must_use]
pub fn repair(
    rules: &ListRules,
    document: &Document,
    setting: &Setting<'_>,
    is_known: &dyn Fn(&WebUrl) -> bool,
) -> Option<ListRepair> {
    if document.body.len() > MAX_PAGE_BYTES {
        return None;
    }
    let page = DomPage::open(document, setting, Scripts::Dropped).ok()?;
    let all = anchors(&page.root(), &page);
    let (chosen, links) = match anchored(&all, is_known) {
        Some(chosen) => {
            let links: HashSet<WebUrl> = chosen.iter().map(|anchor| anchor.url.clone()).collect();
            (chosen, links)
        }
        None => {
            let listed = detect::entries(&page.root(), &page, setting);
            let links = listed.drafts.into_iter().filter_map(|draft| draft.link);
            let links = listed.is_likely.then(|| links.collect())?;
            (detect::chosen(&all, &page), links)
        }
    };
    let induced = induce::rules(&chosen, setting)?.compiled();
    let trial = Trial {
        rules,
        document,
        setting,
        links: links
            .into_iter()
            .filter(|link| rules.is_wanted(Some(link)))
            .collect(),
    };
    let found = trial.spare(induced)?;
    let n_known = trial.links.iter().filter(|link| is_known(link)).count();
    told(rules, found, [trial.links.len(), n_known])
}

/// Writes down what changes; `None` if nothing does.
fn told(before: &ListRules, found: ListRules, [items, known]: [usize; 2]) -> Option<ListRepair> {
    let (mut before, mut found) = (before.clone(), found);
    let rules = KEYS.into_iter().filter_map(|(key, slot)| {
        let toml = |rules: &mut ListRules| slot(rules).as_ref().map(Selector::as_toml);
        let (was, is) = (toml(&mut before), toml(&mut found));
        let is_there = was.is_some() || is.is_some();
        is_there.then(|| RuleRepair {
            key: key.to_owned(),
            was,
            is,
        })
    });
    let rules: Vec<RuleRepair> = rules.collect();
    let is_other = rules.iter().any(|rule| rule.was != rule.is);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    is_other.then(|| ListRepair {
        rules,
        items: count(items),
        known: count(known),
    })
}

/// Finds the links in the place where most of the known articles are linked: elements of the same
/// names and classes, else of the same names. `None` if too few are on the page.
fn anchored<'l, 'a>(
    all: &'l [Anchor<'a>],
    is_known: &dyn Fn(&WebUrl) -> bool,
) -> Option<Vec<&'l Anchor<'a>>> {
    let known: Vec<&Anchor<'_>> = all.iter().filter(|anchor| is_known(&anchor.url)).collect();
    let n_known = n_links(&known);
    if n_known < MIN_KNOWN {
        return None;
    }
    let place = |path: fn(&Anchor<'_>) -> u64| {
        let busiest = busiest(&known, path)?;
        let there: Vec<_> = all.iter().filter(|one| path(one) == busiest).collect();
        let known = there.iter().copied().filter(|one| is_known(&one.url));
        let n_there = n_links(&known.collect::<Vec<_>>());
        Some((there, n_there))
    };
    let (there, n_there) = place(|anchor| anchor.path)?;
    match n_there * 2 >= n_known {
        true => Some(there),
        false => place(|anchor| anchor.tags).map(|(there, _)| there),
    }
}

/// Finds the place that has most of `known`; of equals one that is not at the side, then the first.
fn busiest(known: &[&Anchor<'_>], path: fn(&Anchor<'_>) -> u64) -> Option<u64> {
    let mut places: BTreeMap<u64, Vec<(usize, &Anchor<'_>)>> = BTreeMap::new();
    for (index, anchor) in known.iter().enumerate() {
        places
            .entry(path(anchor))
            .or_default()
            .push((index, anchor));
    }
    let rank = |(_, there): &(u64, Vec<(usize, &Anchor<'_>)>)| {
        let anchors: Vec<&Anchor<'_>> = there.iter().map(|(_, anchor)| *anchor).collect();
        let is_aside = anchors.iter().all(|anchor| anchor.is_aside);
        let first = there.first().map(|(index, _)| *index);
        (n_links(&anchors), !is_aside, Reverse(first))
    };
    places.into_iter().max_by_key(rank).map(|(path, _)| path)
}

fn n_links(anchors: &[&Anchor<'_>]) -> usize {
    let links: HashSet<&WebUrl> = anchors.iter().map(|anchor| &anchor.url).collect();
    links.len()
}

/// Trial of rules on a page.
struct Trial<'t> {
    /// Rules in force.
    rules: &'t ListRules,
    document: &'t Document,
    setting: &'t Setting<'t>,
    /// Links of the list, as far as `url_pattern` lets them through.
    links: HashSet<WebUrl>,
}

impl Trial<'_> {
    /// Puts selectors in force back into `found` wherever they find as much; `None` if `found` does not
    /// find the list.
    fn spare(&self, found: ListRules) -> Option<ListRules> {
        let mut before = self.rules.clone();
        let mut best = ListRules {
            url_pattern: before.url_pattern.clone(),
            ..found
        };
        let mut counts = self.counts(&best)?;
        for (_, slot) in KEYS {
            let mut tried = best.clone();
            slot(&mut tried).clone_from(slot(&mut before));
            if tried.item.is_none() {
                // Without an item there is nothing to look into.
                (tried.link, tried.title, tried.date) = (None, None, None);
            }
            let yields = self.counts(&tried);
            let yields = yields.filter(|is| is.titles >= counts.titles && is.dates >= counts.dates);
            if let Some(yields) = yields {
                (best, counts) = (tried, yields);
            }
        }
        Some(best)
    }

    /// Reads the page by `rules`; `None` unless they find nine tenths of the list, and little else.
    fn counts(&self, rules: &ListRules) -> Option<ExtractionCounts> {
        let rules = Rules {
            list: Some(rules.clone()),
        };
        let reading = super::read(&rules, self.document, self.setting).ok()?;
        let links = reading
            .drafts
            .iter()
            .filter_map(|draft| draft.link.as_ref());
        let n_found = links.filter(|link| self.links.contains(link)).count();
        let is_found = n_found * 10 >= self.links.len() * 9;
        let is_clean = n_found * 10 >= reading.drafts.len() * 8;
        (n_found > 0 && is_found && is_clean).then(|| ExtractionCounts::of(&reading.drafts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::Typed;
    use crate::source::page::testing::{document, setting};

    fn rules(container: &str, item: &str, date: Option<Typed>) -> ListRules {
        let compile = |typed: Typed| Selector::new(&[typed]).unwrap();
        ListRules {
            container: Some(compile(container.into())),
            item: Some(compile(item.into())),
            date: date.map(compile),
            ..ListRules::default()
        }
    }

    /// A page with news about the bridge, and beside them a longer list of what is read most.
    fn page(item: impl Fn(usize) -> String) -> String {
        let items: String = (1..=6).map(item).collect();
        let most: String = (1..=12)
            .map(|n| {
                format!(
                    "<li><a href=/hot/2017/{n}0000{n}.html>去年读者最爱看的长篇报道第{n}篇全文在此</a></li>"
                )
            })
            .collect();
        format!(
            "<html><body><div class=wrap><div class=most><ul>{most}</ul></div><div class=fresh>{items}</div></div></body></html>"
        )
    }

    #[track_caller]
    fn proposed(rules: &ListRules, html: &str, known: &str) -> Option<ListRepair> {
        setting(|setting| {
            repair(rules, &document(html), setting, &|link: &WebUrl| {
                !known.is_empty() && link.as_str().contains(known)
            })
        })
    }

    #[test]
    fn known_articles_tell_the_list_from_a_longer_one_beside_it() {
        let html = page(|n| {
            format!(
                "<p class=row><a href=/2018/100{n}.html>大桥第{n}天</a> <i>2018-03-1{n}</i></p>"
            )
        });
        let old = rules("ul.news", "li", None);
        let found = proposed(&old, &html, "/2018/").unwrap();
        assert_eq!((found.items, found.known), (6, 6));
        assert_eq!(
            found.toml(),
            [
                "[source.list]",
                "# was: container = \"ul.news\"",
                "container = \"div.fresh\"",
                "# was: item = \"li\"",
                "item = \"p.row\"",
            ]
        );
    }

    #[test]
    fn a_selector_that_still_finds_as_much_stays_as_it_was_typed() {
        let html = page(|n| {
            format!(
                "<p class=row><a href=/2018/100{n}.html>大桥第{n}天</a> <i>2018-03-1{n}</i></p>"
            )
        });
        let date = Typed {
            regex: Some(r"(\S+)".to_owned()),
            format: vec!["%Y-%m-%d".to_owned()],
            ..Typed::from("i")
        };
        let old = rules("ul.news", "p", Some(date));
        let found = proposed(&old, &html, "/2018/").unwrap().toml();
        assert_eq!(
            found[2..],
            [
                "container = \"div.fresh\"",
                "item = \"p\"",
                "date = { css = \"i\", regex = \"(\\\\S+)\", format = [\"%Y-%m-%d\"] }",
            ]
        );
    }

    #[test]
    fn rules_that_find_the_list_need_no_repair() {
        let html = page(|n| format!("<p class=row><a href=/2018/100{n}.html>大桥第{n}天</a></p>"));
        let good = rules("div.fresh", "p", None);
        assert_eq!(proposed(&good, &html, "/2018/"), None);
        assert_eq!(proposed(&good, "<p>Nothing here</p>", ""), None);
    }

    #[test]
    fn without_known_articles_the_list_is_detected() {
        let html = page(|n| format!("<p><a href=/2018/100{n}.html>大桥第{n}天</a></p>"));
        let found = proposed(&rules("ul.news", "li", None), &html, "").unwrap();
        assert_eq!((found.items, found.known), (12, 0));
    }
}
