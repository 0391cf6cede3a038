//! Reserved pages: ones that ask not to be shown elsewhere, in their robots element or in the
//! `X-Robots-Tag` that came with them.

/// Words that ask not to be shown elsewhere.
const WORDS: [&str; 4] = ["noindex", "noarchive", "nosnippet", "none"];

/// Rules that have a value behind a colon, as the name of a robot has rules.
const WITH_VALUE: [&str; 4] = [
    "unavailable_after",
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
];

/// Our name as a robot.
const NAME: &str = "gazetted";

/// Whether the words of a robots element ask for it.
pub(super) fn by_words(robots: &str) -> bool {
    let mut words = robots.split([',', ' ', ';']).map(str::trim);
    words.any(|word| WORDS.iter().any(|own| own.eq_ignore_ascii_case(word)))
}

/// Whether the values of `X-Robots-Tag` ask for it, of all robots or of us: `noindex`,
/// `gazetted: noarchive`, but not `otherbot: noindex`.
pub(super) fn by_header(values: &[String]) -> bool {
    values.iter().any(|value| {
        let is_ours = |name: &str| name.eq_ignore_ascii_case(NAME) || name == "*";
        match value.split_once(':') {
            Some((name, rules)) if is_name(name) => is_ours(name.trim()) && by_words(rules),
            _ => by_words(value),
        }
    })
}

/// Whether the text before a colon is the name of a robot.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let is_rule = WITH_VALUE
        .iter()
        .any(|rule| rule.eq_ignore_ascii_case(text));
    !is_rule && !text.is_empty() && !text.contains([',', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], want: bool) {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(by_header(&values), want, "given {values:?}");
    }

    #[test]
    fn a_header_speaks_to_all_or_to_one() {
        check(&["noindex"], true);
        check(&["nofollow, NOARCHIVE"], true);
        check(&["nofollow", "none"], true);
        check(&["gazetted: noindex"], true);
        check(&["otherbot: noindex, nofollow"], false);
        check(&["otherbot: noindex", "gazetted: nosnippet"], true);
        check(
            &["unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"],
            true,
        );
        check(&["max-snippet:50, max-image-preview:large"], false);
        check(&["index, follow"], false);
        check(&[], false);
    }
}
