//! The list of news on a page that has no rule.
//!
//! Links that stand in the same kind of place make a group. The group whose
//! links say most, lead to articles and stand where news stand is the list; a
//! front page has several.

use std::collections::{HashMap, HashSet};

use dom_query::{NodeId, NodeRef};

use super::anchor::{Anchor, anchors, width};
use super::imprint::Dated;
use super::line;
use super::tree::Page;
use crate::model::Draft;
use crate::source::Setting;

/// The widest link that is no headline: Chinese headlines have six characters
/// at least.
const NARROW: usize = 10;

/// From here on a link is as good a headline as a wider one.
const WIDE: usize = 26;

/// A headline on a front page is this wide at least.
const FRONT: usize = 14;

/// Links in the same kind of place.
struct Group<'l, 'a> {
    anchors: Vec<&'l Anchor<'a>>,
    score: f64,
}

/// The entries of the list, or lists, that a page shows.
pub(super) fn entries(page: &Page, setting: &Setting<'_>) -> Vec<Draft> {
    let anchors = anchors(page);
    let mut groups = grouped(&anchors);
    groups.sort_by(|one, other| other.score.total_cmp(&one.score));
    let Some(best) = groups.first().filter(|best| best.score > 0.0) else {
        return Vec::new();
    };
    let chosen = if is_front(page, &groups) {
        front(&anchors)
    } else {
        alike(best, &groups)
    };
    drafts(&chosen, setting)
}

fn grouped<'l, 'a>(anchors: &'l [Anchor<'a>]) -> Vec<Group<'l, 'a>> {
    let mut by_path: HashMap<u64, Vec<&Anchor<'a>>> = HashMap::new();
    let mut order = Vec::new();
    for anchor in anchors {
        let group = by_path.entry(anchor.path).or_insert_with(|| {
            order.push(anchor.path);
            Vec::new()
        });
        group.push(anchor);
    }
    let groups = order.iter().filter_map(|path| by_path.remove(path));
    groups
        .map(|anchors| Group {
            score: score(&anchors),
            anchors,
        })
        .collect()
}

/// How much a group looks like the list of news.
#[expect(clippy::cast_precision_loss, reason = "there are few links")]
fn score(anchors: &[&Anchor<'_>]) -> f64 {
    let mut seen = HashSet::new();
    let mut said = HashSet::new();
    let mut sum = 0.0;
    let mut n_unlike = 0;
    for anchor in anchors {
        let is_new = said.insert(anchor.title.as_str());
        if !seen.insert(&anchor.url) {
            continue;
        }
        n_unlike += usize::from(is_new);
        let wide = anchor.width.saturating_sub(NARROW).min(WIDE - NARROW);
        let likely = if anchor.is_article { 1.0 } else { 0.35 };
        let placed = if anchor.is_aside { 0.25 } else { 1.0 };
        sum += wide as f64 / (WIDE - NARROW) as f64 * likely * placed;
    }
    if seen.len() < 2 {
        sum *= 0.3;
    }
    // 阅读全文, 阅读全文, 阅读全文: as many links, but nothing said.
    let distinct = n_unlike as f64 / seen.len().max(1) as f64;
    sum * distinct * distinct
}

/// The group and those of the same make, as `li.odd` and `li.even`, `td.red` and `td.gray` are.
fn alike<'l, 'a>(best: &Group<'l, 'a>, groups: &[Group<'l, 'a>]) -> Vec<&'l Anchor<'a>> {
    let tags = best.anchors[0].tags;
    let is_aside = best.anchors[0].is_aside;
    let mean = mean_width(best);
    let is_alike = |group: &&Group<'_, '_>| {
        let first = group.anchors[0];
        let is_as_wide = mean_width(group) * 2 >= mean;
        first.tags == tags && first.is_aside == is_aside && is_as_wide && group.score > 0.0
    };
    let alike = groups.iter().filter(is_alike);
    let mut anchors: Vec<_> = alike
        .flat_map(|group| group.anchors.iter().copied())
        .collect();
    anchors.sort_by_key(|anchor| anchor.node.id);
    anchors
}

fn mean_width(group: &Group<'_, '_>) -> usize {
    let sum: usize = group.anchors.iter().map(|anchor| anchor.width).sum();
    sum / group.anchors.len().max(1)
}

/// Whether a page has several lists of which none is the list.
fn is_front(page: &Page, groups: &[Group<'_, '_>]) -> bool {
    let path = page.base.to_url().path().to_owned();
    let is_root = path.trim_matches('/').split('/').count() <= 1
        && !path.contains(|c: char| c.is_ascii_digit());
    let best = groups.first().map_or(0.0, |best| best.score);
    let rest: f64 = groups.iter().skip(1).map(|group| group.score).sum();
    let n_good = groups
        .iter()
        .filter(|group| group.score > best / 8.0)
        .count();
    is_root && n_good >= 4 && rest > best * 1.2
}

/// All headlines of a front page.
fn front<'l, 'a>(anchors: &'l [Anchor<'a>]) -> Vec<&'l Anchor<'a>> {
    let is_headline = |anchor: &&Anchor<'_>| anchor.is_article && anchor.width >= FRONT;
    anchors.iter().filter(is_headline).collect()
}

/// One draft for each address; of several links to it the one that says most.
fn drafts(chosen: &[&Anchor<'_>], setting: &Setting<'_>) -> Vec<Draft> {
    let dates = dates(chosen, setting);
    let mut at: HashMap<&str, usize> = HashMap::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for (anchor, dated) in chosen.iter().zip(dates) {
        let place = *at.entry(anchor.url.as_str()).or_insert(drafts.len());
        if place == drafts.len() {
            drafts.push(Draft {
                link: Some(anchor.url.clone()),
                ..Draft::default()
            });
        }
        let draft = &mut drafts[place];
        draft.published = draft.published.or(dated.map(|dated| dated.moment));
        let is_wider = |old: &String| width(old) < anchor.width;
        if draft.title.as_ref().is_none_or(is_wider) {
            draft.title = Some(anchor.title.clone());
        }
    }
    drafts.retain(|draft| draft.title.as_ref().is_some_and(|title| width(title) > 3));
    drafts.truncate(setting.limits.entries);
    drafts
}

/// The date beside each link: in the largest element around it that holds no
/// other link of the list.
fn dates(chosen: &[&Anchor<'_>], setting: &Setting<'_>) -> Vec<Option<Dated>> {
    let mut held: HashMap<NodeId, usize> = HashMap::new();
    for anchor in chosen {
        for outer in anchor.node.ancestors_it(None) {
            *held.entry(outer.id).or_default() += 1;
        }
    }
    let mut dates: Vec<Option<Dated>> = Vec::new();
    for anchor in chosen {
        let alone = |outer: &NodeRef<'_>| held.get(&outer.id) == Some(&1);
        let item = anchor.node.ancestors_it(None).take_while(alone).last();
        let item = item.unwrap_or(anchor.node);
        dates.push(date(&item, anchor, setting));
    }
    dates
}

fn date(item: &NodeRef<'_>, anchor: &Anchor<'_>, setting: &Setting<'_>) -> Option<Dated> {
    let machine = item.descendants_it().find(|node| node.has_name("time"));
    let machine = machine.and_then(|node| node.attr("datetime"));
    let machine = machine.and_then(|text| Dated::find(&text, setting));
    machine.or_else(|| {
        let lines = line::lines(item);
        let rests = lines
            .iter()
            .map(|line| line.text.replace(&anchor.title, " "));
        let mut rests = rests.filter(|rest| rest.chars().nth(80).is_none());
        rests.find_map(|rest| Dated::find(&rest, setting))
    })
}
