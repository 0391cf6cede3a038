//! The verdict on two items.

use super::facts::{self, Tally};
use super::matched::{Block, matched};
use crate::model::{Gist, Token};
use crate::text::token::shingles;

/// A text that says less is no evidence: six ideographs.
const LEAST: u32 = 24;

/// A headline that says less stands on many stories.
const HEAVY_TITLE: u32 = 16;

/// More contradicting numbers, of those that both name or contradict, and one
/// text is not a copy of the other but of their template.
const MAX_CONTRADICTING: f32 = 0.3;

/// How alike two items are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Tokens of the shorter text.
    pub short: usize,
    /// Tokens of the longer text.
    pub long: usize,
    /// The part of the shorter text that stands in the longer one, 0 to 1.
    pub containment: f32,
    /// The part of the longer text that stands in the shorter one, 0 to 1.
    pub coverage: f32,
    /// Where in the longer text the largest shared piece stands, 0 to 1.
    pub from: f32,
    /// How alike the headlines are, 0 to 1.
    pub title: f32,
    /// Numbers.
    pub numbers: Tally,
    /// Places.
    pub places: Tally,
    /// Names, in scripts that spell them with a capital.
    pub names: Tally,
}

/// Whether two items are one story, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether they are.
    pub is_same: bool,
    /// Whether one says what the other denies, however alike they are.
    pub is_contradiction: bool,
    /// Why, for people.
    pub why: &'static str,
    /// What that follows from.
    pub figures: Figures,
}

/// Judges two items. `is_loose` if an event in other words is the same story.
#[must_use]
pub fn judge(a: &Gist, b: &Gist, is_loose: bool) -> Verdict {
    let (short, long) = match (a.body.len(), a) <= (b.body.len(), b) {
        true => (a, b),
        false => (b, a),
    };
    let pieces = matched(&long.body, &short.body);
    let title = likeness(&a.title, &b.title);
    let facts = facts::compare(long, short, &pieces, title);
    let part = |count: usize, of: usize| count as f32 / of.max(1) as f32;
    let largest = pieces.blocks.iter().max_by_key(|block| block.length);
    let first = largest.map(|block: &Block| block.a);
    let figures = Figures {
        short: short.body.len(),
        long: long.body.len(),
        containment: part(pieces.of, short.body.len()),
        coverage: part(pieces.of, long.body.len()),
        from: part(first.unwrap_or(long.body.len()), long.body.len()),
        title,
        numbers: facts.numbers,
        places: facts.places,
        names: facts.names,
    };
    let (is_same, why) = decide(&figures, facts.is_title_apart, short, is_loose);
    let is_contradiction = facts.is_title_apart || figures.contradicts();
    Verdict {
        is_same,
        is_contradiction,
        why,
        figures,
    }
}

fn decide(
    figures: &Figures,
    is_title_apart: bool,
    short: &Gist,
    is_loose: bool,
) -> (bool, &'static str) {
    let weight = short.weight();
    let title_weight: u32 = short.title.iter().map(|token| token.weight()).sum();
    if is_title_apart {
        return (false, "the headlines name different things");
    }
    if figures.numbers.contradicts() {
        return (false, "the same sentences with other numbers: a template");
    }
    if figures.places.apart > 0 {
        return (false, "the same sentences about another place");
    }
    if figures.names.apart > 1 && figures.names.contradicts() {
        return (false, "the same sentences with other names");
    }
    if weight < LEAST {
        let is_same = figures.title >= 0.95 && title_weight >= HEAVY_TITLE;
        return match is_same {
            true => (true, "the same headline"),
            false => (false, "too little text, and another headline"),
        };
    }
    let shared = figures.containment * weight as f32;
    let mut enough = match shared {
        ..40.0 => 0.8,
        ..80.0 => 0.65,
        ..160.0 => 0.55,
        _ => 0.5,
    };
    if figures.title >= 0.5 {
        enough -= 0.1;
    }
    if figures.containment >= enough {
        let is_beginning = figures.from * (figures.long as f32) < 80.0 || figures.from < 0.25;
        let is_beginning = is_beginning && (figures.coverage >= 0.12 || figures.title >= 0.3);
        return match figures.coverage >= 0.5 || figures.title >= 0.5 || is_beginning {
            true => (true, "the same text"),
            false => (false, "one text only quotes the other"),
        };
    }
    if is_loose && tells_the_same(figures) {
        return (true, "the same event in other words");
    }
    (false, "different texts")
}

/// Whether two texts tell the same event, each in its own words.
fn tells_the_same(figures: &Figures) -> bool {
    let shared =
        figures.numbers.same.min(4) + figures.places.same.min(2) + figures.names.same.min(4);
    figures.title >= 0.4 && shared >= 3 && figures.containment >= 0.15
}

impl Figures {
    fn contradicts(&self) -> bool {
        let names = self.names.apart > 1 && self.names.contradicts();
        self.numbers.contradicts() || self.places.apart > 0 || names
    }
}

impl Verdict {
    /// Whether hardly anything differs.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.is_same && self.figures.containment >= 0.95 && self.figures.coverage >= 0.9
    }
}

impl Tally {
    fn contradicts(self) -> bool {
        let all = (self.same + self.apart) as f32;
        self.apart > 0 && self.apart as f32 > MAX_CONTRADICTING * all
    }
}

/// How alike two headlines are: pairs of ideographs, or words, that both have.
fn likeness(a: &[Token], b: &[Token]) -> f32 {
    let set = |tokens: &[Token]| {
        let mut pieces = shingles(tokens, 3);
        pieces.sort_unstable();
        pieces.dedup();
        pieces
    };
    let (a, b) = (set(a), set(b));
    let shared = a
        .iter()
        .filter(|piece| b.binary_search(piece).is_ok())
        .count();
    2.0 * shared as f32 / (a.len() + b.len()).max(1) as f32
}
