//! Promises that the other files of this folder keep together. It is Friday,
//! 16 March 2018, 15:00 in Shanghai.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use proptest::prelude::*;

use super::{FoundDate, find, parse_feed_date};
use crate::model::Precision;

fn now() -> Timestamp {
    "2018-03-16T07:00:00Z".parse().unwrap()
}

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

/// Formats a date as exactly as it was given, with its offset.
fn show(found: &FoundDate) -> String {
    let civil = found.civil.to_string();
    let length = match found.precision {
        Precision::Day => 10,
        Precision::Minute => 16,
        Precision::Second => 19,
    };
    let offset = found
        .offset
        .map(|offset| format!(" {offset}"))
        .unwrap_or_default();
    format!("{}{offset}", &civil[..length])
}

#[track_caller]
fn check(given: &str, want: &str) {
    let found = find(given, now(), &shanghai());
    assert_eq!(
        found.as_ref().map(show).as_deref().unwrap_or("-"),
        want,
        "given {given}"
    );
}

/// Checks a date element of a source in UTC.
#[track_caller]
fn feed(given: &str, want: &str) {
    let moment = parse_feed_date(given, now(), &TimeZone::UTC);
    let got = moment.map(|moment| moment.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    assert_eq!(got.as_deref().unwrap_or("-"), want, "given {given}");
}

#[test]
fn rfc_822_with_the_usual_mistakes() {
    feed("Fri, 16 Mar 2018 12:49:07 GMT", "2018-03-16T12:49:07Z");
    feed("Mon, 16 Mar 2018 8:0:0 +08:00", "2018-03-16T00:00:00Z");
    feed("16 March 18 12:49 EST", "2018-03-16T17:49:00Z");
    feed(
        "Fri,16 Mar 2018 12:49:07 -0000 (a (nested) word)",
        "2018-03-16T12:49:07Z",
    );
    feed("Fri, 16 Mar 2018 24:00:00 GMT", "2018-03-17T00:00:00Z");
    feed("Fri, 16 Mar 2018 23:59:60 GMT", "2018-03-16T23:59:59Z");
    feed("Friday, March 16th, 2018 - 3:09pm", "2018-03-16T15:09:00Z");
    feed("Fri Mar 16 12:49:07 HKT 2018", "2018-03-16T04:49:07Z");
    feed("Thu, 16 Mar 2018 12:49:07 Moon", "2018-03-16T12:49:07Z");
    feed("Thu, 16 Mar 2018 12:49:07 +2500", "2018-03-16T12:49:07Z");
}

#[test]
fn iso_8601_in_full() {
    feed("2018-03-16T12:49:07.123+08:00", "2018-03-16T04:49:07Z");
    feed("2018-03-16T12:49:07,5Z", "2018-03-16T12:49:07Z");
    feed("20180316T124907Z", "2018-03-16T12:49:07Z");
    feed("2018-03-16T12:49-03", "2018-03-16T15:49:00Z");
    feed("2018-W11-5T12:49Z", "2018-03-16T12:49:00Z");
    feed("2018W115", "2018-03-16T00:00:00Z");
    feed("2018-075", "2018-03-16T00:00:00Z");
    feed("2018-03", "2018-03-01T00:00:00Z");
    feed("2018", "2018-01-01T00:00:00Z");
    feed("1521175740", "2018-03-16T04:49:00Z");
    feed("1521175740000", "2018-03-16T04:49:00Z");
}

#[test]
fn months_in_many_languages() {
    for text in [
        "Fr, 16. März 2018 12:49 Uhr",
        "ven., 16 mars 2018 12:49",
        "viernes, 16 de marzo de 2018, 12:49",
        "sex, 16 mar 2018 12:49:00",
        "venerdì 16 marzo 2018 ore 12:49",
        "vrijdag 16 maart 2018 12:49",
        "fredag 16. marts 2018 kl. 12.49",
        "perjantai 16. maaliskuuta 2018 klo 12.49",
        "16 marca 2018, godz. 12:49",
        "16. března 2018 12:49",
        "2018. március 16. 12:49",
        "16 Mart 2018 12:49",
        "Παρασκευή, 16 Μαρτίου 2018 12:49",
        "16 марта 2018 г. в 12:49",
        "16 березня 2018, 12:49",
        "16 مارس 2018 12:49",
        "١٦ آذار ٢٠١٨ ١٢:٤٩",
        "2018年3月16日(金) 12時49分",
        "2018년 3월 16일 (금) 오후 12:49",
        "周五, 16 3月 2018 12:49",
    ] {
        feed(text, "2018-03-16T12:49:00Z");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "yes",
        "Fri, 30 Feb 2018 08:00:00 GMT",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 08:00:00 +0800",
        "0001-01-01T00:00:00",
        "0000-00-00 00:00:00",
        "2018-13-01",
        "2018-03-16T25:00:00Z",
        "2018-03-16T12:61:00Z",
        "Sun, 16 zzz 2012 11:47:32 GMT",
        "99999999999999999999",
        "-1",
        "1899-12-31",
        "9999-12-31T23:59:59Z",
    ] {
        feed(text, "-");
    }
    feed(&"(".repeat(1_000_000), "-");
}

#[test]
fn a_zone_means_what_its_source_means() {
    let read = |text| {
        parse_feed_date(text, now(), &shanghai())
            .unwrap()
            .at
            .to_string()
    };
    assert_eq!(read("Fri Mar 16 12:49:07 CST 2018"), "2018-03-16T04:49:07Z");
    assert_eq!(read("2018-03-16 12:49:07"), "2018-03-16T04:49:07Z");
}

#[test]
fn skipped_and_doubled_times_are_settled() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let read = |text| {
        parse_feed_date(text, now(), &berlin)
            .unwrap()
            .at
            .to_string()
    };
    assert_eq!(read("2018-03-25 02:30"), "2018-03-25T01:30:00Z");
    assert_eq!(read("2018-10-28 02:30"), "2018-10-28T00:30:00Z");
}

#[test]
fn dates_in_chinese_text() {
    check(
        "来源：济南日报  2018-03-16 12:49:00  编辑：王鹏",
        "2018-03-16T12:49:00",
    );
    check("2019-09-2612:11来源：证券时报网", "2019-09-26T12:11");
    check("二〇一八年三月十六日", "2018-03-16");
    check("二O一八年三月十六日 上午九时三十分", "2018-03-16T09:30");
    check("2018年3月16日下午3点半", "2018-03-16T15:30");
    check("2018年3月16日晚上8点", "2018-03-16T20:00");
    check("2018年3月16日凌晨12点05分", "2018-03-16T00:05");
    check("2018年3月16日中午12:10", "2018-03-16T12:10");
    check("２０１８年０３月１６日　１２：４９", "2018-03-16T12:49");
    check("民国107年3月16日", "2018-03-16");
    check("平成30年3月16日", "2018-03-16");
    check("2018年 03月 16日 星期五 12:49", "2018-03-16T12:49");
    check("（2018-03-16）", "2018-03-16");
    check("[03-16]", "2018-03-16");
    check("记者张三3月16日报道", "2018-03-16");
}

#[test]
fn the_publication_is_meant() {
    check(
        "更新时间：2018-03-16 16:05 发布时间：2018-03-16 12:49",
        "2018-03-16T12:49",
    );
    check(
        "2018-03-16 12:49 发布 2018-03-17 08:00 更新",
        "2018-03-16T12:49",
    );
    check(
        "Updated: March 17, 2018 | Published: March 16, 2018",
        "2018-03-16",
    );
    check("截止日期：2018-04-30", "-");
    check("3月15日，记者获悉。2018-03-16 12:49", "2018-03-16T12:49");
}

#[test]
fn without_a_year_it_is_the_latest() {
    check("03-16 12:49", "2018-03-16T12:49");
    check("12-28 19:55", "2017-12-28T19:55");
    check("12月31日", "2017-12-31");
    check("2月29日", "2016-02-29");
    check("16日 12:49", "2018-03-16T12:49");
    check("31日 12:49", "2018-01-31T12:49");
    check("16 Mar 12:49", "2018-03-16T12:49");
    check("16.03. 12:49", "2018-03-16T12:49");
}

#[test]
fn told_from_now() {
    check("3小时前", "2018-03-16T12:00");
    check("半小时前", "2018-03-16T14:30");
    check("2小时30分钟前", "2018-03-16T12:30");
    check("1个月前", "2018-02-16");
    check("刚刚", "2018-03-16T15:00");
    check("昨天 10:00", "2018-03-15T10:00");
    check("昨晚8点", "2018-03-15T20:00");
    check("前天", "2018-03-14");
    check("周三 10:00", "2018-03-14T10:00");
    check("上周五", "2018-03-09");
    check("星期一", "2018-03-12");
    check("2 hours ago", "2018-03-16T13:00");
    check("an hour ago", "2018-03-16T14:00");
    check("1 day, 2 hours ago", "2018-03-15T13:00");
    check("vor 3 Tagen", "2018-03-13");
    check("il y a 3 jours", "2018-03-13");
    check("hace 2 horas", "2018-03-16T13:00");
    check("gestern, 10:00 Uhr", "2018-03-15T10:00");
    check("3 часа назад", "2018-03-16T12:00");
    check("3시간 전", "2018-03-16T12:00");
    check("3時間前", "2018-03-16T12:00");
    check("5 dagar sedan", "2018-03-11");
    check("3 godziny temu", "2018-03-16T12:00");
}

#[test]
fn numbers_in_every_order() {
    check("16.03.2018 12:49", "2018-03-16T12:49");
    check("16/03/2018", "2018-03-16");
    check("03/16/2018 3:20 pm", "2018-03-16T15:20");
    check("18-03-16 12:49", "2018-03-16T12:49");
    check("30.10.17", "2017-10-30");
    check("2018.3.16", "2018-03-16");
    check("2018·03·16", "2018-03-16");
    check("2018—03—16 12:49", "2018-03-16T12:49");
    check("12:49 16.03.2018", "2018-03-16T12:49");
    check("12:49, 16 March 2018", "2018-03-16T12:49");
    check("16.3.2018 um 15.20 Uhr", "2018-03-16T15:20");
    check("16/03/2018 à 15h20", "2018-03-16T15:20");
    check("Mar 16, 2018 12:49 PM CET", "2018-03-16T12:49 +01");
}

#[test]
fn short_weekdays_stand_alone_or_with_a_time() {
    check("Fri", "2018-03-16");
    check("Fri 12:30", "2018-03-16T12:30");
    check("Friday", "2018-03-16");
    for text in [
        "Click here to search",
        "The sun over Jinan",
        "Vi ses på to",
        "We sat down",
    ] {
        check(text, "-");
    }
}

#[test]
fn other_numbers_are_no_dates() {
    for text in [
        "责任编辑：张素芬",
        "电话：0531-85196051",
        "2018年第3期",
        "鲁ICP备05002386号",
        "10.12.1.3",
        "3-2",
        "1/12",
        "版本 3.16",
        "13853112345",
        "2018-2019赛季",
        "12:49",
        "¥12.50",
        "A02版",
    ] {
        check(text, "-");
    }
}

proptest! {
    #[test]
    fn it_never_panics(text in "([0-9]{1,4}|[-:/., T+]|年|月|日|前|小时|十|mar|am|W|GMT|vor|上|\\PC){0,16}") {
        let _ = find(&text, now(), &shanghai());
        let _ = parse_feed_date(&text, now(), &shanghai());
    }

    #[test]
    fn what_is_written_is_read(seconds in 100_000_000i64..4_000_000_000) {
        let at = Timestamp::from_second(seconds).unwrap();
        let civil: DateTime = TimeZone::UTC.to_datetime(at);
        for format in ["%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H时%M分%S秒"] {
            let text = civil.strftime(format).to_string();
            let read = parse_feed_date(&text, at, &TimeZone::UTC).map(|moment| moment.at);
            prop_assert_eq!(read, Some(at), "{}", text);
        }
    }
}
