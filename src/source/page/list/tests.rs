//! Tests of list pages read by rules.

use super::*;
use crate::model::Precision;
use crate::source::page::testing::{at, document, setting};
use crate::source::page::{Typed, pattern};

const PAGE: &str = r##"<html lang=zh-CN><head><title>济南新闻</title><base href="/jinan/"></head><body>
        <ul class=nav><li><a href="/">首页</a></li></ul>
        <ul class=news>
          <li><a href="1.html">园区建设加...</a><span class=time>2018-03-16 12:49</span></li>
          <li><a href="2.html" title="大明湖今日免费开放">大明湖今日...</a><span class=time>03-15</span></li>
          <li><a href="2.html">再次</a></li>
          <li><a href="http://other.cn/ad">广告</a></li>
          <li><a href="javascript:void(0)">更多</a></li>
          <li>没有链接</li>
        </ul></body></html>"##;

fn selector(css: &str) -> Selector {
    Selector::new(&[css.into()]).unwrap()
}

fn rules() -> ListRules {
    let date = Typed {
        format: vec!["%Y-%m-%d %H:%M".to_owned(), "%m-%d".to_owned()],
        ..Typed::from("span.time")
    };
    ListRules {
        container: Some(selector("ul.news")),
        item: Some(selector("li")),
        link: Some(selector("a@href")),
        date: Some(Selector::new(&[date]).unwrap()),
        ..ListRules::default()
    }
}

fn reading(list: ListRules, html: &str) -> Result<ParsedDocument, ReadError> {
    let rules = Rules { list: Some(list) };
    setting(|setting| read(&rules, &document(html), setting))
}

#[test]
fn items_come_with_link_title_and_date() {
    let reading = reading(rules(), PAGE).unwrap();
    assert_eq!(reading.format, "page");
    assert_eq!(reading.about.title.as_deref(), Some("济南新闻"));
    assert!(reading.complete);
    let [first, second, other, more] = &reading.drafts[..] else {
        panic!("{:?}", reading.drafts);
    };
    let link = first.link.as_ref().map(WebUrl::as_str);
    assert_eq!(link, Some("https://news.example.cn/jinan/1.html"));
    assert_eq!(first.title.as_deref(), Some("园区建设加..."));
    let published = first.published.unwrap();
    assert_eq!(published.at, at("2018-03-16T12:49:00+08:00"));
    assert_eq!(published.precision, Precision::Minute);
    assert_eq!(second.title.as_deref(), Some("大明湖今日免费开放"));
    let published = second.published.unwrap();
    assert_eq!(published.at, at("2018-03-15T00:00:00+08:00"));
    assert_eq!(published.precision, Precision::Day);
    assert_eq!(other.title.as_deref(), Some("广告"));
    assert_eq!(more.link, None);
}

#[test]
fn a_pattern_and_a_limit_keep_others_out() {
    let mut rules = rules();
    rules.url_pattern = Some(pattern(r"/jinan/\d+\.html$").unwrap());
    assert_eq!(reading(rules.clone(), PAGE).unwrap().drafts.len(), 2);
    rules.limit = Some(1);
    assert_eq!(reading(rules, PAGE).unwrap().drafts.len(), 1);
}

#[test]
fn an_empty_container_is_no_news_and_a_missing_one_is_trouble() {
    let empty = reading(rules(), "<body><ul class=news></ul></body></html>").unwrap();
    assert!(empty.drafts.is_empty());
    let gone = reading(
        rules(),
        "<body><ul class=other><li><a href=/1>x</a></ul></html>",
    );
    assert_eq!(gone.unwrap_err(), ReadError::Rebuilt("ul.news".to_owned()));
    let changed = reading(rules(), "<ul class=news><li></li><li></li></ul></html>");
    assert_eq!(changed.unwrap_err().code(), "rebuilt");
}

#[test]
fn a_page_that_ends_early_is_not_complete() {
    let cut = &PAGE[..PAGE.find("03-15").unwrap()];
    let reading = reading(rules(), cut).unwrap();
    assert!(!reading.complete);
    assert_eq!(reading.drafts.len(), 2);
}

#[test]
fn free_dates_need_no_format() {
    let dates = [
        ("3小时前", "2018-03-17T09:00:00+08:00"),
        ("昨天 10:00", "2018-03-16T10:00:00+08:00"),
        ("2018年3月16日", "2018-03-16T00:00:00+08:00"),
        ("[12-31]", "2017-12-31T00:00:00+08:00"),
    ];
    for (given, want) in dates {
        let html =
            format!("<ul class=news><li><a href=/1>题</a> <span class=time>{given}</span></ul>");
        let got = reading(rules(), &html).unwrap().drafts[0].published;
        assert_eq!(got.map(|moment| moment.at), Some(at(want)), "given {given}");
    }
}

#[test]
fn an_item_inside_an_item_is_part_of_it() {
    let html = "<ul class=news><li><a href=/1>甲</a><ul><li><a href=/2>乙</a></ul></ul>";
    assert_eq!(reading(rules(), html).unwrap().drafts.len(), 1);
}

#[test]
fn a_selector_that_looks_at_too_much_is_named() {
    let items = |n: usize| {
        let item = |n: usize| format!("<li><a href=/{n}.html>news number {n}</a></li>");
        let items: String = (0..n).map(item).collect();
        format!("<html><body><ul class=news>{items}</ul></body></html>")
    };
    let page = items(4000);
    for costly in [
        "xpath://li[count(//a[. = 'x']) = 0]",
        "xpath://li[//a[contains(., 'x')] or a]",
        "xpath://a[. = //a/@title or . = //a/@rel or true()]",
        "li ~ li ~ li ~ li ~ li",
        "li:nth-last-child(2n + 1):nth-child(2n + 1):nth-of-type(1)",
    ] {
        let rules = ListRules {
            item: Some(selector(costly)),
            ..rules()
        };
        let refused = reading(rules, &page).unwrap_err();
        assert_eq!(refused, ReadError::Costly(costly.to_owned()));
        assert!(refused.to_string().contains(costly), "{refused}");
    }
    // As rules are, on a page with as many items.
    let rules = ListRules {
        item: Some(selector("ul.news > li:nth-child(n)")),
        link: Some(selector("a:first-child@href")),
        title: Some(selector("xpath:.//a[contains(., 'number')]")),
        summary: Some(selector("li:has(a) a:contains('news')")),
        date: None,
        ..rules()
    };
    assert_eq!(reading(rules, &items(1000)).unwrap().drafts.len(), 1000);
}

#[test]
fn text_in_a_deep_page_is_read_so_often_only() {
    let mut page = "<div>lorem ipsum dolor sit amet, consetetur sadipscing elitr".repeat(200);
    page.push_str(&"x".repeat(300_000));
    for costly in [
        "div:contains('y'), div:has-text('y'), div:contains('z')",
        "xpath://div[contains(., 'x')][. != 'z'][. != 'w']",
    ] {
        let rules = ListRules {
            container: Some(selector(costly)),
            ..rules()
        };
        assert_eq!(
            reading(rules, &page).unwrap_err(),
            ReadError::Costly(costly.to_owned())
        );
    }
}
