//! The headline of an entry, without what else its link says: the day, a
//! counter, the name of its section.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::super::dom::fold;
use super::super::dom::lines;
use crate::source::page::credits::person::is_han;

/// The most elements of a link that are looked at.
const MAX_PARTS: usize = 40;

/// Longest note in a link, in characters.
const MAX_NOTE_CHARS: usize = 30;

/// Narrowest line of a link that is its headline, where there are several.
const MIN_HEADLINE_WIDTH: usize = 12;

/// A date, or a count, and nothing else.
static NOTE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^[\s\[(（【|·]*(?:
        (?:发布(?:时间|日期)?|时间|日期|date)?\s*[:：]?\s*(?:
            (?:19|20)\d{2}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日? | \d{1,2}\s*[-./月]\s*\d{1,2}\s*日? | \d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}
          )(?:\s*T?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?
        |(?:阅读|浏览|点击|评论|人气|播放|views?|comments?)(?:量|数|次数)?\s*[:：]?\s*\d+\s*(?:次|人|条|万)?
        |\d+\s*(?:次(?:阅读|浏览|点击)?|人(?:阅读|浏览)?|条?评论|阅读|浏览|views?|comments?)
        |\(\d+\)|\[\d+\]
        )[\s\])）】|·]*$";
    Regex::new(pattern).expect("a constant pattern")
});

/// The same, in numbers, at either end of a headline that it is no element of.
static PLAIN: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let date = r"[\[(（【]?(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[\])）】]?|[\[(（【]\d{1,2}[-./月]\d{1,2}日?[\])）】]";
    [
        format!(r"^\s*(?:{date})[\s|·:：]*"),
        format!(r"[\s|·]*(?:{date})\s*$"),
    ]
    .map(|pattern| Regex::new(&pattern).expect("a constant pattern"))
});

/// Classes of what names the section of an entry, or says what it is.
static KICKER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[-_\s])(?:kicker|topline|overline|eyebrow|category|rubrik|section|lanmu|column)(?:$|[-_\s\d])";
    Regex::new(pattern).expect("a constant pattern")
});

/// Labels in `title` before the headline, and those from which on it is no headline.
static LABELS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"^\s*(?:文章)?标\s*题\s*[:：]\s*",
        r"\s*(?:作\s*者|发布时间|发布日期|更新时间|点击数?|来源)\s*[:：].*$",
    ]
    .map(|pattern| Regex::new(pattern).expect("a constant pattern"))
});

/// Returns the headline that a link says, or its `title` where that is the text in full.
pub(super) fn headline(anchor: &NodeRef<'_>) -> Option<String> {
    let text = without_notes(anchor, lines::text(anchor));
    let full = anchor.attr("title").map(|title| unlabelled(&fold(&title)));
    let title = completed(text, full.as_deref().unwrap_or_default());
    (!title.is_empty()).then_some(title)
}

/// Measures the width of a text: a Han character counts as two, another letter as one, all
/// else as nothing.
pub(in crate::source::page) fn width(text: &str) -> usize {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    letters.map(|c| 1 + usize::from(is_han(c))).sum()
}

/// `text`, or `full` where the text is its beginning.
pub(super) fn completed(text: String, full: &str) -> String {
    let cut = cut_off(&text);
    let begins = full.starts_with(cut) && full.len() > cut.len();
    let is_cut = cut.len() < text.trim_end_matches(' ').len();
    let goes_on = is_cut && !cut.is_empty() || full.len() > text.len();
    if begins && goes_on {
        full.to_owned()
    } else {
        text
    }
}

/// Returns a text without the dots that say that it was cut.
pub(super) fn cut_off(text: &str) -> &str {
    text.trim_end_matches(['.', '…', '。', '·', ' '])
}

fn unlabelled(title: &str) -> String {
    let title = LABELS[0].replace(title, "");
    let title = match title.is_empty() {
        true => title,
        false => LABELS[1].replace(&title, "").into_owned().into(),
    };
    title.trim().to_owned()
}

/// Takes the notes out of what a link says. Of several lines, as a card has them, the first that
/// is wide enough counts.
fn without_notes(anchor: &NodeRef<'_>, text: String) -> String {
    let has_parts = anchor.children_it(false).any(|node| node.is_element());
    if !has_parts {
        return shorn(&text);
    }
    let lines = lines::lines(anchor);
    if lines.len() > 1 {
        let is_headline = |line: &&lines::Line| {
            width(&line.text) >= MIN_HEADLINE_WIDTH && !NOTE.is_match(&line.text)
        };
        let found = lines.iter().find(is_headline);
        let half = width(&text) / 2;
        let is_card = |found: &lines::Line| {
            let has_blocks = lines.iter().any(|line| line.block != found.block);
            has_blocks && lines.iter().any(|line| width(&line.text) > half)
        };
        if let Some(found) = found.filter(|found| is_card(found)) {
            return shorn(&found.text);
        }
    }
    let mut rest = text.as_str();
    let parts = anchor
        .descendants_it()
        .filter(NodeRef::is_element)
        .take(MAX_PARTS);
    for part in parts {
        let Some(note) = lines::short_text(&part, MAX_NOTE_CHARS).filter(|note| !note.is_empty())
        else {
            continue;
        };
        let is_note = NOTE.is_match(&note);
        let names_section = part.class().is_some_and(|class| KICKER.is_match(&class));
        let behind = rest
            .strip_prefix(note.as_str())
            .filter(|_| is_note || names_section);
        let before = rest.strip_suffix(note.as_str()).filter(|_| is_note);
        rest = behind.or(before).unwrap_or(rest).trim();
    }
    if width(rest) == 0 {
        shorn(&text)
    } else {
        shorn(rest)
    }
}

/// Returns a headline without the date before or behind it.
pub(super) fn shorn(text: &str) -> String {
    let front = PLAIN[0].replace(text, "");
    let both = PLAIN[1].replace(&front, "");
    let is_left = both.chars().any(char::is_alphabetic);
    if is_left {
        both.trim().to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: &str, want: &str) {
        let dom = dom_query::Document::fragment(link);
        let link = dom.select_single("a");
        let got = link.nodes().first().and_then(headline);
        assert_eq!(got.as_deref(), Some(want), "given {}", link.html());
    }

    #[test]
    fn a_date_in_a_link_is_no_headline() {
        check("<a>水库完工<span>2026-11-28</span></a>", "水库完工");
        check("<a><i>11-28</i>水库完工</a>", "水库完工");
        check("<a>2026-11-28 水库完工</a>", "水库完工");
        check("<a>水库完工 [11-28]</a>", "水库完工");
        check("<a>水库完工<em>阅读 128</em></a>", "水库完工");
        check("<a>水库完工<b>(12)</b></a>", "水库完工");
        check("<a>11月28日<b>水库</b>完工</a>", "11月28日水库完工");
        check(
            "<a><b>2026</b>年<b>11</b>月水库完工</a>",
            "2026年11月水库完工",
        );
        check("<a>2026-11-28</a>", "2026-11-28");
    }

    #[test]
    fn a_section_is_no_headline_where_its_class_says_so() {
        check(
            "<a><span class=kicker>Kultur:</span> Das Museum öffnet</a>",
            "Das Museum öffnet",
        );
        check(
            "<a>Kultur: Das Museum öffnet</a>",
            "Kultur: Das Museum öffnet",
        );
    }

    #[test]
    fn of_a_card_the_headline_is_taken() {
        check(
            "<a><div>要闻</div><div>东沟镇水库除险加固工程完工</div><div>经过八个月施工，东沟镇水库除险加固工程近日通过验收。</div><div>11-28</div></a>",
            "东沟镇水库除险加固工程完工",
        );
    }

    #[test]
    fn a_cut_headline_is_completed() {
        check(
            "<a title=青石县召开建设会推进>青石县召开建设会...</a>",
            "青石县召开建设会推进",
        );
        check(
            "<a title=青石县召开建设会议>青石县召开建设会…</a>",
            "青石县召开建设会议",
        );
        check(
            "<a title=青石县召开建设会议吗>青石县召开建设会……</a>",
            "青石县召开建设会议吗",
        );
        check(
            "<a title=青石县召开建设会>青石县召开</a>",
            "青石县召开建设会",
        );
        check("<a title=点击查看>青石县召开...</a>", "青石县召开...");
        check(
            "<a title='标题：青石县召开建设会 发布时间：2026-11-28'>青石县召开…</a>",
            "青石县召开建设会",
        );
    }
}
