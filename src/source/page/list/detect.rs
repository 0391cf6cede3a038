//! List detection: the list of news on a page that has no rule.
//!
//! Links that stand in the same kind of place make a group. The group whose links say most,
//! lead to articles and stand where news stand is the list; a front page has several.

use std::collections::{HashMap, HashSet};

use dom_query::{NodeId, NodeRef};

use super::anchor::{Anchor, anchors};
use super::dated;
use super::entry;
use super::entry::Listed;
use crate::source::Setting;
use crate::source::page::credits::dateline::{self, Dated};
use crate::source::page::dom::{DomPage, lines};

/// Width up to which a link is no headline: Chinese headlines have six characters at least.
const MAX_LABEL_WIDTH: usize = 10;

/// Width from which on a link is as good a headline as a wider one.
const FULL_SCORE_WIDTH: usize = 26;

/// Least width of a headline on a front page.
const MIN_FRONT_WIDTH: usize = 10;

/// Factor of the score of a group by tags alone, beside one by classes too.
const LOOSE_GROUP_FACTOR: f64 = 0.7;

/// Score above which a group is a list of its own.
const MIN_LIST_SCORE: f64 = 2.0;

/// Elements behind an item that may belong to it.
const MAX_TRAILING_ELEMENTS: usize = 2;

/// Links to one page that one entry has, at most: its picture, headline, teaser, comments,
/// and some more.
const MAX_LINKS: usize = 8;

/// Upper limit of the score of a group at the side.
const MAX_ASIDE_SCORE: f64 = 3.0;

/// Group: links in the same kind of place, with the score of [`score`].
struct Group<'l, 'a> {
    anchors: Vec<&'l Anchor<'a>>,
    score: f64,
}

/// Finds the entries of the list, or lists, that a page shows below `root`.
pub(super) fn entries(root: &NodeRef<'_>, page: &DomPage, setting: &Setting<'_>) -> Listed {
    let anchors = anchors(root, page);
    let chosen = chosen(&anchors, page);
    entry::listed(&chosen, &anchors, dates(&chosen, setting), setting)
}

/// Chooses those of all `anchors` that are the list, or lists.
pub(in crate::source::page) fn chosen<'l, 'a>(
    anchors: &'l [Anchor<'a>],
    page: &DomPage,
) -> Vec<&'l Anchor<'a>> {
    let tight = grouped(anchors, |anchor| anchor.path);
    let loose = grouped(anchors, |anchor| anchor.tags);
    let Some(best) = tight.first().filter(|best| best.score > 0.0) else {
        return Vec::new();
    };
    match loose.first() {
        _ if is_front(page, &tight) => front(anchors),
        Some(loose) if loose.score * LOOSE_GROUP_FACTOR > best.score => loose.anchors.clone(),
        _ => alike(best, &tight),
    }
}

/// Groups links by `path`, best group first.
fn grouped<'l, 'a>(
    anchors: &'l [Anchor<'a>],
    path: impl Fn(&Anchor<'a>) -> u64,
) -> Vec<Group<'l, 'a>> {
    let mut at: HashMap<u64, usize> = HashMap::new();
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    for anchor in anchors {
        let place = *at.entry(path(anchor)).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group {
                anchors: Vec::new(),
                score: 0.0,
            });
        }
        groups[place].anchors.push(anchor);
    }
    for group in &mut groups {
        group.score = score(&group.anchors);
    }
    groups.sort_by(|one, other| other.score.total_cmp(&one.score));
    groups
}

/// Scores a group: how much it looks like the list of news. A wide link to an article of the
/// same site counts about 1.
#[expect(clippy::cast_precision_loss, reason = "there are few links")]
fn score(anchors: &[&Anchor<'_>]) -> f64 {
    let mut seen = HashSet::new();
    let mut said = HashSet::new();
    let mut sum = 0.0;
    let mut n_unlike = 0;
    for anchor in anchors {
        let is_new = said.insert(anchor.card.as_ref().unwrap_or(&anchor.title));
        if !seen.insert(&anchor.url) {
            continue;
        }
        n_unlike += usize::from(is_new);
        let wide = anchor
            .width
            .saturating_sub(MAX_LABEL_WIDTH)
            .min(FULL_SCORE_WIDTH - MAX_LABEL_WIDTH);
        let likely = if anchor.is_article { 1.0 } else { 0.35 };
        let placed = if anchor.is_aside { 0.25 } else { 1.0 };
        let own = if anchor.is_own { 1.0 } else { 0.4 };
        let head = if anchor.is_heading { 1.3 } else { 1.0 };
        sum += wide as f64 / (FULL_SCORE_WIDTH - MAX_LABEL_WIDTH) as f64
            * likely
            * placed
            * own
            * head;
    }
    if seen.len() < 2 {
        sum *= 0.3;
    }
    // 阅读全文, 阅读全文, 阅读全文: as many links, but nothing said.
    let distinct = n_unlike as f64 / seen.len().max(1) as f64;
    let sum = sum * distinct * distinct;
    // However much stands at the side, it is not what the page is about.
    let is_aside = anchors.first().is_some_and(|anchor| anchor.is_aside);
    if is_aside {
        MAX_ASIDE_SCORE * (1.0 - (-sum / MAX_ASIDE_SCORE).exp())
    } else {
        sum
    }
}

/// Adds to the best group those of the same make, as `li.odd` and `li.even`, `td.red` and
/// `td.gray` are.
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
fn is_front(page: &DomPage, groups: &[Group<'_, '_>]) -> bool {
    let path = page.base.to_url().path().to_owned();
    let is_root = path.trim_matches('/').split('/').count() <= 1
        && !path.contains(|c: char| c.is_ascii_digit());
    let best = groups.first().map_or(0.0, |best| best.score);
    let others = groups
        .iter()
        .skip(1)
        .filter(|group| !group.anchors[0].is_aside);
    let rest: f64 = others.clone().map(|group| group.score).sum();
    let n_good = others.filter(|group| group.score > MIN_LIST_SCORE).count();
    is_root && n_good >= 3 && rest > best * 0.6
}

/// Lists all headlines of a front page.
fn front<'l, 'a>(anchors: &'l [Anchor<'a>]) -> Vec<&'l Anchor<'a>> {
    let is_headline = |anchor: &&Anchor<'_>| anchor.is_article && anchor.width >= MIN_FRONT_WIDTH;
    anchors.iter().filter(is_headline).collect()
}

/// Finds the date of each link: in its item, behind it, or in its address.
fn dates(chosen: &[&Anchor<'_>], setting: &Setting<'_>) -> Vec<Option<Dated>> {
    let held = held(chosen);
    let items = alone(chosen, &held);
    let pairs = items.iter().zip(chosen);
    let date = |(item, anchor): (&NodeRef<'_>, &&Anchor<'_>)| {
        let within = dated::within(item, anchor, setting);
        within
            .or_else(|| date_behind(item, &held, setting))
            .or_else(|| dateline::date_in_url(&anchor.url, setting))
    };
    pairs.map(date).collect()
}

/// Finds the item of each link: the largest element around it that holds no other entry's
/// link.
pub(in crate::source::page) fn items<'a>(chosen: &[&Anchor<'a>]) -> Vec<NodeRef<'a>> {
    alone(chosen, &held(chosen))
}

/// Elements that hold links of the list; true if these are those of one entry.
type Held = HashMap<NodeId, bool>;

fn held(chosen: &[&Anchor<'_>]) -> Held {
    let mut first: HashMap<NodeId, (&str, usize)> = HashMap::new();
    for anchor in chosen {
        let url = anchor.url.as_str();
        let outer = anchor.node.ancestors_it(None).map(|outer| outer.id);
        for id in outer.chain([anchor.node.id]) {
            let (known, n_links) = first.entry(id).or_insert((url, 0));
            *n_links += 1;
            if *known != url {
                *n_links = MAX_LINKS + 1;
            }
        }
    }
    let held = first.into_iter();
    held.map(|(id, (_, n_links))| (id, n_links <= MAX_LINKS))
        .collect()
}

fn alone<'a>(chosen: &[&Anchor<'a>], held: &Held) -> Vec<NodeRef<'a>> {
    let item = |anchor: &&Anchor<'a>| {
        let alone = |outer: &NodeRef<'_>| held.get(&outer.id) == Some(&true);
        let item = anchor.node.ancestors_it(None).take_while(alone).last();
        item.unwrap_or(anchor.node)
    };
    chosen.iter().map(item).collect()
}

/// Finds the date in the elements between an item and the next one: rows and definitions come
/// in pairs.
fn date_behind(item: &NodeRef<'_>, held: &Held, setting: &Setting<'_>) -> Option<Dated> {
    let between = std::iter::successors(item.next_element_sibling(), |node| {
        node.next_element_sibling()
    });
    let between = between
        .take(MAX_TRAILING_ELEMENTS)
        .take_while(|node| !held.contains_key(&node.id));
    let mut lines = Vec::new();
    for node in between {
        lines.extend(lines::lines(&node).into_iter().map(|line| line.text));
    }
    dated::on(&lines, setting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Draft;
    use crate::source::page::dom::Scripts;
    use crate::source::page::testing::{document, setting};

    /// Lists title and day of each entry.
    fn found(html: &str) -> Vec<(String, Option<String>)> {
        setting(|setting| {
            let page = DomPage::open(&document(html), setting, Scripts::Dropped).unwrap();
            let drafts = entries(&page.root(), &page, setting).drafts;
            let day = |draft: &Draft| {
                let at = draft.published?.at;
                Some(setting.zone.to_datetime(at).date().to_string())
            };
            drafts
                .iter()
                .map(|draft| (draft.title.clone().unwrap_or_default(), day(draft)))
                .collect()
        })
    }

    /// Checks the day that every entry of a list of five gets from this markup.
    #[track_caller]
    fn check(item: &str, want: Option<&str>) {
        let items: String = (1..=5).map(|n| item.replace("N", &n.to_string())).collect();
        let got = found(&format!(
            "<body><div class=list>{items}</div></body></html>"
        ));
        assert_eq!(got.len(), 5, "given {item}: {got:?}");
        for (n, (title, day)) in (1..).zip(got) {
            assert_eq!(
                title,
                format!("大明湖景区今日起免费开放第{n}批"),
                "given {item}"
            );
            assert_eq!(day.as_deref(), want, "given {item}");
        }
    }

    #[test]
    fn the_day_of_an_item_stands_in_it_behind_it_or_in_its_address() {
        let day = Some("2016-03-18");
        let link = "<a href=/news/1200N.html>大明湖景区今日起免费开放第N批</a>";
        check(&format!("<li>{link}<span>2016-03-18</span></li>"), day);
        check(&format!("<li><b>18</b><i>2016-03</i>{link}</li>"), day);
        check(
            &format!("<li><div>18<br>марта<br>2016</div>{link}</li>"),
            day,
        );
        check(&format!("<dt>{link}</dt><dd>2016年3月18日 12:49</dd>"), day);
        check(
            "<li><a href=/2016/0318/1200N.html>大明湖景区今日起免费开放第N批</a></li>",
            day,
        );
        check(
            "<li><a href=/201603/t20160318_1200N.html>大明湖景区今日起免费开放第N批</a></li>",
            day,
        );
        check(&format!("<li>{link}<span>阅读 18</span></li>"), None);
    }

    #[test]
    fn a_card_has_a_headline_a_kicker_and_a_year_of_the_republic() {
        check(
            "<a class=card href=/news/1200N.html><div class=date>105.03.18</div><em>要闻</em>
             <div class=title>大明湖景区今日起免费开放第N批</div><div>點閱次數：97 次</div></a>",
            Some("2016-03-18"),
        );
    }

    #[test]
    fn two_links_to_one_page_are_one_item() {
        check(
            "<li><a href=/news/1200N.html>大明湖景区今日起免费开放第N批</a>
             <a href=/news/1200N.html>大明湖</a><span>2016-03-18</span></li>",
            Some("2016-03-18"),
        );
    }

    #[test]
    fn a_calendar_is_no_list() {
        let days: String = (1..=31)
            .map(|n| format!("<td><a href='/news/?day=2018-03-{n:02}'>{n}</a></td>"))
            .collect();
        let months: String = (1..=12)
            .map(|n| format!("<li><a href='/news/2017/{n:02}/'>2017年{n}月新闻归档列表</a></li>"))
            .collect();
        let items: String = (1..=6)
            .map(|n| {
                format!(
                    "<li><a href=/news/1200{n}.html>大明湖景区今日起免费开放第{n}批次游客</a></li>"
                )
            })
            .collect();
        let got = found(&format!(
            "<body><table class=calendar><tr>{days}</table><ul class=sidebar>{months}</ul><ul class=news>{items}</ul></body></html>"
        ));
        assert_eq!(got.len(), 6, "{got:?}");
        assert!(
            got.iter().all(|(title, _)| title.starts_with("大明湖")),
            "{got:?}"
        );
    }
}
