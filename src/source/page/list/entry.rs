//! From the links of a list to its entries: one for each address, with the link
//! that is its headline.

use std::collections::HashMap;

use super::super::credits::dateline::Dated;
use super::super::credits::kicker;
use super::anchor::Anchor;
use super::floor;
use super::floor::ListEvidence;
use super::item::width;
use crate::model::{Draft, Moment};
use crate::source::Setting;

/// Longest headline that is no teaser, in width.
const MAX_HEADLINE_WIDTH: usize = 70;

/// Entries found, and whether they look like a list.
pub(super) struct Listed {
    pub(super) drafts: Vec<Draft>,
    /// Whether it looks like a list of news, not like a menu.
    pub(super) is_likely: bool,
}

/// Keeps one draft for each address; of several links to it the one that says most.
pub(super) fn listed(
    chosen: &[&Anchor<'_>],
    all: &[Anchor<'_>],
    dates: Vec<Option<Dated>>,
    setting: &Setting<'_>,
) -> Listed {
    let mut at: HashMap<&str, usize> = HashMap::new();
    // Drafts are large, and a page may have many links.
    let mut entries: Vec<(&Anchor<'_>, Option<Moment>)> = Vec::new();
    for (anchor, dated) in chosen.iter().zip(dates) {
        let place = *at.entry(anchor.url.as_str()).or_insert(entries.len());
        if place == entries.len() {
            entries.push((anchor, None));
        }
        let (says_most, published) = &mut entries[place];
        *published = published.or(dated.map(|dated| dated.moment));
        if says_more(anchor, says_most) {
            *says_most = anchor;
        }
    }
    for anchor in all.iter().filter(|anchor| anchor.is_heading) {
        let place = at.get(anchor.url.as_str());
        if let Some((says_most, _)) = place.and_then(|place| entries.get_mut(*place))
            && says_more(anchor, says_most)
        {
            *says_most = anchor;
        }
    }
    entries.retain(|(anchor, _)| width(&anchor.title) > 3);
    let evidence: Vec<ListEvidence> = entries.iter().map(evidence).collect();
    let keeps = floor::keeps(&evidence);
    let is_likely = floor::is_list(&evidence);
    let kept = entries.into_iter().zip(&evidence);
    let kept = kept
        .filter(|(_, evidence)| keeps(evidence))
        .take(setting.limits.entries);
    let titles = |(anchor, _): &(&Anchor<'_>, _)| anchor.title.clone();
    let kept: Vec<(&Anchor<'_>, Option<Moment>)> = kept.map(|(entry, _)| entry).collect();
    let recurring = kicker::recurring(&kept.iter().map(titles).collect::<Vec<_>>());
    let draft = |(anchor, published): (&Anchor<'_>, _)| Draft {
        link: Some(anchor.url.clone()),
        title: Some(kicker::without(&anchor.title, &anchor.url, &recurring).to_owned()),
        published,
        is_date_guessed: true,
        is_title_guessed: true,
        ..Draft::default()
    };
    Listed {
        drafts: kept.into_iter().map(draft).collect(),
        is_likely,
    }
}

/// Whether a link to the same page is rather its headline: a heading before a
/// teaser, then what is wider.
fn says_more(anchor: &Anchor<'_>, other: &Anchor<'_>) -> bool {
    let rank = |anchor: &Anchor<'_>| {
        let is_wide = width(&anchor.title) > MAX_HEADLINE_WIDTH;
        let is_teaser = is_wide && anchor.title.ends_with(['。', '…', '.']);
        let is_heading = anchor.is_heading && width(&anchor.title) > 3;
        (
            is_heading,
            !is_teaser && !anchor.title.ends_with('。'),
            anchor.width,
        )
    };
    rank(anchor) > rank(other)
}

fn evidence((anchor, published): &(&Anchor<'_>, Option<Moment>)) -> ListEvidence {
    ListEvidence {
        is_dated: published.is_some(),
        is_numbered: anchor.is_numbered(),
        is_heading: anchor.is_heading,
        is_page: anchor.is_article,
        width: match floor::is_home(&anchor.url) {
            true => 0,
            false => width(&anchor.title),
        },
        n_words: anchor.title.split_whitespace().count(),
    }
}
