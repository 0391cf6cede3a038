//! Verdict on two items: one story or two, with scores and the reason.

use super::align::{Alignment, Block, matched};
use super::facts::{self, Facts, MIN_CONTRADICTIONS, Tally};
use super::shingles::ShingleIndex;
use crate::model::{TextToken, TokenizedText};

/// Weight of a text below which it is no evidence: twelve ideographs, eight words.
const MIN_EVIDENCE_WEIGHT: u32 = 24;

/// Weight of a headline below which it stands on many stories: eight ideographs.
const HEAVY_TITLE_WEIGHT: u32 = 16;

/// Weight of what an editor may put before a text: 80 ideographs, 53 words. A longer lead, if
/// it is a third of the text, is news, and the shared text below it the background.
const MAX_LEAD_WEIGHT: u32 = 160;

/// Length of what an editor may put below a text, in tokens.
const MAX_END_TOKENS: usize = 20;

/// Share of the longer text, in whatever order, from which on the shared text is no
/// background of anything.
const MIN_WHOLE_SHARE: f32 = 0.66;

/// Part of the longer text that is more than background.
const MIN_FOREGROUND_SHARE: f32 = 0.55;

/// Share of the shorter text that is all of it.
const NEARLY_ALL_SHARE: f32 = 0.9;

/// Share of a teaser that stands in the text, but for a dateline that is not known as one.
const MIN_TEASER_SHARE: f32 = 0.8;

/// Likeness of two headlines from which on they are one frame, with something else in it.
const MIN_FRAME_TITLE: f32 = 0.6;

/// Likeness of two headlines that are the same.
const SAME_TITLE: f32 = 0.95;

/// Share of a page that stands in another one of its series, but for what the slots hold.
const MIN_TEMPLATE_SHARE: f32 = 0.85;

/// Share of it from which on the two have one frame.
const SAME_FRAME_SHARE: f32 = 0.6;

/// Weight of a pair: two ideographs, two words.
const PAIR_WEIGHT: u32 = 4;

/// Least part of the shorter text that a copy may share with the longer one.
const MIN_CONTAINED_SHARE: f32 = 0.4;

/// Weight of a text below which it is a notice or a teaser.
const LONG_TEXT_WEIGHT: u32 = 160;

/// Similarity scores of two items; shown by `gazetted story explain`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimilarityScores {
    /// Length of the shorter text, in tokens.
    pub short: usize,
    /// Length of the longer text, in tokens.
    pub long: usize,
    /// Part of the shorter text that stands in the longer one, 0 to 1.
    pub containment: f32,
    /// Part of the longer text that stands in the shorter one, 0 to 1.
    pub coverage: f32,
    /// Position in the longer text of the largest shared block, 0 to 1; 1 if there is none.
    pub from: f32,
    /// Part of the shorter text's pairs of words that are in the longer one, 0 to 1.
    pub overlap: f32,
    /// Likeness of the headlines, 0 to 1 (Dice coefficient of shingles).
    pub title: f32,
    /// Numbers, places and names of the shorter one that the longer one never names.
    pub strange: usize,
    /// Numbers in both, and contradicting ones.
    pub numbers: Tally,
    /// Places in both, and contradicting ones.
    pub places: Tally,
    /// Names in both, and contradicting ones, in scripts that spell them with a capital.
    pub names: Tally,
}

/// Verdict: whether two items are one story, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether they are one story.
    pub is_same: bool,
    /// Whether they are two stories, although their headlines are equal: one says what the
    /// other denies, or both say much, and nothing in common.
    pub is_contradiction: bool,
    /// Whether one says what the other denies, and that is no accident of an edit.
    pub is_denied: bool,
    /// Whether their headlines are of one frame, and name different things.
    pub is_headline_apart: bool,
    /// Whether they are the same event in other words; only looked for if `joins_same_event`.
    pub is_retold: bool,
    /// Reason, for people; fixed sentences, shown by `story explain`.
    pub why: &'static str,
    /// Scores that the verdict follows from.
    pub figures: SimilarityScores,
}

/// Judges two items as [`judge`] does, where all that matters is whether they are the same: a
/// pair with too little in common for that is not read further, and has no scores.
#[must_use]
pub fn judge_copy(a: &TokenizedText, b: &TokenizedText, joins_same_event: bool) -> Verdict {
    let (short, long) = ordered(a, b);
    let pieces = matched(&long.body, &short.body);
    let may_be_same = joins_same_event || short.weight() < MIN_EVIDENCE_WEIGHT || {
        pieces.of as f32 >= MIN_CONTAINED_SHARE * short.body.len() as f32
    };
    match may_be_same {
        true => weigh(short, long, &pieces, joins_same_event),
        false => Verdict {
            is_same: false,
            is_contradiction: false,
            is_denied: false,
            is_headline_apart: false,
            is_retold: false,
            why: "different texts",
            figures: SimilarityScores::default(),
        },
    }
}

/// Orders two items by the length of their texts, so that a verdict does not depend on which
/// is first.
fn ordered<'a>(
    a: &'a TokenizedText,
    b: &'a TokenizedText,
) -> (&'a TokenizedText, &'a TokenizedText) {
    match (a.body.len(), a) <= (b.body.len(), b) {
        true => (a, b),
        false => (b, a),
    }
}

/// Judges two items. `joins_same_event`: an event in other words is the same story.
#[must_use]
pub fn judge(a: &TokenizedText, b: &TokenizedText, joins_same_event: bool) -> Verdict {
    let (short, long) = ordered(a, b);
    weigh(
        short,
        long,
        &matched(&long.body, &short.body),
        joins_same_event,
    )
}

/// Weighs what two texts share, and what they contradict, into a verdict.
fn weigh(
    short: &TokenizedText,
    long: &TokenizedText,
    pieces: &Alignment,
    joins_same_event: bool,
) -> Verdict {
    let title = likeness(&long.title, &short.title);
    let facts = facts::compare(long, short, pieces, title);
    let part = |count: usize, of: usize| count as f32 / of.max(1) as f32;
    let largest = pieces.blocks.iter().max_by_key(|block| block.length);
    let first = largest.map(|block: &Block| block.a);
    let figures = SimilarityScores {
        short: short.body.len(),
        long: long.body.len(),
        containment: part(pieces.of, short.body.len()),
        coverage: part(pieces.of, long.body.len()),
        from: part(first.unwrap_or(long.body.len()), long.body.len()),
        overlap: overlap(&long.body, &short.body),
        title,
        strange: facts.strange,
        numbers: facts.numbers,
        places: facts.places,
        names: facts.names,
    };
    let weight = short.weight();
    let is_digest = short.is_digest != long.is_digest && figures.coverage < MIN_WHOLE_SHARE;
    let denied = match is_digest {
        true => Some("one of them is several news"),
        false => denied(&figures, &facts, weight),
    };
    let elsewhere = elsewhere(pieces, (long, short), &facts, &figures);
    let (is_same, why) = match denied {
        Some(why) => (false, why),
        None if weight < MIN_EVIDENCE_WEIGHT => {
            match figures.title >= 0.95
                && TextToken::total_weight(&short.title) >= HEAVY_TITLE_WEIGHT
            {
                true => (true, "the same headline"),
                false => (false, "too little text, and another headline"),
            }
        }
        None => {
            let is_other = facts.is_title_other || facts.is_title_exchanged;
            let title = if is_other { 0.0 } else { title };
            decide(&figures, title, weight, elsewhere)
        }
    };
    let is_other =
        weight >= MIN_EVIDENCE_WEIGHT && (elsewhere.is_some() || says_other(&figures, weight));
    let is_column = is_other && figures.title >= 0.95;
    let is_open = denied.or(elsewhere).is_none() && !is_same && !is_column;
    let is_retold = joins_same_event && is_open && tells_the_same(&figures, &facts);
    let (is_same, why) = match is_retold {
        true => (true, "the same event in other words"),
        false => (is_same, why),
    };
    Verdict {
        is_same,
        is_contradiction: denied.is_some() || is_other,
        is_denied: denied.is_some() && facts.denies(figures.containment >= MIN_TEMPLATE_SHARE),
        is_headline_apart: figures.title >= MIN_FRAME_TITLE
            && (facts.is_title_apart || facts.is_other_headline),
        is_retold,
        why,
        figures,
    }
}

/// Finds the reason why two texts are not one story, however alike they are: facts that
/// contradict.
fn denied(figures: &SimilarityScores, facts: &Facts, weight: u32) -> Option<&'static str> {
    if facts.is_title_apart {
        return Some("the headlines name different things");
    }
    if facts.is_title_placed_apart && figures.containment >= SAME_FRAME_SHARE {
        return Some("the headlines name different places");
    }
    if facts.is_other_page {
        return Some("the same frame about something else");
    }
    let is_short = weight < LONG_TEXT_WEIGHT;
    // Sentences that were written anew bring numbers of their own.
    let is_rewritten = !is_short
        && (MIN_WHOLE_SHARE..MIN_TEMPLATE_SHARE).contains(&figures.coverage)
        && figures.numbers.apart < MIN_CONTRADICTIONS
        && figures.numbers.apart <= figures.numbers.same;
    let is_renumbered = figures.numbers.contradicts(is_short) && !is_rewritten;
    if is_renumbered || is_short && facts.lost > figures.numbers.same {
        return Some("the same sentences with other numbers: a template");
    }
    // A typing error makes one place, or one name, of another.
    let is_repeated = |tally: Tally| tally.apart > 1;
    let is_elsewhere = figures.places.contradicts(is_short) && is_repeated(figures.places);
    let is_same_frame = figures.containment >= NEARLY_ALL_SHARE;
    if is_elsewhere || facts.is_moved || facts.is_listed_apart && is_same_frame {
        return Some("the same sentences about another place");
    }
    let is_other = figures.names.contradicts(true) && is_repeated(figures.names);
    let is_other = is_other || facts.is_only_name && is_same_frame;
    is_other.then_some("the same sentences with other names")
}

/// Whether two texts, under one headline, are two numbers of a column.
fn says_other(figures: &SimilarityScores, weight: u32) -> bool {
    match weight {
        // A teaser may have been written anew.
        ..LONG_TEXT_WEIGHT => figures.overlap < 0.3,
        _ => figures.containment < 0.4 && figures.overlap < 0.55,
    }
}

/// Finds the reason why the shared text is not what the two are about, though it is much of
/// one.
fn elsewhere(
    pieces: &Alignment,
    texts: (&TokenizedText, &TokenizedText),
    facts: &Facts,
    figures: &SimilarityScores,
) -> Option<&'static str> {
    if pieces.of == 0 || figures.coverage >= MIN_WHOLE_SHARE {
        return None;
    }
    let (long, short) = (texts.0.body.len(), texts.1.body.len());
    let is_news = |bulk: usize, of: &[TextToken]| {
        bulk * 3 > of.len() && TextToken::total_weight(&of[..bulk]) > MAX_LEAD_WEIGHT
    };
    let is_below = is_news(pieces.bulk.0, &texts.0.body) || is_news(pieces.bulk.1, &texts.1.body);
    // All of a text, and half of the other one, is no background; nor is half of both
    // under one headline, which a follow-up does not have.
    let is_one_headline = figures.title >= 0.8 && !facts.is_title_other;
    let is_all = figures.containment >= NEARLY_ALL_SHARE || is_one_headline;
    let is_whole = is_all && figures.coverage >= MIN_FOREGROUND_SHARE;
    if (is_below || facts.news > 1) && !is_whole {
        return Some("what they share is the background of other news");
    }
    let (tail_long, tail_short) = pieces.tail;
    let goes_apart =
        tail_short > MAX_END_TOKENS && tail_short * 10 > short * 3 && tail_long * 10 > long * 3;
    goes_apart.then_some("they only begin alike")
}

/// Decides by containment: the less is shared, the larger a part of the shorter text it has
/// to be; `title` is the likeness of the headlines, 0 to 1.
fn decide(
    figures: &SimilarityScores,
    title: f32,
    weight: u32,
    elsewhere: Option<&'static str>,
) -> (bool, &'static str) {
    let shared = figures.containment * weight as f32;
    let mut enough = match shared {
        ..40.0 => 0.8,
        ..80.0 => 0.65,
        ..160.0 => 0.55,
        _ => MIN_CONTAINED_SHARE + 0.1,
    };
    if title >= 0.5 {
        enough -= 0.1;
    }
    if figures.containment < enough {
        return (false, "different texts");
    }
    if let Some(why) = elsewhere {
        return (false, why);
    }
    // A teaser is the beginning of the text.
    let is_teaser = figures.containment >= MIN_TEASER_SHARE && figures.from <= 0.02;
    // A digest has such a part of each of its pieces, under a headline of its own.
    let is_piece = figures.from > 0.1 && title < 0.3 && weight < LONG_TEXT_WEIGHT;
    let least = if is_piece { 0.3 } else { 0.12 };
    let is_enough = figures.coverage >= least || title >= 0.3 || is_teaser;
    match is_enough {
        true => (true, "the same text"),
        false => (false, "one text only quotes the other"),
    }
}

/// Whether two texts tell the same event, each in its own words: much of the headline, a
/// number if both name some, and places or names.
fn tells_the_same(figures: &SimilarityScores, facts: &Facts) -> bool {
    let (numbers, others) = facts.told;
    let agrees = match facts.is_without_numbers {
        true => others > 1,
        false => numbers > 0 && others > 0 && facts.lost <= numbers,
    };
    figures.title >= 0.35 && !facts.is_title_other && agrees && figures.overlap >= 0.05
}

/// Computes the part of the shorter text's pairs of words, or ideographs, that are in the
/// longer one, 0 to 1.
fn overlap(long: &[TextToken], short: &[TextToken]) -> f32 {
    let (long, short) = (
        ShingleIndex::of(long, PAIR_WEIGHT),
        ShingleIndex::of(short, PAIR_WEIGHT),
    );
    short.shared(&long) as f32 / short.count().max(1) as f32
}

impl Verdict {
    /// Whether this verdict denies what the other one found the same, and says as much.
    #[must_use]
    pub fn denies(&self, other: &Verdict) -> bool {
        let shared = |verdict: &Verdict| verdict.figures.containment * verdict.figures.short as f32;
        self.is_denied && shared(self) > 0.8 * shared(other)
    }

    /// Whether this verdict on one copy of a story says more than that on another
    /// one: what denies much text has more weight than what finds little the same.
    #[must_use]
    pub fn outweighs(&self, other: &Verdict) -> bool {
        let shared = |verdict: &Verdict| verdict.figures.containment * verdict.figures.short as f32;
        match (self.is_same, other.is_same) {
            (true, true) => shared(self) > shared(other),
            (false, false) => self.is_contradiction && !other.is_contradiction,
            (true, false) => self.is_identical() || !other.denies(self),
            (false, true) => self.denies(other) && !other.is_identical(),
        }
    }

    /// Whether this verdict on one copy of a story stands, whatever a `better` one on another
    /// copy is: the headlines name different things, and `better` finds neither another headline
    /// nor much the same.
    #[must_use]
    pub fn is_headline_denial(&self, better: &Verdict) -> bool {
        let is_named = better.figures.title >= SAME_TITLE || better.is_identical();
        self.is_headline_apart && !self.is_same && !is_named
    }

    /// Whether hardly anything differs: 95 % of the shorter text and 90 % of the longer one
    /// are shared.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.is_same && self.figures.containment >= 0.95 && self.figures.coverage >= 0.9
    }
}

/// Computes the likeness of two headlines, 0 to 1: pairs of ideographs, or words, that both
/// have.
fn likeness(a: &[TextToken], b: &[TextToken]) -> f32 {
    let (a, b) = (ShingleIndex::of(a, 3), ShingleIndex::of(b, 3));
    2.0 * a.shared(&b) as f32 / (a.count() + b.count()).max(1) as f32
}
