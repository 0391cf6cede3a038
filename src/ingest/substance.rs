//! What a reader would notice a change in: title, text and where the link leads.
//!
//! Markup does not count, nor does how characters are composed, nor white space,
//! nor lines that only say when a page was made or how often it was read, nor
//! parameters of the link that say nothing. Figures within a sentence do count:
//! a number of victims is news.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::{Draft, Held, Known, WebUrl};
use crate::text::{fingerprint, html, link};

/// Characters of a line that may be furniture; longer ones are text.
const MAX_FURNITURE: usize = 60;

/// Words that make a line of figures furniture.
const LABELS: &[&str] = &[
    "阅读",
    "浏览",
    "点击",
    "评论",
    "播放",
    "转发",
    "点赞",
    "收藏",
    "分享",
    "更新",
    "发布",
    "发表",
    "刚刚",
    "前",
    "閱讀",
    "瀏覽",
    "點擊",
    "評論",
    "發布",
    "観覧",
    "閲覧",
    "コメント",
    "조회",
    "댓글",
    "입력",
    "수정",
    "ago",
    "views",
    "view",
    "reads",
    "comments",
    "comment",
    "likes",
    "shares",
    "updated",
    "published",
    "posted",
    "modified",
    "aktualisiert",
    "veröffentlicht",
    "stand",
    "kommentare",
    "aufrufe",
    "vor",
    "publié",
    "mis à jour",
    "il y a",
    "actualizado",
    "publicado",
    "hace",
    "aggiornato",
    "pubblicato",
    "обновлено",
    "опубликовано",
    "просмотров",
    "просмотры",
    "комментариев",
    "назад",
];

/// Words that may stand beside them; a word stands before those it is made of.
const FILLERS: &[&str] = &[
    "时间",
    "小时",
    "日期",
    "次数",
    "次",
    "量",
    "数",
    "率",
    "人",
    "条",
    "于",
    "年",
    "月",
    "日",
    "时",
    "分钟",
    "分",
    "秒",
    "昨天",
    "今天",
    "天",
    "星期",
    "周",
    "上午",
    "下午",
    "時",
    "최종",
    "on",
    "at",
    "last",
    "just now",
    "minutes",
    "minute",
    "mins",
    "min",
    "hours",
    "hour",
    "days",
    "day",
    "weeks",
    "week",
    "am",
    "pm",
    "utc",
    "gmt",
    "cst",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "uhr",
    "am",
    "um",
    "minuten",
    "stunden",
    "stunde",
    "tagen",
    "tag",
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "le",
    "à",
    "heures",
    "heure",
    "jours",
    "el",
    "a las",
    "horas",
    "hora",
    "dias",
    "días",
    "il",
    "alle",
    "ore",
    "минут",
    "часов",
    "часа",
    "час",
    "дней",
    "the",
    "z",
    "t",
];

/// A hash of the text of a draft, if it has any: teaser and bodies.
pub(super) fn text(draft: &Draft) -> Option<u64> {
    let mut text = String::new();
    let bodies = draft.content.iter().map(|content| content.value.as_str());
    for markup in draft.summary.as_deref().into_iter().chain(bodies) {
        for line in html::to_text(markup).lines() {
            if !is_furniture(line) {
                text.extend(line.chars().filter(|c| !c.is_whitespace()));
                text.push('\n');
            }
        }
    }
    (!text.is_empty()).then(|| hash(&text))
}

/// A hash of all that a reader would notice a change in.
#[must_use]
pub fn of(draft: &Draft, strip_params: &[String]) -> u64 {
    with_text(draft, text(draft), strip_params)
}

/// As [`of`], if the hash of the text is known already.
pub(super) fn with_text(draft: &Draft, text: Option<u64>, strip_params: &[String]) -> u64 {
    let title = draft.title.as_deref().unwrap_or_default();
    let title: String = title.chars().filter(|c| !c.is_whitespace()).collect();
    let link = draft.link.as_ref();
    let link = link.map(|link| address(link, strip_params));
    hash(&format!("{title}\n{text:?}\n{link:?}"))
}

/// The address of an entry without what changes from poll to poll.
pub(super) fn address(url: &WebUrl, strip_params: &[String]) -> String {
    link::canonical_with(url, strip_params)
}

/// The same for every way in which the characters can be composed.
fn hash(text: &str) -> u64 {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => fingerprint::hash(text),
        _ => fingerprint::hash(&text.nfc().collect::<String>()),
    }
}

/// Whether a line says no more than a time or a count.
fn is_furniture(line: &str) -> bool {
    let line = line.trim();
    if line.len() > MAX_FURNITURE * 4 || line.chars().count() > MAX_FURNITURE {
        return false;
    }
    let mut rest = line.to_lowercase();
    let is_labelled = LABELS.iter().any(|label| strike(&mut rest, label));
    if !is_labelled {
        return false;
    }
    for word in LABELS.iter().chain(FILLERS) {
        strike(&mut rest, word);
    }
    !rest.chars().any(char::is_alphabetic)
}

/// Removes a word from `text`; whether it was there. Words in letters end where
/// other letters do not go on.
fn strike(text: &mut String, word: &str) -> bool {
    let is_spelled = word.is_ascii() || word.chars().any(|c| matches!(c, '\u{a0}'..='\u{52f}'));
    let mut from = 0;
    let mut is_struck = false;
    while let Some(at) = text[from..].find(word).map(|found| from + found) {
        let end = at + word.len();
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && c < '\u{2e80}');
        let is_within =
            is_letter(text[..at].chars().next_back()) || is_letter(text[end..].chars().next());
        if is_spelled && is_within {
            from = end;
            continue;
        }
        text.replace_range(at..end, " ");
        from = at + 1;
        is_struck = true;
    }
    is_struck
}

/// Changes of an entry's text alone that are passed on.
const MAX_EDITS: u8 = 24;

/// Whether an entry has to be written: it is new, or was edited.
///
/// A text that changes again and again while the title stays is a clock or a
/// counter; it counts for a while only. `known` counts along.
#[must_use]
pub fn is_news(
    held: Option<&Held>,
    fingerprint: u64,
    was: Option<&Known>,
    known: &mut Known,
) -> bool {
    let Some(held) = held else { return true };
    if held.is_removed || held.fingerprint == fingerprint {
        return false;
    }
    let is_text_only = was.is_some_and(|was| was.title == known.title && was.link == known.link);
    if !is_text_only {
        return true;
    }
    let may_change = known.edits < MAX_EDITS;
    known.edits += u8::from(may_change);
    may_change
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
