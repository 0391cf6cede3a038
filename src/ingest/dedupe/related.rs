//! Related stories, and the heat of a story.
//!
//! Pure: a handful of recent stories in, an order out.

use std::collections::HashMap;
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

/// Index of recent stories for TF-IDF similarity: shingles of each story, read once however
/// often it is asked.
pub struct RelatedIndex {
    stories: Vec<Member>,
    /// Document frequency: number of stories in which each shingle stands.
    uses: HashMap<u64, u32>,
}

/// Story with its shingles, ascending.
struct Member {
    id: StoryId,
    title: String,
    pieces: Vec<u64>,
}

impl RelatedIndex {
    /// Builds the index of `stories`; they may repeat.
    pub fn of<'a>(stories: impl Iterator<Item = &'a Story>) -> RelatedIndex {
        let mut pool = RelatedIndex {
            stories: Vec::new(),
            uses: HashMap::new(),
        };
        let mut seen = std::collections::HashSet::new();
        for story in stories.filter(|story| seen.insert(story.id)) {
            let pieces = pieces(story);
            for piece in &pieces {
                *pool.uses.entry(*piece).or_default() += 1;
            }
            pool.stories.push(Member {
                id: story.id,
                title: story.canonical.title.clone(),
                pieces,
            });
        }
        pool
    }

    /// Finds the stories that have most in common with `story`, best first, at most
    /// [`MAX_RELATED`]; stories of the same headline are left out.
    #[must_use]
    pub fn related(&self, story: &Story) -> Vec<Related> {
        let own = pieces(story);
        let own_norm = self.norm(&own);
        let mut found: Vec<(f32, &Member)> = self
            .stories
            .iter()
            .filter(|other| other.id != story.id && other.title != story.canonical.title)
            .filter_map(|other| {
                let is_shared = |piece: &&u64| other.pieces.binary_search(piece).is_ok();
                let shared: Vec<&u64> = own.iter().filter(is_shared).collect();
                let product: f32 = shared
                    .iter()
                    .map(|piece| self.weight(**piece).powi(2))
                    .sum();
                let likeness = product / (own_norm * self.norm(&other.pieces)).max(f32::EPSILON);
                (likeness >= MIN_COSINE && shared.len() >= MIN_SHARED_SHINGLES)
                    .then_some((likeness, other))
            })
            .collect();
        found.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
        let best = found.into_iter().take(MAX_RELATED);
        best.map(|(_, other)| Related {
            story: other.id,
            title: other.title.clone(),
        })
        .collect()
    }

    /// Computes the inverse document frequency of a shingle: the rarer, the more it says.
    fn weight(&self, piece: u64) -> f32 {
        let uses = self.uses.get(&piece).copied().unwrap_or(0) as f32;
        (1.0 + self.stories.len() as f32 / uses.max(1.0)).ln()
    }

    /// Computes the length of a story's vector.
    fn norm(&self, pieces: &[u64]) -> f32 {
        let squares = pieces.iter().map(|piece| self.weight(*piece).powi(2));
        squares.sum::<f32>().sqrt()
    }
}

/// Lists the shingles of all headlines and the lead, hashes, ascending: pairs of ideographs,
/// words; places and names are among them, and rare.
fn pieces(story: &Story) -> Vec<u64> {
    let gist = similarity::gist(&story.canonical, false);
    let lead: &[TextToken] = &gist.body[..gist.body.len().min(LEAD_TOKENS)];
    let mut pieces = shingles(lead, 3);
    let mut headlines = vec![gist.title];
    for seen in &story.sightings {
        let mut headline = Tokens::default();
        headline.push_line(&seen.title, LEAD_TOKENS);
        headlines.push(headline.all);
    }
    pieces.extend(headlines.iter().flat_map(|headline| shingles(headline, 3)));
    pieces.sort_unstable();
    pieces.dedup();
    pieces
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
