//! Language tags, by their form (BCP 47, RFC 5646).

use std::borrow::Cow;

/// Bytes of the longest tag (RFC 5646, 4.4.1).
const MAX_LENGTH: usize = 35;

/// Whether a tag has the form of one: a primary language of two to eight letters,
/// and parts of one to eight letters and digits.
#[must_use]
pub fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let is_letters = primary.bytes().all(|b| b.is_ascii_alphabetic());
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    tag.len() <= MAX_LENGTH && is_letters && (2..=8).contains(&primary.len()) && parts.all(is_part)
}

/// Returns the tag that somebody meant: the first of a list, with hyphens, without an
/// encoding behind it; `None` if it is none.
///
/// ```
/// use gazetted::text::identifiers::language::meant;
/// assert_eq!(meant("zh_CN").as_deref(), Some("zh-CN"));
/// assert_eq!(meant("de_DE.UTF-8").as_deref(), Some("de-DE"));
/// assert_eq!(meant("Deutsch (Deutschland)"), None);
/// ```
#[must_use]
pub fn meant(written: &str) -> Option<String> {
    let first = written.split([',', ';', '.', '@']).next()?.trim();
    let tag = match first.contains('_') {
        true => Cow::Owned(first.replace('_', "-")),
        false => Cow::Borrowed(first),
    };
    let is_word = !tag.contains('-') && tag.len() > 3;
    (is_tag(&tag) && !is_word).then(|| tag.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_told_by_their_form() {
        for good in ["zh", "zh-CN", "zh-Hant-TW", "de-CH-1996", "cmn"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in [
            "",
            "z",
            "zh_CN",
            "zh-",
            "中文",
            "zh-CN-",
            "zh CN",
            "abcdefghi",
        ] {
            assert!(!is_tag(bad), "{bad}");
        }
    }

    #[test]
    fn what_was_meant_is_taken() {
        for (given, want) in [
            (" en-us ", Some("en-us")),
            ("en, de", Some("en")),
            ("en_GB.utf8", Some("en-GB")),
            ("english", None),
            ("<none>", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(meant(given).as_deref(), want, "{given}");
        }
    }
}
