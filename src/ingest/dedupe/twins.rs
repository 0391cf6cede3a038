//! Two items at one address: the same news, or two notices on one page.
//!
//! An address joins what headline and text do not contradict. Papers do give one
//! page to many news: a page of warnings, the site of a network of podcasts.

use crate::model::{TextToken, TokenizedText};

/// Words of a text from which on it says enough to be compared.
const MIN_TEXT_WORDS: usize = 4;

/// Share of the words of the shorter text that a later state of it keeps.
const MIN_LATER_SHARE: f32 = 0.5;

/// Share of them that the same news has in the words of another paper.
const MIN_RETOLD_SHARE: f32 = 0.35;

/// Share of the words of a headline that it keeps where it is written anew.
const MIN_HEADLINE_SHARE: f32 = 0.6;

/// Whether two items that have the same address are two news all the same; with
/// `is_one_source`, their source calls them two.
#[must_use]
pub fn are_two(one: &TokenizedText, other: &TokenizedText, is_one_source: bool) -> bool {
    let title = shared(&distinct(&one.title), &distinct(&other.title));
    let (body, other_body) = (distinct(&one.body), distinct(&other.body));
    let has_texts = body.len().min(other_body.len()) >= MIN_TEXT_WORDS;
    let text = shared(&body, &other_body);
    match (has_texts, is_one_source) {
        (true, true) => text < MIN_LATER_SHARE,
        (true, false) => text < MIN_RETOLD_SHARE && title < MIN_HEADLINE_SHARE,
        (false, true) => title < MIN_HEADLINE_SHARE,
        (false, false) => title == 0.0,
    }
}

/// Share of the words of the shorter one that stand in the other, 0 to 1; both as of [`distinct`].
fn shared(one: &[TextToken], other: &[TextToken]) -> f32 {
    let stands = |token: &&TextToken| other.binary_search(token).is_ok();
    let n_shared = one.iter().filter(stands).count();
    n_shared as f32 / one.len().min(other.len()).max(1) as f32
}

/// Collects the distinct tokens of a text, ascending.
fn distinct(tokens: &[TextToken]) -> Vec<TextToken> {
    let mut tokens = tokens.to_vec();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fingerprint;

    fn gist(title: &str, body: &str) -> TokenizedText {
        let words = |text: &str| {
            let words = text.split_whitespace();
            words
                .map(|word| TextToken::word(fingerprint::hash(word)))
                .collect()
        };
        TokenizedText {
            title: words(title),
            body: words(body),
            ..TokenizedText::default()
        }
    }

    #[track_caller]
    fn check(one: (&str, &str), other: (&str, &str), is_one_source: bool, want: bool) {
        let got = are_two(&gist(one.0, one.1), &gist(other.0, other.1), is_one_source);
        assert_eq!(got, want, "{one:?} {other:?}");
    }

    #[test]
    fn warnings_of_one_page_are_many() {
        check(
            ("warning b of the office", "the lock is closed until friday"),
            ("warning c of the office", "water rises to four metres"),
            true,
            true,
        );
        check(("warning", ""), ("all clear", ""), true, true);
    }

    #[test]
    fn a_later_state_of_a_page_is_the_same() {
        check(
            ("fire in the mill", "a fire broke out in the old mill"),
            (
                "mill burns down",
                "a fire broke out in the old mill at night",
            ),
            true,
            false,
        );
    }

    #[test]
    fn another_paper_may_say_it_otherwise() {
        check(
            ("fire in the mill", "x y z w"),
            ("mill on fire", "a b c d"),
            false,
            false,
        );
        check(
            ("fire in mill", "x y z w"),
            ("roses in spring", "a b c d"),
            false,
            true,
        );
        check(
            ("fire in mill", ""),
            ("blaze at the mill", "a b c d"),
            false,
            false,
        );
        check(("fire in mill", ""), ("roses and tulips", ""), false, true);
    }
}
