//! Content hash of an entry: title, text and address, in which a reader would notice a
//! change.
//!
//! Markup does not count, nor does how characters are composed, nor white space,
//! nor lines that only say when a page was made or how often it was read, nor
//! parameters of the link that say nothing. Figures within a sentence do count:
//! a number of victims is news.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::boilerplate::is_boilerplate;
use crate::model::{Draft, SeenEntry, StoredItem, WebUrl};
use crate::text::{fingerprint, html, link};

/// Hashes the text of a draft, teaser and bodies, without boilerplate; `None` if it has none.
pub(in crate::ingest) fn text(draft: &Draft) -> Option<u64> {
    let mut text = String::new();
    let bodies = draft.content.iter().map(|content| content.value.as_str());
    for markup in draft.summary.as_deref().into_iter().chain(bodies) {
        for line in html::to_text(markup).lines() {
            if !is_boilerplate(line) {
                // Of all white space, text has only these.
                for word in line.split(' ') {
                    text.push_str(word);
                }
                text.push('\n');
            }
        }
    }
    (!text.is_empty()).then(|| hash(&text))
}

/// Hashes all that a reader would notice a change in; stored as an item's fingerprint.
#[must_use]
pub fn of(draft: &Draft, strip_params: &[String]) -> u64 {
    with_text(draft, text(draft), strip_params)
}

/// Hashes as [`of`], if the hash of the text is known already.
pub(in crate::ingest) fn with_text(
    draft: &Draft,
    text: Option<u64>,
    strip_params: &[String],
) -> u64 {
    let title = draft.title.as_deref().unwrap_or_default();
    let title: String = title.chars().filter(|c| !c.is_whitespace()).collect();
    let link = draft.link.as_ref();
    let link = link.map(|link| address(link, strip_params));
    hash(&format!("{title}\n{text:?}\n{link:?}"))
}

/// Returns the address of an entry without what changes from poll to poll: canonical, without
/// tracking parameters and `strip_params`.
pub(in crate::ingest) fn address(url: &WebUrl, strip_params: &[String]) -> String {
    link::canonical_with(url, strip_params)
}

/// Hashes a text, the same for every way in which the characters can be composed (NFC).
fn hash(text: &str) -> u64 {
    if text.chars().all(is_settled) {
        return fingerprint::hash(text);
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => fingerprint::hash(text),
        _ => fingerprint::hash(&text.nfc().collect::<String>()),
    }
}

/// Whether a character is composed whatever stands around it: Latin, the punctuation of
/// ideographs, ideographs.
const fn is_settled(c: char) -> bool {
    matches!(c, '\0'..='\u{2ff}' | '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3029}'
        | '\u{3400}'..='\u{9fff}' | '\u{ff01}'..='\u{ffef}')
}

/// Changes of an entry after which one of its text alone is not passed on any more.
const MAX_EDITS: u8 = 24;

/// Changes of an entry after which none is passed on any more, of whatever it has.
const MAX_CHANGES: u8 = 48;

/// Polls for which an entry that changed so often has to stay as it is to be passed on once more.
const QUIET_POLLS: u8 = 8;

/// Whether an entry has to be written: it is new, or was edited.
///
/// A text that changes again and again while the title stays is a clock or a counter; it counts
/// for a while only. A title or an address may change as often again; then what it comes to is
/// passed on when it rests. `known.edits` counts along.
#[must_use]
pub fn is_news(
    held: Option<&StoredItem>,
    fingerprint: u64,
    was: Option<&SeenEntry>,
    known: &mut SeenEntry,
) -> bool {
    let Some(held) = held else { return true };
    if held.is_removed || held.fingerprint == fingerprint {
        return false;
    }
    let is_text_only = was.is_some_and(|was| was.title == known.title && was.link == known.link);
    let most = if is_text_only { MAX_EDITS } else { MAX_CHANGES };
    if known.edits < most {
        known.edits += 1;
        return true;
    }
    if known.edits < MAX_CHANGES {
        return false;
    }
    let is_at_rest = is_text_only && was.is_some_and(|was| was.text == known.text);
    known.edits = match is_at_rest {
        true => known.edits.saturating_add(1),
        false => MAX_CHANGES,
    };
    let is_through = known.edits >= MAX_CHANGES + QUIET_POLLS;
    if is_through {
        known.edits = MAX_CHANGES;
    }
    is_through
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    fn draft(title: &str, body: &str) -> Draft {
        Draft {
            title: Some(title.to_owned()),
            link: WebUrl::parse("https://a.example/1?sid=1"),
            content: vec![Content {
                value: body.to_owned(),
                ..Content::default()
            }],
            ..Draft::default()
        }
    }

    #[track_caller]
    fn check(one: &str, other: &str, is_same: bool) {
        let (one_hash, other_hash) = (of(&draft("t", one), &[]), of(&draft("t", other), &[]));
        assert_eq!(one_hash == other_hash, is_same, "{one} | {other}");
    }

    #[test]
    fn churn_is_no_change() {
        check("<p>Text.</p>", "<div class=x7f>Text.<br></div>", true);
        check(
            "<p>Text.</p><p>阅读 123</p>",
            "<p>Text.</p><p>阅读 124</p>",
            true,
        );
        check("<p>Text.</p><p>浏览次数：1,234次</p>", "<p>Text.</p>", true);
        check(
            "Text.<br>Updated: 12:34:56",
            "Text.<br>Updated: 12:35:07",
            true,
        );
        check("Text.<br>3小时前", "Text.<br>昨天 10:00 发布", true);
        check("<p>Text.</p>5 minutes ago", "<p>Text.</p>2 hours ago", true);
        check(
            "Text.<br>Stand: 23. November 2026, 14:05 Uhr",
            "Text.",
            true,
        );
        check("a\u{a0}b\r\n c", "a b c", true);
        check("Cafe\u{301}", "Café", true);
        check(
            "<a href='/x?session=1'>x</a>",
            "<a href='/x?session=2'>x</a>",
            true,
        );
    }

    #[test]
    fn a_settled_character_is_composed() {
        let settled = (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .filter(|c| is_settled(*c));
        for c in settled {
            assert!(std::iter::once(c).nfc().eq([c]), "{c:?}");
            assert_eq!(
                is_nfc_quick(['a', c].into_iter()),
                IsNormalized::Yes,
                "{c:?}"
            );
        }
    }

    #[test]
    fn figures_of_the_text_are_news() {
        check(
            "<p>3 Tote bei Unfall</p>",
            "<p>4 Tote bei Unfall</p>",
            false,
        );
        check(
            "<p>会议改在 14:00 举行</p>",
            "<p>会议改在 15:00 举行</p>",
            false,
        );
        check("<td>3:2</td>", "<td>3:3</td>", false);
        check("<p>5人死亡</p>", "<p>6人死亡</p>", false);
        check("He was updated at 5", "She was updated at 5", false);
    }

    #[test]
    fn title_and_link_count() {
        let one = draft("济南 大雪", "x");
        let mut other = one.clone();
        other.title = Some("济南大雪 ".to_owned());
        assert_eq!(of(&one, &[]), of(&other, &[]));
        other.title = Some("济南暴雪".to_owned());
        assert_ne!(of(&one, &[]), of(&other, &[]));
        let mut other = one.clone();
        other.link = WebUrl::parse("https://a.example/1?sid=2&utm_source=rss");
        assert_ne!(of(&one, &[]), of(&other, &[]));
        let noise = ["sid".to_owned()];
        assert_eq!(of(&one, &noise), of(&other, &noise));
    }
}
