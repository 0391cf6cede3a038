//! Containment filter: whether it is worth while to compare two texts, by what an index holds
//! of one.
//!
//! The sketch of a text is made of the smallest hashes of its shingles, and so a random
//! sample of them. The share of that sample that stands in another text, against the share
//! that would if one was a copy of the other, tells nearly all strangers apart before
//! anything is read (containment, Broder 1997).

use super::tokenize;
use super::tokenize::{
    BODY_BANDS, COPY_BANDS, LEAD_BANDS, SHORT_TEXT_WEIGHT, TITLE_BANDS, title_bands,
};
use crate::model::TokenizedText;

/// Part of the shingles of a copy, at least, that its origin has too: four sentences in ten
/// were rewritten.
const MIN_COPIED_SHARE: f32 = 0.45;

/// Factor by which fewer than expected may be chance: of two hundred copies, one has fewer.
const CHANCE_FACTOR: f32 = 2.2;

/// Shared hashes up to which the other may be a stranger, where the sample is fair.
const MAX_STRANGER_HASHES: usize = 2;

/// Size of a sample that is fair, in hashes.
const FAIR_SAMPLE_HASHES: f32 = 8.0;

/// Shingles of a text below which it is looked up by its headline too.
const SHORT_TEXT_SHINGLES: u32 = SHORT_TEXT_WEIGHT / 2;

/// Chance that two texts are copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// None: they share too little.
    None,
    /// Slight: they may be, but strangers share as much.
    Slight,
    /// Good, or not known.
    Good,
}

/// Result of screening one stored sketch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screening {
    /// Chance that the two are copies.
    pub chance: Chance,
    /// Hashes of the sketch that stand in the text, of those that would if one was all of the
    /// other, 0 to 1; 1 if that is not known.
    pub share: f32,
}

/// Filter for one text that may be a copy of others.
pub struct ContainmentFilter {
    /// Shingles of the text as an index holds hashes, 32 bits, ascending.
    pieces: Vec<u32>,
    /// Sketch of the headline, if the text is short; else empty.
    title: Vec<u32>,
    /// Whether one event in other words is one story: then nothing can be told, and every
    /// chance is good.
    joins_same_event: bool,
}

impl ContainmentFilter {
    /// Prepares the filter for a text that is looked up.
    #[must_use]
    pub fn of(gist: &TokenizedText, joins_same_event: bool) -> ContainmentFilter {
        let mut pieces: Vec<u32> = tokenize::pieces(gist).into_iter().map(kept).collect();
        pieces.sort_unstable();
        let title = match gist.weight() < SHORT_TEXT_WEIGHT {
            true => title_bands(gist).map(kept).collect(),
            false => Vec::new(),
        };
        ContainmentFilter {
            pieces,
            title,
            joins_same_event,
        }
    }

    /// Estimates from a stored sketch whether this text can be a copy of the stored one.
    ///
    /// `bands` is the stored text's sketch (at most 16 hashes of its `pieces` shingles, low
    /// 32 bits, and those of its headline). The share of it found here estimates containment;
    /// below 0.45 / 2.2 of what a copy would show, there is no chance (1 copy in 200 is
    /// lost). `pieces == 0`, if that is not known: always [`Chance::Good`].
    #[must_use]
    pub fn judge(&self, bands: &[u32], pieces: u32) -> Screening {
        let screened = |chance, share: f32| Screening {
            chance,
            share: share.min(1.0),
        };
        if self.joins_same_event || pieces == 0 {
            return screened(Chance::Good, 1.0);
        }
        let titles = if pieces < SHORT_TEXT_SHINGLES {
            TITLE_BANDS
        } else {
            0
        };
        // A story may hold the bands of two copies, and these be two texts.
        let sample = bands.len().saturating_sub(titles).min(COPY_BANDS) as f32;
        let covered = (self.pieces.len() as f32 / pieces as f32).min(1.0);
        let stands = |band: &&u32| self.pieces.binary_search(band).is_ok();
        let found = bands.iter().filter(stands).count();
        // Whatever is cut out of a longer text most likely has its beginning.
        let whole = (sample.min(BODY_BANDS as f32) * covered + LEAD_BANDS as f32).min(sample);
        let share = found as f32 / whole.max(1.0);
        let of_title = self.title.iter().filter(|band| bands.contains(band));
        if !self.title.is_empty() && of_title.count() * 2 >= self.title.len() {
            return screened(Chance::Good, share);
        }
        let chance = match found {
            0 => Chance::None,
            _ if (found as f32) * CHANCE_FACTOR < sample * MIN_COPIED_SHARE * covered => {
                Chance::None
            }
            // Of a text that is much longer, a copy need not share more.
            ..=MAX_STRANGER_HASHES if sample >= FAIR_SAMPLE_HASHES => Chance::Slight,
            _ => Chance::Good,
        };
        screened(chance, share)
    }
}

/// Cuts a hash of a sketch to the 32 bits that an index holds. They are the smallest of many
/// hashes: only the lower halves tell them apart.
#[must_use]
pub const fn kept(band: u64) -> u32 {
    band as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::dedupe::similarity::tokenize::of_text;

    /// Makes a text of its own for each seed.
    fn text(seed: u32, length: u32) -> String {
        let character = |n: u32| char::from_u32(0x4e00 + (n * 7919 + seed * 104_729) % 20_000);
        (0..length).filter_map(character).collect()
    }

    #[track_caller]
    fn check(one: &str, other: &str, want: Chance) {
        let (one, other) = (of_text("", one, false), of_text("", other, false));
        let bands: Vec<u32> = other.sketch.iter().copied().map(kept).collect();
        let judge = |joins_same_event| {
            let filter = ContainmentFilter::of(&one, joins_same_event);
            filter.judge(&bands, other.n_shingles).chance
        };
        assert_eq!(judge(false), want);
        assert_eq!(judge(true), Chance::Good);
    }

    #[test]
    fn copies_have_a_chance_and_strangers_have_none() {
        let (one, other) = (text(1, 400), text(2, 400));
        check(&one, &other, Chance::None);
        check(&one, &one, Chance::Good);
        let half: String = one.chars().take(200).collect();
        check(&half, &one, Chance::Good);
        check(&one, &half, Chance::Good);
        let framed = [&*half, &*other].concat();
        check(&framed, &half, Chance::Good);
    }

    #[test]
    fn the_whole_of_a_paragraph_goes_before_one_of_its_frame() {
        let whole = of_text("", &text(1, 600), false);
        let lead: String = text(1, 50);
        let frame: String = lead.chars().take(30).chain(text(2, 20).chars()).collect();
        let screened = |other: &TokenizedText| {
            let bands: Vec<u32> = other.sketch.iter().copied().map(kept).collect();
            let filter = ContainmentFilter::of(&of_text("", &lead, false), false);
            filter.judge(&bands, other.n_shingles).share
        };
        let (of_whole, of_frame) = (screened(&whole), screened(&of_text("", &frame, false)));
        assert!(of_whole > of_frame, "{of_whole} {of_frame}");
    }

    #[test]
    fn what_says_little_has_a_chance_by_its_headline() {
        let gist = |title: &str, seed: u32| of_text(title, &text(seed, 30), false);
        let one = gist("济南地铁四号线今日开通运营", 1);
        let chance = |other: &TokenizedText| {
            let bands: Vec<u32> = other.sketch.iter().copied().map(kept).collect();
            let filter = ContainmentFilter::of(&one, false);
            filter.judge(&bands, other.n_shingles).chance
        };
        let named_alike = gist("济南地铁四号线今日开通", 2);
        assert_eq!(chance(&named_alike), Chance::Good);
        let stranger = gist("章丘今日大雪纷飞行人稀少", 2);
        assert_eq!(chance(&stranger), Chance::None);
    }
}
