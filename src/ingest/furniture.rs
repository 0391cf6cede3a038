//! Boilerplate detection: lines that only say when a page was made, or how often it was read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Longest line that may be boilerplate, in characters; longer ones are text.
const MAX_FURNITURE: usize = 60;

/// Words that make a line of figures boilerplate.
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

/// Words that may stand beside labels; a word stands before those it is made of.
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

/// Characters of all these words.
static WORDS: LazyLock<BTreeSet<char>> = LazyLock::new(|| {
    let words = LABELS.iter().chain(FILLERS);
    words.flat_map(|word| word.chars()).collect()
});

/// Whether a line says no more than a time or a count: at least one label, figures, fillers
/// and nothing else in letters.
pub(super) fn is_furniture(line: &str) -> bool {
    let line = line.trim();
    if line.len() > MAX_FURNITURE * 4 || line.chars().count() > MAX_FURNITURE {
        return false;
    }
    // Ideographs and syllables that none of the words has are text: told soonest.
    let is_strange = |c: char| c >= '\u{2e80}' && c.is_alphabetic() && !WORDS.contains(&c);
    if line.chars().any(is_strange) {
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

/// Removes a word from `text`, and returns whether it was there. Words in letters end where
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
