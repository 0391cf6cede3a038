//! Headlines without the name of the paper behind them.

use crate::text::fingerprint::{self, title_weight};

/// Marks between a headline and the name of a paper.
const MARKS: [char; 11] = ['-', '–', '—', '|', '｜', '_', '·', '•', '»', '«', '―'];

/// Weight of a headline below which it stands for nothing alone; an ideograph counts two.
const MIN_HEADLINE_WEIGHT: usize = 6;

/// Names behind a headline that are taken off: a section, and the paper.
const MAX_NAMES: usize = 2;

/// Returns the names that a source goes by: what it is called, and the parts of that
/// (`Paper - Town` is also `Paper`).
#[must_use]
pub fn names<'a>(titles: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for title in titles {
        let parts = title.split(MARKS);
        for name in std::iter::once(title).chain(parts) {
            let folded = fingerprint::fold(name);
            if title_weight(&folded) >= 3 && !names.contains(&folded) {
                names.push(folded);
            }
        }
    }
    names
}

/// `title` without a name that stands at its end: `Title - Paper`, `标题_某某网`.
/// `names` are folded.
///
/// ```
/// use gazetted::ingest::item::headline::{names, without_name};
/// let names = names(["Harbour Post"]);
/// assert_eq!(without_name("Storm tears roof off - Harbour Post", &names), "Storm tears roof off");
/// assert_eq!(without_name("Harbour Post", &names), "Harbour Post");
/// ```
#[must_use]
pub fn without_name<'t>(title: &'t str, names: &[String]) -> &'t str {
    let mut left = title;
    for _ in 0..MAX_NAMES {
        match cut(left, names) {
            Some(shorter) => left = shorter,
            None => break,
        }
    }
    left
}

/// Returns the title before the last mark behind which a name stands: a name may hold one.
fn cut<'t>(title: &'t str, names: &[String]) -> Option<&'t str> {
    for (at, mark) in title.rmatch_indices(MARKS) {
        let name = fingerprint::fold(&title[at + mark.len()..]);
        let longest = names.iter().map(String::len).max().unwrap_or(0);
        if name.len() > longest {
            return None;
        }
        if !name.is_empty() && names.contains(&name) {
            let rest =
                title[..at].trim_end_matches(|c: char| c.is_whitespace() || MARKS.contains(&c));
            return (title_weight(&fingerprint::fold(rest)) >= MIN_HEADLINE_WEIGHT).then_some(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, of: &[&str], want: &str) {
        let names = names(of.iter().copied());
        assert_eq!(without_name(title, &names), want, "{title}");
    }

    #[test]
    fn the_name_goes() {
        check(
            "A storm came | Harbour Post",
            &["Harbour Post"],
            "A storm came",
        );
        check("济南地铁开通_舜网", &["舜网 - 济南新闻"], "济南地铁开通");
        check(
            "济南地铁开通_济南新闻_舜网",
            &["舜网 - 济南新闻"],
            "济南地铁开通",
        );
        check(
            "A storm came – The Post-Herald",
            &["The Post-Herald"],
            "A storm came",
        );
        check(
            "A storm came — post.example",
            &["post.example"],
            "A storm came",
        );
    }

    #[test]
    fn what_is_no_name_stays() {
        check(
            "A storm came - and went",
            &["Harbour Post"],
            "A storm came - and went",
        );
        check("Weather - Post", &["Weather"], "Weather - Post");
        check("News - Post", &["Post"], "News - Post");
        check("Rostock-Nord", &["Ostsee"], "Rostock-Nord");
    }
}
