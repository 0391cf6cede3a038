//! Dates whose parts stand in elements of their own, as on the leaf of a calendar: `18` above
//! `2024-03`, or `09`, `декабря`, `2015`.

use std::sync::LazyLock;

use regex::Regex;

use super::dateline::Dated;
use crate::source::Setting;

/// Longest part of such a date, in characters.
const MAX: usize = 12;

/// Forms of such dates in numbers; groups are named for what they hold.
static FORMS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    let forms = [
        r"^(?<day>\d{1,2})日? (?<year>(?:19|20)\d{2})[-./年](?<month>\d{1,2})月?$",
        r"^(?<year>(?:19|20)\d{2})[-./年](?<month>\d{1,2})月? (?<day>\d{1,2})日?$",
        r"^(?<month>\d{1,2})[-./月](?<day>\d{1,2})日? (?<year>(?:19|20)\d{2})年?$",
        r"^(?<year>(?:19|20)\d{2})年? (?<month>\d{1,2})[-./月](?<day>\d{1,2})日?$",
        r"^(?<day>\d{1,2})日? (?<month>\d{1,2})月$",
    ];
    forms.map(|form| Regex::new(form).expect("a constant pattern"))
});

/// Finds the date that two or three short lines in a row are together, or one in which such
/// parts have come together.
pub(in crate::source::page) fn date(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let of = |n_parts: usize, is_wanted: fn(&[&str]) -> bool| {
        let parts = lines.windows(n_parts);
        parts
            .filter(|parts| parts.iter().all(is_part) && is_wanted(parts))
            .find_map(|parts| joined(parts, setting))
    };
    of(3, has_year)
        .or_else(|| of(2, |_| true))
        .or_else(|| of(1, |_| true))
}

fn has_year(parts: &[&str]) -> bool {
    let is_year = |part: &&str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().any(is_year)
}

fn is_part(line: &&str) -> bool {
    line.chars().nth(MAX).is_none() && line.contains(char::is_alphanumeric)
}

fn joined(parts: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let parts = parts
        .iter()
        .map(|part| part.trim_matches(['[', ']', '/', '-', ' ']));
    let parts: Vec<&str> = parts.collect();
    let leaf = parts.join(" ");
    if let Some(groups) = FORMS.iter().find_map(|form| form.captures(&leaf)) {
        let (month, day) = (&groups["month"], &groups["day"]);
        let written = match groups.name("year") {
            Some(year) => format!("{}-{month}-{day}", year.as_str()),
            None => format!("{month}月{day}日"),
        };
        return Dated::find(&written, setting);
    }
    // With the name of a month: a number and it, and maybe a year.
    let is_number = |part: &&&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |part: &&&str| part.chars().all(|c| c.is_alphabetic() || c == '.');
    let n_numbers = parts.iter().filter(is_number).count();
    let n_names = parts.iter().filter(is_name).count();
    let is_leaf = n_names == 1 && n_numbers > 0 && n_numbers + 1 == parts.len();
    let is_alone = |part: &&str| Dated::find(part, setting).is_some();
    if !is_leaf || parts.iter().any(is_alone) {
        return None;
    }
    Dated::find(&leaf, setting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::testing::setting;

    #[track_caller]
    fn check(lines: &[&str], want: Option<&str>) {
        let found =
            setting(|setting| date(lines, setting).map(|dated| (dated, setting.zone.clone())));
        let day = found.map(|(dated, zone)| zone.to_datetime(dated.moment.at).date().to_string());
        assert_eq!(day.as_deref(), want, "given {lines:?}");
    }

    #[test]
    fn the_parts_of_a_date_are_joined() {
        check(&["18", "2016-03"], Some("2016-03-18"));
        check(&["18日", "2016年03月"], Some("2016-03-18"));
        check(&["2016.03", "18"], Some("2016-03-18"));
        check(&["03-18", "2016"], Some("2016-03-18"));
        check(&["2016", "03/18"], Some("2016-03-18"));
        check(&["大明湖免费开放", "[18]", "2016/03"], Some("2016-03-18"));
        check(&["18 2016-03 ", "大明湖免费开放"], Some("2016-03-18"));
        check(&["09", "декабря", "2015"], Some("2015-12-09"));
        check(&["18", "Mar", "2016"], Some("2016-03-18"));
        check(&["Mar", "16"], Some("2018-03-16"));
        check(&["16", "3月"], Some("2018-03-16"));
    }

    #[test]
    fn other_short_lines_are_no_date() {
        check(&["18", "26"], None);
        check(&["18", "评论"], None);
        check(&["2016", "18"], None);
        check(&["版次", "12"], None);
        check(&["18", "2016-03-18 12:49:00"], None);
        check(&["more", "3"], None);
    }
}
