//! Stories: copies of an event that are one story, and the copy that is shown.
//!
//! Pure. The store asks these questions while it applies a commit, so the order
//! of commits alone decides the answers: every node that applies the same
//! commits in the same order holds the same stories.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use super::similarity::{SimilarityScores, Verdict};
use crate::model::{Item, Sighting, StoryId, TokenizedText};

/// Weight of a text that is more than a teaser: 80 ideographs, 53 words.
const WHOLE_ARTICLE_WEIGHT: u32 = 160;

/// Upper limit of copies of a story that are told apart; later ones begin their own.
///
/// A story is written anew with each copy, so that a source which repeats one address under
/// ever new guids would cost more with each of them.
pub const MAX_SIGHTINGS: usize = 64;

/// Tokens of shared text that one strange number, place or name outweighs, where two stories are
/// like an item: the same event of another town differs in little else.
const STRANGE_TOKENS: f32 = 8.0;

/// Story that shares a key with an item, or whose text was found alike.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Id of the story.
    pub story: StoryId,
    /// Sort key, its place in listings.
    pub sort_key: Timestamp,
    /// Copies so far.
    pub sightings: &'a [Sighting],
    /// Evidence for it.
    pub evidence: Evidence,
}

/// Evidence that two items are one story; more is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Evidence {
    is_address: bool,
    is_same: bool,
    /// Tokens of text that both have, less [`STRANGE_TOKENS`] for each thing that one names and the
    /// other does not.
    shared: f32,
    /// The part of the shorter text that stands in the longer one.
    containment: f32,
}

impl Evidence {
    /// Evidence of a canonical address, and of what their texts say, if these were
    /// compared.
    #[must_use]
    pub fn of(is_address: bool, verdict: Option<&Verdict>) -> Evidence {
        let figures = verdict.map(|verdict| verdict.figures).unwrap_or_default();
        Evidence {
            is_address,
            is_same: verdict.is_some_and(|verdict| verdict.is_same),
            shared: figures.containment * figures.short as f32
                - figures.strange as f32 * STRANGE_TOKENS,
            containment: figures.containment,
        }
    }
}

/// Whether a text is a whole article, and no teaser or brief.
#[must_use]
pub fn is_whole(gist: &TokenizedText) -> bool {
    gist.weight() >= WHOLE_ARTICLE_WEIGHT
}

/// Whether an item whose text is `gist` shows, with this verdict on it and a story,
/// what else is that story: a whole article does, a teaser or an event in other words
/// does not.
#[must_use]
pub fn connects(verdict: &Verdict, gist: &TokenizedText) -> bool {
    let SimilarityScores {
        containment,
        short,
        long,
        ..
    } = verdict.figures;
    // Or the same brief item with what a paper puts around it.
    let is_brief = containment >= 0.95 && containment * short as f32 >= long as f32 * 0.8;
    let is_article = is_whole(gist) || is_brief;
    let is_much = containment * short as f32 * 3.0 >= long as f32;
    let is_sure = containment >= 0.6 && is_much || containment >= 0.9;
    verdict.is_same && !verdict.is_retold && is_article && is_sure
}

/// Whether two stories, both of which a new item is a copy of, may become one: no
/// source has a page in each, and what one says the other does not deny.
#[must_use]
pub fn may_merge(one: &[Sighting], other: &[Sighting], verdict: Option<&Verdict>) -> bool {
    let contradicts = |(a, b): (&Sighting, &Sighting)| {
        let is_same_page = a.url.is_some() && a.url == b.url;
        a.source == b.source && !is_same_page
    };
    let mut pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
    let is_room = one.len() + other.len() < MAX_SIGHTINGS;
    let agrees = verdict.is_some_and(|verdict| {
        let figures = &verdict.figures;
        // Two parts of one digest have neither.
        let is_related = figures.title >= 0.3 || figures.containment >= 0.25;
        verdict.is_same || is_related && !verdict.is_denied
    });
    is_room && agrees && !pairs.any(contradicts)
}

/// Chooses the story that `item` is a copy of: of those within `window` of its sort key that
/// may take it, the one whose text is most like it, then the nearest in time. `None`: the
/// item begins its own.
#[must_use]
pub fn choose(
    item: &Item,
    candidates: &[Candidate<'_>],
    window: SignedDuration,
) -> Option<StoryId> {
    let apart = |at: Timestamp| at.duration_since(item.sort_key).abs();
    candidates
        .iter()
        .filter(|candidate| apart(candidate.sort_key) <= window && may_take(candidate, item))
        .min_by(|one, other| {
            let nearer = |it: &Candidate<'_>| (apart(it.sort_key), it.story);
            let by_evidence = other.evidence.partial_cmp(&one.evidence);
            let by_evidence = by_evidence.unwrap_or(Ordering::Equal);
            by_evidence.then_with(|| nearer(one).cmp(&nearer(other)))
        })
        .map(|candidate| candidate.story)
}

/// Whether a story that shares a key with `item` may take it.
///
/// A source that brings one headline twice means two events (`Wetter`, `Polizeibericht`),
/// unless both lead to the same address.
#[must_use]
pub fn may_take(candidate: &Candidate<'_>, item: &Item) -> bool {
    let is_there = candidate.sightings.iter().any(|s| s.item == item.id);
    let is_full = is_full(candidate);
    let contradicts = |seen: &Sighting| {
        let is_same_page = seen.url.is_some() && seen.url == item.url;
        seen.source == item.source && !is_same_page
    };
    is_there || !is_full && !candidate.sightings.iter().any(contradicts)
}

/// Whether a story takes no more copies: from [`MAX_SIGHTINGS`] on.
#[must_use]
pub fn is_full(candidate: &Candidate<'_>) -> bool {
    candidate.sightings.len() >= MAX_SIGHTINGS
}

/// Chooses the copy to show: that of the highest rank, the first of these. `None` only
/// without copies.
///
/// If its source brought the same page again under another guid, the latest of those, because
/// only that one is still kept up to date.
#[must_use]
pub fn canonical(sightings: &[Sighting]) -> Option<&Sighting> {
    let highest = sightings.iter().map(|seen| seen.rank).max()?;
    let first = sightings.iter().find(|seen| seen.rank == highest)?;
    sightings
        .iter()
        .rfind(|seen| seen.rank == highest && seen.source == first.source)
}

/// Makes the sighting of an item: the record that its source carried the story. `rank`
/// decides which copy is shown, the highest.
#[must_use]
pub fn sighting(item: &Item, rank: u32) -> Sighting {
    Sighting {
        item: item.id,
        source: item.source.clone(),
        url: item.url.clone(),
        title: item.title.clone(),
        at: item.published.unwrap_or(item.first_seen),
        authors: item.authors.clone(),
        origin: item.origin.clone(),
        rank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DedupeKeys, ItemId, Notes, WebUrl};

    const HOUR: i64 = 3600;

    fn item(source: &str, url: &str, at: i64) -> Item {
        let source = source.parse().unwrap();
        Item {
            id: ItemId::of(&source, &format!("{url} {at}")),
            source,
            guid: None,
            url: WebUrl::parse(url),
            title: "济南地铁四号线开通".to_owned(),
            language: None,
            authors: Vec::new(),
            origin: None,
            published: None,
            updated: None,
            first_seen: Timestamp::from_second(at).unwrap(),
            sort_key: Timestamp::from_second(at).unwrap(),
            summary: None,
            content: None,
            image: None,
            captions: Vec::new(),
            categories: Vec::new(),
            enclosures: Vec::new(),
            notes: Notes::default(),
            fingerprint: 0,
        }
    }

    /// Whether an item of `b/two` joins a story of `copies`.
    #[track_caller]
    fn check(copies: &[(&str, &str, i64)], want: bool) {
        let newcomer = item("b/two", "https://two.example/1", 100 * HOUR);
        let copies: Vec<Item> = copies.iter().map(|(s, u, at)| item(s, u, *at)).collect();
        let sightings: Vec<Sighting> = copies.iter().map(|copy| sighting(copy, 0)).collect();
        let candidate = Candidate {
            story: StoryId::begun_by(copies[0].id),
            sort_key: copies[0].sort_key,
            sightings: &sightings,
            evidence: Evidence::default(),
        };
        assert_eq!(
            choose(&newcomer, &[candidate], DedupeKeys::WINDOW).is_some(),
            want,
            "{copies:?}"
        );
    }

    #[test]
    fn another_source_joins_within_the_window() {
        check(&[("a/one", "https://one.example/1", 100 * HOUR)], true);
        check(&[("a/one", "https://one.example/1", 28 * HOUR)], true);
        check(&[("a/one", "https://one.example/1", 172 * HOUR)], true);
        check(&[("a/one", "https://one.example/1", 28 * HOUR - 1)], false);
    }

    #[test]
    fn a_source_does_not_join_itself() {
        check(&[("b/two", "https://two.example/2", 99 * HOUR)], false);
        check(&[("b/two", "", 99 * HOUR)], false);
        check(
            &[
                ("a/one", "https://one.example/1", 99 * HOUR),
                ("b/two", "https://two.example/2", 99 * HOUR),
            ],
            false,
        );
    }

    #[test]
    fn the_same_page_joins_under_another_guid() {
        check(&[("b/two", "https://two.example/1", 99 * HOUR)], true);
    }

    #[test]
    fn a_copy_finds_the_story_it_is_in() {
        let mut copies = vec![("b/two", "https://two.example/1", 100 * HOUR)];
        copies.resize(MAX_SIGHTINGS, ("a/one", "https://one.example/1", 99 * HOUR));
        check(&copies, true);
    }

    #[test]
    fn a_full_story_takes_no_more() {
        check(
            &[("a/one", "https://one.example/1", 99 * HOUR); MAX_SIGHTINGS],
            false,
        );
    }

    #[test]
    fn the_story_with_most_of_the_text_wins_then_the_nearest() {
        let newcomer = item("b/two", "https://two.example/1", 100 * HOUR);
        let near = item("a/one", "https://one.example/1", 101 * HOUR);
        let far = item("a/one", "https://one.example/2", 98 * HOUR);
        let candidates = [&far, &near].map(|copy| Candidate {
            story: StoryId::begun_by(copy.id),
            sort_key: copy.sort_key,
            sightings: &[],
            evidence: Evidence::default(),
        });
        let chosen = |candidates| choose(&newcomer, candidates, DedupeKeys::WINDOW);
        assert_eq!(chosen(&candidates), Some(StoryId::begun_by(near.id)));
        let mut alike = candidates;
        alike[0].evidence.containment = 0.9;
        assert_eq!(chosen(&alike), Some(StoryId::begun_by(far.id)));
    }

    #[test]
    fn the_best_copy_is_shown() {
        let copy = |source, url, at, rank| sighting(&item(source, url, at), rank);
        let sightings = [
            copy("a/one", "https://one.example/1", 1, 5),
            copy("b/two", "https://two.example/1", 2, 9),
            copy("c/three", "https://three.example/1", 3, 9),
            copy("b/two", "https://two.example/1", 4, 9),
        ];
        assert_eq!(canonical(&sightings[..1]), Some(&sightings[0]));
        assert_eq!(canonical(&sightings[..3]), Some(&sightings[1]));
        assert_eq!(canonical(&sightings), Some(&sightings[3]));
        assert_eq!(canonical(&[]), None);
    }
}
