//! The date of an entry: what is said to be one, then what is nothing else, and
//! never what a teaser tells of.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::super::credits::calendar_date;
use super::super::credits::dateline::Dated;
use super::super::dom::lines;
use super::anchor::Anchor;
use super::item;
use crate::source::Setting;

/// Longest line that may give the date of an item, in characters.
const MAX_DATE_LINE_CHARS: usize = 80;

/// Most letters beside a date on a line that gives one.
const MAX_LETTERS_BESIDE: usize = 24;

/// Labels before the date of an entry: of publication, of a date, of something that comes before
/// or after it.
static LABELS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    let patterns = [
        r"(?i)(?:发布|發布|发表|刊发|公布|发文)(?:时间|時間|日期|于)?\s*[:：]|\b(?:published|posted|veröffentlicht|publié|pubblicato|publicado|опубликовано)\b",
        r"(?i)(?:^|[^\p{Han}])(?:时间|時間|日期)\s*[:：]|\b(?:date|datum|erstellt|fecha|data|дата)\b",
        r"(?i)(?:成文|印发|更新|录入|添加|上传)(?:时间|時間|日期)?\s*[:：]|\bupdated\b",
    ];
    patterns.map(|pattern| Regex::new(pattern).expect("a constant pattern"))
});

/// Marks of a sentence.
const SENTENCE: [char; 6] = ['。', '，', '！', '？', '；', '、'];

/// Returns the date in an item whose link is `anchor`.
pub(super) fn within(
    entry: &NodeRef<'_>,
    anchor: &Anchor<'_>,
    setting: &Setting<'_>,
) -> Option<Dated> {
    let said = lines::text(&anchor.node);
    // The link may say less than its title does.
    let is_part = said.len() > 3 && anchor.title.starts_with(item::cut_off(&said));
    let said = if is_part { said.as_str() } else { "" };
    beside(entry, &[&anchor.title, said], setting)
}

/// Returns the date of an entry that a rule found, beside its title.
pub(super) fn of_item(
    entry: &NodeRef<'_>,
    title: Option<&str>,
    setting: &Setting<'_>,
) -> Option<Dated> {
    beside(entry, &[title.unwrap_or_default()], setting)
}

/// Returns the date in an entry, as machines are told or on its lines without `titles`.
fn beside(entry: &NodeRef<'_>, titles: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let machine = entry.descendants_it().find(|node| node.has_name("time"));
    let machine = machine.and_then(|node| node.attr("datetime"));
    let machine = machine.and_then(|text| Dated::find(&text, setting));
    machine.or_else(|| {
        let titles = titles.iter().filter(|title| !title.is_empty());
        let rest = |line: lines::Line| {
            let titles = titles.clone();
            titles.fold(line.text, |rest, title| rest.replace(title, " "))
        };
        let rests = lines::lines(entry).into_iter().map(rest);
        let rests: Vec<String> = rests.filter(|rest| !rest.trim().is_empty()).collect();
        on(&rests, setting)
    })
}

/// Returns the date on lines that belong to one entry.
pub(super) fn on(lines: &[String], setting: &Setting<'_>) -> Option<Dated> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let short = || {
        lines
            .iter()
            .filter(|line| line.chars().nth(MAX_DATE_LINE_CHARS).is_none())
    };
    let by_label = |label: &Regex| {
        short().find_map(|line| Dated::find(&line[label.find(line)?.end()..], setting))
    };
    let labelled = LABELS.iter().find_map(by_label);
    labelled
        .or_else(|| calendar_date::date(&lines, setting))
        .or_else(|| {
            let mut bare = short().filter(|line| !is_sentence(line));
            bare.find_map(|line| Dated::find(line, setting))
        })
}

/// Whether a line tells of something: then its date is of that.
fn is_sentence(line: &str) -> bool {
    let n_letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let is_short = n_letters <= MAX_LETTERS_BESIDE;
    let is_ended = line.ends_with('。') && n_letters > MAX_LETTERS_BESIDE / 4;
    let is_told = line.contains(SENTENCE) && n_letters > MAX_LETTERS_BESIDE / 2;
    is_ended || is_told || !is_short && line.ends_with(['.', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::testing::setting;

    #[track_caller]
    fn check(lines: &[&str], want: Option<&str>) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let day = setting(|setting| {
            let at = on(&lines, setting)?.moment.at;
            Some(setting.zone.to_datetime(at).date().to_string())
        });
        assert_eq!(day.as_deref(), want, "given {lines:?}");
    }

    #[test]
    fn a_teaser_tells_of_other_days() {
        check(
            &[
                "记者从县水务局获悉，今年3月5日开工的工程近日完工。",
                "发布时间：2018-03-16 10:00",
            ],
            Some("2018-03-16"),
        );
        check(
            &["采摘节将持续到12月10日。", "2018-03-16"],
            Some("2018-03-16"),
        );
        check(&["自3月1日起，周末均可挂号，欢迎前来。"], None);
        check(&["来源：青石日报 2018-03-16 阅读 12"], Some("2018-03-16"));
        check(
            &["成文日期：2018-03-10", "发布日期：2018-03-16"],
            Some("2018-03-16"),
        );
        check(&["成文日期：2018-03-10"], Some("2018-03-10"));
    }
}
