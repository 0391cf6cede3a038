//! Related stories, and the heat of a story.
//!
//! Pure: a handful of recent stories in, an order out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::similarity;
use crate::model::{Related, Story, StoryId, TextToken};
use crate::text::token::{Tokens, shingles};

/// Upper limit of stories related to one.
pub const MAX_RELATED: usize = 5;

/// Tokens of a text that say what it is about, from its beginning.
const LEAD_TOKENS: usize = 40;

/// Cosine similarity of two stories below which what they have in common is chance.
const MIN_COSINE: f32 = 0.06;

/// Shingles that both have, at least.
const MIN_SHARED_SHINGLES: usize = 3;

/// Half-life of attention, in hours.
const HALF_LIFE_HOURS: f32 = 12.0;

/// Terms of a story, with what else a link to it needs.
#[derive(Debug)]
pub struct StoryTerms {
    id: StoryId,
    title: String,
    /// Time of the last change of the story they were taken from.
    changed: Timestamp,
    /// Shingles of all headlines and of the lead, hashes, ascending.
    terms: Box<[u64]>,
}

impl StoryTerms {
    /// Takes the terms of a story; reads its whole text.
    #[must_use]
    pub fn of(story: &Story) -> StoryTerms {
        StoryTerms {
            id: story.id,
            title: story.canonical.title.clone(),
            changed: story.changed,
            terms: terms(story).into(),
        }
    }

    /// Whether they are those of `story` as it is now.
    #[must_use]
    pub fn are_of(&self, story: &Story) -> bool {
        self.id == story.id && self.changed == story.changed && self.title == story.canonical.title
    }
}

/// Inverted index of recent stories for TF-IDF similarity, made once however often it is asked.
#[derive(Debug, Default)]
pub struct RelatedIndex {
    stories: Vec<Arc<StoryTerms>>,
    /// Length of the vector of each story, in the order of `stories`.
    norms: Vec<f32>,
    /// Terms with the position in `stories` of each that has them, ascending.
    postings: Vec<(u64, u32)>,
}

impl RelatedIndex {
    /// Builds the index of stories; they may repeat.
    pub fn of(stories: impl IntoIterator<Item = Arc<StoryTerms>>) -> RelatedIndex {
        let mut seen = HashSet::new();
        let stories = stories.into_iter().filter(|story| seen.insert(story.id));
        let stories: Vec<Arc<StoryTerms>> = stories.collect();
        let mut postings: Vec<(u64, u32)> = (0..)
            .zip(&stories)
            .flat_map(|(place, story)| story.terms.iter().map(move |term| (*term, place)))
            .collect();
        postings.sort_unstable();
        let mut squares = vec![0.0_f32; stories.len()];
        for uses in postings.chunk_by(|(one, _), (other, _)| one == other) {
            let square = weight(stories.len(), uses.len()).powi(2);
            for (_, place) in uses {
                squares[*place as usize] += square;
            }
        }
        RelatedIndex {
            norms: squares.into_iter().map(f32::sqrt).collect(),
            stories,
            postings,
        }
    }

    /// Finds the stories that have most in common with `story`, in the index or not, best first,
    /// at most [`MAX_RELATED`]; stories of the same headline are left out.
    #[must_use]
    pub fn related(&self, story: &StoryTerms) -> Vec<Related> {
        self.nearest(story, MAX_RELATED)
    }

    /// Finds as many stories in the same way. Only those that share a term are looked at.
    #[must_use]
    pub fn nearest(&self, story: &StoryTerms, most: usize) -> Vec<Related> {
        let mut own_square = 0.0_f32;
        let mut shared: BTreeMap<u32, (f32, usize)> = BTreeMap::new();
        for term in &*story.terms {
            let uses = self.uses(*term);
            let square = weight(self.stories.len(), uses.len()).powi(2);
            own_square += square;
            for (_, place) in uses {
                let (product, n_shared) = shared.entry(*place).or_default();
                *product += square;
                *n_shared += 1;
            }
        }
        let own_norm = own_square.sqrt();
        let mut found: Vec<(f32, &StoryTerms)> = shared
            .into_iter()
            .filter(|(_, (_, n_shared))| *n_shared >= MIN_SHARED_SHINGLES)
            .map(|(place, (product, _))| {
                let norm = own_norm * self.norms[place as usize];
                let likeness = product / norm.max(f32::EPSILON);
                (likeness, &*self.stories[place as usize])
            })
            .filter(|(likeness, other)| {
                let is_other = other.id != story.id && other.title != story.title;
                is_other && *likeness >= MIN_COSINE
            })
            .collect();
        found.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
        let best = found.into_iter().take(most);
        best.map(|(_, other)| Related {
            story: other.id,
            title: other.title.clone(),
        })
        .collect()
    }

    /// Returns the postings of a term.
    fn uses(&self, term: u64) -> &[(u64, u32)] {
        let start = self.postings.partition_point(|(other, _)| *other < term);
        let rest = &self.postings[start..];
        &rest[..rest.partition_point(|(other, _)| *other == term)]
    }
}

/// Computes the inverse document frequency of a term that so many of the stories have: the rarer,
/// the more it says.
fn weight(n_stories: usize, n_uses: usize) -> f32 {
    (1.0 + n_stories as f32 / n_uses.max(1) as f32).ln()
}

/// Lists the shingles of all headlines and the lead, hashes, ascending: pairs of ideographs,
/// words; places and names are among them, and rare.
fn terms(story: &Story) -> Vec<u64> {
    let text = similarity::reading(&story.canonical);
    let lead: &[TextToken] = &text.body[..text.body.len().min(LEAD_TOKENS)];
    let mut terms = shingles(lead, 3);
    let mut headlines = vec![text.title];
    for seen in &story.sightings {
        let mut headline = Tokens::default();
        headline.push_line(&seen.title, LEAD_TOKENS);
        headlines.push(headline.all);
    }
    terms.extend(headlines.iter().flat_map(|headline| shingles(headline, 3)));
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Computes the heat of a story at `now`: the sources that carried it, each counting half as
/// much after every twelve hours.
#[must_use]
pub fn heat(story: &Story, now: Timestamp) -> f32 {
    let mut newest: HashMap<&str, Timestamp> = HashMap::new();
    for seen in &story.sightings {
        let at = newest.entry(seen.source.as_str()).or_insert(seen.at);
        *at = seen.at.max(*at);
    }
    let warmth = newest.values().map(|at| {
        let hours = now.duration_since(*at).as_secs_f32().max(0.0) / 3600.0;
        0.5_f32.powf(hours / HALF_LIFE_HOURS)
    });
    warmth.sum()
}

/// Ranks `stories` by their heat at `now`, at most `limit`: those that several sources
/// carried first.
#[must_use]
pub fn hottest(stories: Vec<Arc<Story>>, now: Timestamp, limit: usize) -> Vec<Arc<Story>> {
    let mut ranked: Vec<(f32, Arc<Story>)> = stories
        .into_iter()
        .map(|story| (heat(&story, now), story))
        .collect();
    ranked.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
    ranked.truncate(limit);
    ranked.into_iter().map(|(_, story)| story).collect()
}
