//! Tokens and MinHash sketch of an item.

use super::digest::EntryCount;
use super::strip;
use crate::model::{Item, TextToken, TokenizedText};
use crate::text::html;
use crate::text::token::{Tokens, mix, shingles};

/// Tokens of a text that count; more of them say nothing new about whose copy it is.
const MAX_BODY: usize = 4000;

/// Tokens of a headline that count.
const MAX_TITLE: usize = 200;

/// Size of the sketch of a text, in hashes. A copy that is half as long shares half of them,
/// one with four sentences in ten rewritten most of the rest.
pub(super) const BODY_BANDS: usize = 12;

/// Size of the sketch of the beginning of a text, in hashes, for a teaser of a long article.
pub(super) const LEAD_BANDS: usize = 4;

/// Upper limit of hashes of one text, beginning included.
pub(super) const COPY_BANDS: usize = BODY_BANDS + LEAD_BANDS;

/// Tokens that are the beginning of a text: a sentence, which is all that a flash has.
const LEAD_TOKENS: usize = 24;

/// Size of the sketch of a headline, in hashes.
pub(super) const TITLE_BANDS: usize = 4;

/// Weight of a text below which it is looked up by its headline too: 80 ideographs, 54 words.
pub(super) const SHORT_TEXT_WEIGHT: u32 = 160;

/// Weight of the shingles that sketches are made of: four ideographs, three words.
const BAND_WEIGHT: u32 = 8;

/// Size of the sketch of a headline, in hashes, where the same event in other words is one
/// story.
const LOOSE_BANDS: usize = 8;
/// Weight of the shingles of such a sketch: two ideographs, two words.
const PAIR_WEIGHT: u32 = 4;

/// Salt of hashes of headlines, apart from those of texts.
const TITLE_SALT: u64 = 0x7469_746c_6500_0000;

/// Tokenises an item, its headline and its text or, where that is longer, its teaser, and
/// computes the sketch by which copies are looked up. `joins_same_event`: an event in other words is
/// the same story (`dedupe = "story"`).
#[must_use]
pub fn gist(item: &Item, joins_same_event: bool) -> TokenizedText {
    with_bands(reading(item), joins_same_event)
}

/// Tokenises an item as [`gist`], without the sketch: for an item that is only compared.
#[must_use]
pub fn reading(item: &Item) -> TokenizedText {
    let text_of = |html: &Option<crate::model::SafeHtml>| {
        html.as_ref()
            .map(|html| html::to_text(html.as_str()))
            .unwrap_or_default()
    };
    let mut text = text_of(&item.content);
    // Text is never longer than its markup.
    let teaser = item.summary.as_ref().map_or(0, |html| html.as_str().len());
    if teaser > text.len() {
        let summary = text_of(&item.summary);
        if summary.len() > text.len() {
            text = summary;
        }
    }
    read(&item.title, &text)
}

/// Copies a tokenised item without its sketch, as [`reading`] gives it.
#[must_use]
pub fn for_comparison(gist: &TokenizedText) -> TokenizedText {
    TokenizedText {
        title: gist.title.clone(),
        body: gist.body.clone(),
        names: gist.names.clone(),
        is_digest: gist.is_digest,
        sketch: Vec::new(),
        n_shingles: 0,
    }
}

/// Tokenises a headline and a plain text, with sketch.
#[cfg(test)]
pub(in crate::ingest::dedupe) fn of_text(
    title: &str,
    text: &str,
    joins_same_event: bool,
) -> TokenizedText {
    with_bands(read(title, text), joins_same_event)
}

fn read(title: &str, text: &str) -> TokenizedText {
    let mut headline = Tokens::default();
    headline.push_line(strip::headline(title), MAX_TITLE);
    let mut body = Tokens::default();
    let mut entries = EntryCount::default();
    for line in strip::lines(text, title) {
        entries.note(line);
        body.push_line(line, MAX_BODY);
    }
    if text.trim_end().ends_with(['…']) || text.trim_end().ends_with("...") {
        // What a teaser breaks off in is half a word, or half a number.
        body.all.pop();
    }
    let mut names = body.names;
    names.extend(headline.names);
    names.sort_unstable();
    names.dedup();
    // Many of them wait to be written, or are kept for comparison.
    for tokens in [&mut headline.all, &mut body.all, &mut names] {
        tokens.shrink_to_fit();
    }
    TokenizedText {
        title: headline.all,
        body: body.all,
        names,
        is_digest: entries.is_digest(),
        sketch: Vec::new(),
        n_shingles: 0,
    }
}

fn with_bands(mut gist: TokenizedText, joins_same_event: bool) -> TokenizedText {
    let pieces = pieces(&gist);
    gist.n_shingles = pieces.len() as u32;
    gist.sketch = bands(&gist, pieces, joins_same_event);
    gist
}

/// Lists the shingles of a text that its sketch is chosen from, hashes in text order.
pub(super) fn pieces(gist: &TokenizedText) -> Vec<u64> {
    shingles(&gist.body, BAND_WEIGHT)
}

/// Chooses the sketch: the smallest hashes of a text's shingles (bottom-k MinHash, Broder
/// 1997), 12 of all and 4 of its beginning. The choice hangs on the shingles alone, so that a
/// part of a text has the hashes of the whole that lie in it.
///
/// A short text has those of its headline too, behind; so has any text if `joins_same_event`.
fn bands(gist: &TokenizedText, pieces: Vec<u64>, joins_same_event: bool) -> Vec<u64> {
    let lead = smallest(pieces[..pieces.len().min(LEAD_TOKENS)].to_vec(), LEAD_BANDS);
    let mut bands = smallest(pieces, BODY_BANDS);
    bands.extend(lead);
    bands.sort_unstable();
    bands.dedup();
    if gist.weight() < SHORT_TEXT_WEIGHT {
        bands.extend(title_bands(gist));
    }
    if joins_same_event {
        let pairs = smallest(shingles(&gist.title, PAIR_WEIGHT), LOOSE_BANDS);
        bands.extend(pairs.into_iter().map(of_title));
    }
    bands.shrink_to_fit();
    bands
}

/// Computes the sketch of a headline.
pub(super) fn title_bands(gist: &TokenizedText) -> impl Iterator<Item = u64> {
    let pieces = shingles(&gist.title, BAND_WEIGHT);
    smallest(pieces, TITLE_BANDS).into_iter().map(of_title)
}

/// Salts a hash, apart from the same shingle in a text.
fn of_title(band: u64) -> u64 {
    mix(band ^ TITLE_SALT)
}

/// Selects the smallest hashes, ascending, each once, at most `most`.
fn smallest(mut hashes: Vec<u64>, most: usize) -> Vec<u64> {
    if hashes.len() > most * 4 {
        hashes.select_nth_unstable(most * 4);
        hashes.truncate(most * 4);
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(most);
    hashes
}

/// Lists the characters that tokens stand for; a word or a number is a NUL.
pub(super) fn characters(tokens: &[TextToken]) -> Vec<char> {
    let character = |token: &TextToken| token.as_char().unwrap_or('\0');
    tokens.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_shares_about_half_of_the_bands() {
        let text: String = (0..400u32)
            .map(|n| char::from_u32(0x4e00 + (n * 7919) % 5000).unwrap())
            .collect();
        let half: String = text.chars().take(200).collect();
        let (whole, half) = (of_text("", &text, false), of_text("", &half, false));
        let shared = whole.sketch.iter().filter(|b| half.sketch.contains(b));
        assert!((4..=12).contains(&shared.count()));
    }

    #[test]
    fn a_gist_for_comparison_is_what_is_read_of_the_item() {
        let (title, text) = (
            "济南地铁四号线今日开通",
            "今日开通。The mayor of Berlin came.",
        );
        for joins_same_event in [false, true] {
            let gist = of_text(title, text, joins_same_event);
            assert_eq!(for_comparison(&gist), read(title, text));
        }
    }

    #[test]
    fn a_short_text_is_found_by_its_headline_too() {
        let short = of_text("济南地铁四号线今日开通", "今日开通。", false);
        assert!(short.sketch.len() >= TITLE_BANDS);
    }
}
