//! Found words, marked in headlines and excerpts. Pure.

use std::ops::Range;

use super::atoms::Atoms;
use super::query::SearchWords;

/// Bytes of a text that are looked through; what stands behind them is not shown.
const MAX_TEXT_BYTES: usize = 48 << 10;

/// Length of an excerpt, in columns: a Chinese character takes two.
const EXCERPT_COLUMNS: usize = 160;

/// Columns before the first word that is shown.
const LEAD_COLUMNS: usize = 30;

/// Piece of a text, in which something was found or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Piece of the text as it is.
    pub text: String,
    /// Whether it is what was searched for.
    pub is_hit: bool,
}

/// Marks the words in all of a text.
#[must_use]
pub fn mark(text: &str, words: &[SearchWords]) -> Vec<Fragment> {
    let hits = hits(&Atoms::of(text), words);
    fragments(text, 0..text.len(), &hits)
}

/// Marks the words in the part of a text that has most of them; its beginning if it has none.
#[must_use]
pub fn excerpt(text: &str, words: &[SearchWords]) -> Vec<Fragment> {
    let end = (0..=MAX_TEXT_BYTES.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let text = &text[..end.unwrap_or_default()];
    let atoms = Atoms::of(text);
    let hits = hits(&atoms, words);
    let range = window(text, &hits);
    let mut fragments = fragments(text, range.clone(), &hits);
    let gap = |text: &str| Fragment {
        text: text.to_owned(),
        is_hit: false,
    };
    if range.start > 0 {
        fragments.insert(0, gap("…"));
    }
    if range.end < text.len() {
        fragments.push(gap("…"));
    }
    fragments
}

/// Whether the words stand in a row in any of the texts.
pub(super) fn has_phrase(texts: &[&str], phrase: &Atoms) -> bool {
    let mut atoms = Atoms::default();
    texts.iter().any(|text| {
        atoms.read(text);
        !atoms.places_of(phrase).is_empty()
    })
}

/// Finds the places of all words, in order, none within another.
///
/// Words that were not asked for as a phrase need not stand in a row: then their terms are marked.
fn hits(atoms: &Atoms, words: &[SearchWords]) -> Vec<Range<usize>> {
    let mut hits: Vec<Range<usize>> = Vec::new();
    let place = |first: usize, last: usize| atoms.list[first].start..atoms.list[last].end;
    for words in words {
        let wanted = Atoms::of(&words.text);
        let length = wanted.list.len();
        let places = atoms.places_of(&wanted);
        if !places.is_empty() {
            hits.extend(places.iter().map(|at| place(*at, at + length - 1)));
            continue;
        }
        if words.is_phrase {
            continue;
        }
        let terms: Vec<&str> = wanted.terms().collect();
        for nth in 0..atoms.list.len() {
            if let Some(term) = atoms.term(nth).filter(|term| terms.contains(term)) {
                let is_word = term == atoms.text(&atoms.list[nth]);
                hits.push(place(nth, if is_word { nth } else { nth + 1 }));
            }
        }
    }
    hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        match apart.last_mut() {
            Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
            _ => apart.push(hit),
        }
    }
    apart
}

/// Chooses the part of a text that is shown.
fn window(text: &str, hits: &[Range<usize>]) -> Range<usize> {
    let count = |from: &Range<usize>| {
        let end = forward(text, from.start, EXCERPT_COLUMNS - LEAD_COLUMNS);
        hits.iter()
            .filter(|hit| hit.start >= from.start && hit.end <= end)
            .count()
    };
    let best = hits.iter().rev().max_by_key(|hit| count(hit));
    let Some(best) = best else {
        return 0..forward(text, 0, EXCERPT_COLUMNS);
    };
    let start = backward(text, best.start, LEAD_COLUMNS);
    let end = forward(text, start, EXCERPT_COLUMNS);
    // A long phrase is shown whole.
    start..end.max(best.end)
}

/// Returns the place some columns further; between two words, where the text has them.
fn forward(text: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    for (at, c) in text[from..].char_indices() {
        match left.checked_sub(width(c)) {
            Some(rest) => left = rest,
            None => return from + word_start(&text[from..], at),
        }
    }
    text.len()
}

/// Returns the place some columns back.
fn backward(text: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    for (at, c) in text[..from].char_indices().rev() {
        match left.checked_sub(width(c)) {
            Some(rest) => left = rest,
            None => {
                let behind = at + c.len_utf8();
                let skip = match c.is_ascii_alphanumeric() {
                    true => text[behind..from].find(|c: char| !c.is_ascii_alphanumeric()),
                    false => None,
                };
                return behind + skip.unwrap_or_default();
            }
        }
    }
    0
}

/// Returns the start of the Latin word that `at` is within, unless that is a long one; else `at`.
fn word_start(text: &str, at: usize) -> usize {
    let head = &text[..at];
    let is_within = |c: char| c.is_ascii_alphanumeric();
    if !text[at..].starts_with(is_within) {
        return at;
    }
    let start = head.trim_end_matches(is_within).len();
    if start > 0 && at - start < 24 {
        start
    } else {
        at
    }
}

/// Returns the columns that a character takes.
fn width(c: char) -> usize {
    if c < '\u{1100}' { 1 } else { 2 }
}

fn fragments(text: &str, range: Range<usize>, hits: &[Range<usize>]) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    let mut push = |part: &str, is_hit: bool| {
        if !part.is_empty() {
            let text = part.to_owned();
            fragments.push(Fragment { text, is_hit });
        }
    };
    let mut at = range.start;
    for hit in hits {
        let (start, end) = (hit.start.max(at), hit.end.min(range.end));
        if start < end && hit.start >= range.start {
            push(&text[at..start], false);
            push(&text[start..end], true);
            at = end;
        }
    }
    push(&text[at..range.end], false);
    fragments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(texts: &[&str]) -> Vec<SearchWords> {
        let word = |text: &&str| SearchWords {
            text: (*text).to_owned(),
            is_phrase: false,
        };
        texts.iter().map(word).collect()
    }

    fn shown(fragments: &[Fragment]) -> String {
        let show = |fragment: &Fragment| match fragment.is_hit {
            true => format!("[{}]", fragment.text),
            false => fragment.text.clone(),
        };
        fragments.iter().map(show).collect()
    }

    #[test]
    fn words_are_marked_as_they_are_written() {
        let marked = |text: &str, wanted: &[&str]| shown(&mark(text, &words(wanted)));
        assert_eq!(
            marked("濟南地鐵開通", &["济南", "开通"]),
            "[濟南]地鐵[開通]"
        );
        assert_eq!(marked("The CAFÉ opens", &["cafe"]), "The [CAFÉ] opens");
        assert_eq!(
            marked("济南地铁四号线", &["济南四号线"]),
            "[济南]地铁[四号线]"
        );
        assert_eq!(marked("济南地铁", &["南地", "济南"]), "[济南地]铁");
        assert_eq!(marked("没有", &["雨"]), "没有");
    }

    #[test]
    fn an_excerpt_is_where_most_was_found() {
        let text = format!(
            "{}济南。{}济南地铁开通，济南人高兴。{}",
            "前".repeat(200),
            "中".repeat(200),
            "后".repeat(200)
        );
        let found = shown(&excerpt(&text, &words(&["济南"])));
        assert!(
            found.starts_with("…中中") && found.ends_with("后…"),
            "{found}"
        );
        assert!(found.contains("[济南]地铁开通，[济南]人高兴。"), "{found}");
        let none = shown(&excerpt(&text, &words(&["雨"])));
        assert!(none.starts_with("前前") && none.ends_with("前…"), "{none}");
    }

    proptest! {
        #[test]
        fn the_text_stays_as_it_is(text in "\\PC{0,120}", wanted in "\\PC{0,6}") {
            let whole: String = mark(&text, &words(&[&wanted])).into_iter().map(|part| part.text).collect();
            prop_assert_eq!(&whole, &text);
            let part: String = excerpt(&text, &words(&[&wanted])).into_iter().map(|part| part.text).collect();
            prop_assert!(text.contains(part.trim_matches('…')) || text.contains('…'));
        }
    }
}
