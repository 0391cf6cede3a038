//! Whether it is worth while to compare two texts, by what an index holds of one.
//!
//! The bands of a text are the smallest hashes of its pieces, and so a random
//! sample of them. How many of that sample stand in another text, against how many
//! would if one was a copy of the other, tells nearly all strangers apart before
//! anything is read.

use super::gist::{self, COPY_BANDS, SHORT, TITLE_BANDS, title_bands};
use crate::model::Gist;

/// The part of the pieces of a copy, at least, that its origin has too: four
/// sentences in ten were rewritten.
const COPIED: f32 = 0.45;

/// How many times fewer than expected may be chance: of two hundred copies, one
/// has fewer.
const CHANCE: f32 = 2.2;

/// Who shares no more may be a stranger, where the sample is fair.
const SLIGHT: usize = 2;

/// Bands that are a fair sample.
const FAIR: f32 = 8.0;

/// The most pieces of a text that is looked up by its headline too.
const SHORT_PIECES: u32 = SHORT / 2;

/// Whether two texts may be copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// They cannot.
    None,
    /// They can, but strangers share as much.
    Slight,
    /// They can.
    Good,
}

/// A text that may be a copy of others.
pub struct Screen {
    /// Its pieces as an index holds bands, sorted.
    pieces: Vec<u32>,
    /// The bands of its headline, if its text is short.
    title: Vec<u32>,
    /// Where one event in other words is one story, nothing can be told.
    is_loose: bool,
}

impl Screen {
    /// For a text that is looked up.
    #[must_use]
    pub fn of(gist: &Gist, is_loose: bool) -> Screen {
        let mut pieces: Vec<u32> = gist::pieces(gist).into_iter().map(kept).collect();
        pieces.sort_unstable();
        let title = match gist.weight() < SHORT {
            true => title_bands(gist).map(kept).collect(),
            false => Vec::new(),
        };
        Screen {
            pieces,
            title,
            is_loose,
        }
    }

    /// Whether the text may be a copy of one that has these bands, chosen from so
    /// many pieces; 0 if that is not known.
    #[must_use]
    pub fn judge(&self, bands: &[u32], pieces: u32) -> Chance {
        if self.is_loose || pieces == 0 {
            return Chance::Good;
        }
        let of_title = self.title.iter().filter(|band| bands.contains(band));
        if !self.title.is_empty() && of_title.count() * 2 >= self.title.len() {
            return Chance::Good;
        }
        let titles = if pieces < SHORT_PIECES {
            TITLE_BANDS
        } else {
            0
        };
        // A story may hold the bands of two copies, and these be two texts.
        let sample = bands.len().saturating_sub(titles).min(COPY_BANDS) as f32;
        let covered = (self.pieces.len() as f32 / pieces as f32).min(1.0);
        let stands = |band: &&u32| self.pieces.binary_search(band).is_ok();
        let found = bands.iter().filter(stands).count();
        match found {
            0 => Chance::None,
            _ if (found as f32) * CHANCE < sample * COPIED * covered => Chance::None,
            // Of a text that is much longer, a copy need not share more.
            ..=SLIGHT if sample >= FAIR => Chance::Slight,
            _ => Chance::Good,
        }
    }
}

/// A band as an index holds it. Bands are the smallest of many hashes: only the
/// lower halves tell them apart.
#[must_use]
pub const fn kept(band: u64) -> u32 {
    band as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::near::gist::of_text;

    /// Text of its own for each seed.
    fn text(seed: u32, length: u32) -> String {
        let character = |n: u32| char::from_u32(0x4e00 + (n * 7919 + seed * 104_729) % 20_000);
        (0..length).filter_map(character).collect()
    }

    #[track_caller]
    fn check(one: &str, other: &str, want: Chance) {
        let (one, other) = (of_text("", one, false), of_text("", other, false));
        let bands: Vec<u32> = other.bands.iter().copied().map(kept).collect();
        let judge = |is_loose| Screen::of(&one, is_loose).judge(&bands, other.pieces);
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
    fn what_says_little_has_a_chance_by_its_headline() {
        let gist = |title: &str, seed: u32| of_text(title, &text(seed, 30), false);
        let one = gist("济南地铁四号线今日开通运营", 1);
        let chance = |other: &Gist| {
            let bands: Vec<u32> = other.bands.iter().copied().map(kept).collect();
            Screen::of(&one, false).judge(&bands, other.pieces)
        };
        let named_alike = gist("济南地铁四号线今日开通", 2);
        assert_eq!(chance(&named_alike), Chance::Good);
        let stranger = gist("章丘今日大雪纷飞行人稀少", 2);
        assert_eq!(chance(&stranger), Chance::None);
    }
}
