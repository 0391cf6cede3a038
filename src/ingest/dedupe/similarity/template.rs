//! Whether two texts are one frame about different things.
//!
//! A page of a series has the words of its sister, and another string in the same
//! place: a street, a school, a firm, a person, a subject, a day. No list tells what
//! may stand there. What tells it is that the same string gives way to the same other
//! one wherever it stands: in the headline and in the text, or twice in the text. Who
//! puts a text into other words does not do that.

use std::collections::BTreeMap;

use super::align::Alignment;
use crate::model::{TextToken, TokenizedText};

/// Least weight that both have in one place: two ideographs, a word, a number.
const MIN_RUN_WEIGHT: u32 = 3;

/// A longer string is not what stands in a slot.
const MAX_SLOT: usize = 10;

/// Tokens of a headline that are compared.
const MAX_TITLE_TOKENS: usize = 48;

/// Divisor of all that differs: one part in so many has to be exchanged alike throughout.
const THROUGHOUT_DIVISOR: usize = 3;

/// A string of the first text, and what the second one has in its place.
type Exchange<'a> = (&'a [TextToken], &'a [TextToken]);

/// Exchange of one thing for another, between two items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exchanged {
    /// Whether one thing takes the place of another throughout.
    pub(super) is_throughout: bool,
    /// Whether it does so in the headlines, and neither item names the other's.
    pub(super) is_in_headline: bool,
    /// Whether each text names its own, too.
    pub(super) is_named: bool,
}

/// Finds out whether one thing takes the place of another, throughout or in the headlines.
pub(super) fn exchanged(a: &TokenizedText, b: &TokenizedText, matched: &Alignment) -> Exchanged {
    let mut of_title = Vec::new();
    let (title_a, title_b) = (head(&a.title), head(&b.title));
    let shared = exchanges(title_a, title_b, &mut of_title);
    // Headlines that are not one frame say nothing of what stands in a slot.
    if (shared * 2) < TextToken::total_weight(title_a).min(TextToken::total_weight(title_b)) {
        of_title.clear();
    }
    let mut of_body = Vec::new();
    for gap in &matched.gaps {
        let (from, to) = (&a.body[gap.a.0..gap.a.1], &b.body[gap.b.0..gap.b.1]);
        exchanges(from, to, &mut of_body);
    }
    let mut uses: BTreeMap<Exchange<'_>, usize> = BTreeMap::new();
    for exchange in &of_body {
        *uses.entry(*exchange).or_default() += 1;
    }
    // A single ideograph is a word for another one, 说 for 称.
    let is_thing = |exchange: &Exchange<'_>| {
        TextToken::total_weight(exchange.0) >= MIN_RUN_WEIGHT
            && TextToken::total_weight(exchange.1) >= MIN_RUN_WEIGHT
    };
    let is_throughout = uses.iter().any(|(exchange, uses)| {
        let is_headline = of_title.contains(exchange);
        let is_many = *uses > 1 && *uses * THROUGHOUT_DIVISOR >= of_body.len();
        (is_headline || is_many && is_thing(exchange)) && !is_in_both(*exchange, a, b)
    });
    // Words around it may have been put in other words: then it stands in no such place.
    of_title.retain(|exchange| is_thing(exchange) && !is_in_both(*exchange, a, b));
    let is_own =
        |exchange: &Exchange<'_>| stands(exchange.0, &a.body) && stands(exchange.1, &b.body);
    Exchanged {
        is_throughout,
        is_in_headline: !of_title.is_empty(),
        is_named: of_title.iter().any(is_own),
    }
}

/// Returns the beginning of a headline that is compared.
fn head(title: &[TextToken]) -> &[TextToken] {
    &title[..title.len().min(MAX_TITLE_TOKENS)]
}

/// Finds what is exchanged between two strings, in order; returns the weight of what both
/// have.
fn exchanges<'a>(a: &'a [TextToken], b: &'a [TextToken], found: &mut Vec<Exchange<'a>>) -> u32 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let (at_a, at_b, length) = longest_run(a, b);
    let shared = TextToken::total_weight(&a[at_a..at_a + length]);
    if shared < MIN_RUN_WEIGHT {
        if a.len() <= MAX_SLOT && b.len() <= MAX_SLOT {
            found.push(trimmed(a, b));
        }
        return 0;
    }
    let before = exchanges(&a[..at_a], &b[..at_b], found);
    let behind = exchanges(&a[at_a + length..], &b[at_b + length..], found);
    before + shared + behind
}

/// Cuts off what two strings begin and end with in common; leaves them as they are where one
/// would be part of the other.
fn trimmed<'a>(a: &'a [TextToken], b: &'a [TextToken]) -> Exchange<'a> {
    let both = |pair: &(&TextToken, &TextToken)| pair.0 == pair.1;
    let before = a.iter().zip(b).take_while(both).count();
    let (rest_a, rest_b) = (&a[before..], &b[before..]);
    let behind = rest_a.iter().rev().zip(rest_b.iter().rev());
    let behind = behind.take_while(both).count();
    let (end_a, end_b) = (rest_a.len() - behind, rest_b.len() - behind);
    match end_a == 0 || end_b == 0 {
        true => (a, b),
        false => (&rest_a[..end_a], &rest_b[..end_b]),
    }
}

/// Finds the longest run of tokens that both have: its place in each, and its length.
fn longest_run(a: &[TextToken], b: &[TextToken]) -> (usize, usize, usize) {
    let mut best = (0, 0, 0);
    let mut ends = vec![0; b.len() + 1];
    for (at_a, token) in a.iter().enumerate() {
        let mut diagonal = 0;
        for (at_b, other) in b.iter().enumerate() {
            let length = if token == other { diagonal + 1 } else { 0 };
            diagonal = std::mem::replace(&mut ends[at_b + 1], length);
            if length > best.2 {
                best = (at_a + 1 - length, at_b + 1 - length, length);
            }
        }
    }
    best
}

/// Whether a string stands in a text.
fn stands(part: &[TextToken], text: &[TextToken]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether either text has elsewhere what gave way in it, so that both are about it.
fn is_in_both((from, to): Exchange<'_>, a: &TokenizedText, b: &TokenizedText) -> bool {
    let is_in = |part: &[TextToken], gist: &TokenizedText| {
        stands(part, &gist.title) || stands(part, &gist.body)
    };
    // A single ideograph stands everywhere.
    let says_something = |part: &[TextToken]| TextToken::total_weight(part) >= MIN_RUN_WEIGHT;
    says_something(from) && is_in(from, b) || says_something(to) && is_in(to, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::dedupe::similarity::align::matched;
    use crate::ingest::dedupe::similarity::tokenize::of_text;

    #[track_caller]
    fn check(one: (&str, &str), other: (&str, &str), want: bool) {
        let (a, b) = (
            of_text(one.0, one.1, false),
            of_text(other.0, other.1, false),
        );
        let got = exchanged(&a, &b, &matched(&a.body, &b.body));
        assert_eq!(got.is_throughout, want, "{one:?} {other:?}");
    }

    const NOTICE: &str =
        "因供水管网改造施工，柳埠社区定于今晚停水，请柳埠社区居民提前做好储水准备，关闭用水阀门。";

    #[test]
    fn another_community_throughout_is_another_notice() {
        let other = NOTICE.replace("柳埠", "仲宫");
        check(("停水通知", NOTICE), ("停水通知", &other), true);
        let once = NOTICE.replacen("柳埠", "仲宫", 1);
        check(("停水通知", NOTICE), ("停水通知", &once), false);
        let (one, other) = ("柳埠社区停水通知", "仲宫社区停水通知");
        let short =
            "因供水管网改造施工，柳埠社区定于今晚停水，请居民提前做好储水准备，关闭用水阀门。";
        check((one, short), (other, &short.replace("柳埠", "仲宫")), true);
        check((one, short), (other, short), false);
    }

    #[test]
    fn a_headline_about_another_thing_is_another_notice_however_it_goes_on() {
        let one = "针对市民反映的早餐车工程延期一事，市里昨天作出回应，工期顺延62天。";
        let other = "关于大家所说儿童医院工程延期的事，市里昨天给了答复，工期顺延62天。";
        let exchanged = |one: (&str, &str), other: (&str, &str)| {
            let (a, b) = (
                of_text(one.0, one.1, false),
                of_text(other.0, other.1, false),
            );
            exchanged(&a, &b, &matched(&a.body, &b.body)).is_named
        };
        let (title, other_title) = ("合肥通报早餐车工程延期原因", "合肥通报儿童医院工程延期原因");
        assert!(exchanged((title, one), (other_title, other)));
        // Another word for it is one that its text has.
        assert!(!exchanged(
            (title, one),
            ("合肥通报反映的工程延期原因", one)
        ));
        assert!(!exchanged((title, one), ("合肥通报有关工程延期原因", one)));
    }

    #[test]
    fn another_subject_and_another_firm_are_too() {
        let text = |subject: &str| {
            format!(
                "今年高考{subject}试题坚持立德树人，突出对关键能力的考查。专家认为，{subject}试卷结构保持稳定，难度与往年持平。"
            )
        };
        let title = |subject: &str| format!("高考{subject}试题评析：稳中求新");
        let page = |subject: &str| (title(subject), text(subject));
        let (one, other) = (page("物理"), page("化学"));
        check((&one.0, &one.1), (&other.0, &other.1), true);
        let text = "Ashbury Foods has reported a profit for the six months to June, in line with what analysts expected. The board of Ashbury Foods will pay a dividend.";
        let other = text.replace("Ashbury Foods", "Glendale Energy");
        check(
            ("Half-year results", text),
            ("Half-year results", &other),
            true,
        );
    }

    #[test]
    fn words_put_in_other_words_are_none() {
        let text = "据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向，居民表示满意。";
        let other = "据悉，这一项目自立项至完工共38个月，其间先后开了17次市民议事会，最后定下了如今的线位走向，市民表示满意。";
        check(("地铁开通", text), ("地铁开通", other), false);
    }
}
