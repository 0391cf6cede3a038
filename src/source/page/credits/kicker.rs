//! Kickers that are written into a headline: `Kultur: Das Museum öffnet`.
//!
//! A colon alone is no sign of one: headlines have them too. It is one if the words before it
//! are those of the section in the page's address, or if most headlines of a list begin so
//! and these words recur.

use std::collections::HashMap;

use crate::model::WebUrl;

/// Longest kicker, in characters.
const MAX_KICKER_CHARS: usize = 24;

/// Most words of a kicker.
const MAX_KICKER_WORDS: usize = 3;

/// Fewest characters of a headline behind a kicker.
const MIN_HEADLINE_CHARS: usize = 8;

/// Fewest headlines of a list that begin with the same kicker.
const MIN_RECURRENCE: usize = 3;

/// Splits a headline that may begin with a kicker.
fn split(title: &str) -> Option<(&str, &str)> {
    let at = title.find([':', '：'])?;
    let (kicker, rest) = title.split_at(at);
    let rest = rest.trim_start_matches([':', '：']);
    let is_set_off = rest.starts_with(char::is_whitespace) || title[at..].starts_with('：');
    let rest = rest.trim_start();
    let kicker = kicker.trim_end();
    let is_short = kicker.chars().nth(MAX_KICKER_CHARS).is_none()
        && kicker.split_whitespace().count() <= MAX_KICKER_WORDS;
    let is_headline = rest.chars().count() >= MIN_HEADLINE_CHARS;
    (is_set_off && is_short && is_headline && !kicker.is_empty()).then_some((kicker, rest))
}

/// Lists the kickers of a list of which most headlines have one: those that recur.
pub(in crate::source::page) fn recurring(titles: &[String]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut n_split = 0;
    for (kicker, _) in titles.iter().filter_map(|title| split(title)) {
        *counts.entry(kicker).or_default() += 1;
        n_split += 1;
    }
    if n_split * 3 < titles.len() * 2 {
        return Vec::new();
    }
    let often = counts.into_iter().filter(|(_, n)| *n >= MIN_RECURRENCE);
    often.map(|(kicker, _)| kicker.to_owned()).collect()
}

/// Returns a headline without its kicker: one of `recurring`, or the name of the section in
/// `url`.
pub(in crate::source::page) fn without<'t>(
    title: &'t str,
    url: &WebUrl,
    recurring: &[String],
) -> &'t str {
    let Some((kicker, rest)) = split(title) else {
        return title;
    };
    let is_known = recurring.iter().any(|known| known == kicker);
    if is_known || is_section(kicker, url) {
        rest
    } else {
        title
    }
}

/// Whether a part of an address but the last is this word.
fn is_section(kicker: &str, url: &WebUrl) -> bool {
    let url = url.to_url();
    let parts: Vec<&str> = url.path().split('/').collect();
    let kicker = plain(kicker);
    let sections = parts.split_last().map_or(&[][..], |(_, sections)| sections);
    kicker.len() > 2 && sections.iter().any(|part| plain(part) == kicker)
}

/// Letters of a name as addresses have it: small, umlauts written out.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'é' | 'è' | 'ê' => plain.push('e'),
            'á' | 'à' | 'â' => plain.push('a'),
            'ó' | 'ò' => plain.push('o'),
            'í' => plain.push('i'),
            'ú' => plain.push('u'),
            c if c.is_alphanumeric() => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, path: &str, want: &str) {
        let url = WebUrl::parse(&format!("https://a.example{path}")).unwrap();
        assert_eq!(without(title, &url, &[]), want, "given {title} at {path}");
    }

    #[test]
    fn the_section_of_the_address_is_a_kicker() {
        check(
            "Kultur: Das Museum öffnet",
            "/kultur/das-museum-1.html",
            "Das Museum öffnet",
        );
        check(
            "Städte: Der Markt zieht um",
            "/nrw/staedte/markt.html",
            "Der Markt zieht um",
        );
        check(
            "Kultur: Das Museum öffnet",
            "/news/das-museum-1.html",
            "Kultur: Das Museum öffnet",
        );
        let title = "Johannesburg has failed its traders: nobody comes any more";
        check(title, "/johannesburg/traders-1", title);
        check("Kultur: ja", "/kultur/1", "Kultur: ja");
    }

    #[test]
    fn kickers_recur_where_most_headlines_have_one() {
        let list = |titles: &[&str]| -> Vec<String> {
            recurring(
                &titles
                    .iter()
                    .map(|title| (*title).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        let one = "Kultur: Das Museum öffnet";
        let two = "Sport: Der Verein steigt auf";
        assert_eq!(list(&[one, one, one, two]), ["Kultur"]);
        assert!(
            list(&[
                one,
                one,
                one,
                "Der Markt zieht um",
                "Der Zug fährt",
                "Ein Fest am See"
            ])
            .is_empty()
        );
        assert!(list(&[one, two, "Rat: Die Straße wird gesperrt"]).is_empty());
    }
}
