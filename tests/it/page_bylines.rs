//! Bylines as newspapers of many languages write them, read on whole pages:
//! `tests/fixtures/pages/bylines.txt`.

use std::fs;

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::page::ArticleRules;
use gazetted::source::{self, Setting, gate::Limits};
use jiff::tz::TimeZone;

/// The language of the text, its headline, and two paragraphs.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "zh",
        "青石县召开水利建设推进会",
        "11月26日，水利建设推进会在东沟镇召开，与会人员查看了三处在建塘坝，听取了各镇的工作介绍，并就明年的安排进行了讨论。",
        "会议要求，各镇要在年底之前完成已开工的塘坝，把责任落实到人，确保明年春灌有水可用，让群众真正得到实惠。",
    ),
    (
        "en",
        "The market hall opens again after nine years",
        "The old market hall opened again on Saturday, nine years after the roof had come down, and traders were back at their stalls before seven in the morning.",
        "The town has paid for most of it, and hopes that more visitors will come to the old streets around the hall once the trams run again in the spring.",
    ),
    (
        "ja",
        "青石市場が九年ぶりに再開",
        "屋根が崩れてから九年、古い市場が土曜日に再び開き、商人たちは朝七時前には店に戻っていた。市は費用の大半を負担した。",
        "春に路面電車が再び走れば、周りの古い町並みにも人が訪れると市は期待している。住民からは喜びの声が聞かれた。",
    ),
    (
        "ko",
        "푸른시장 아홉 해 만에 다시 문 열어",
        "지붕이 무너진 지 아홉 해 만에 옛 시장이 토요일 다시 문을 열었고 상인들은 아침 일곱 시 전에 가게로 돌아왔다.",
        "시는 비용의 대부분을 부담했으며 봄에 전차가 다시 다니면 둘레의 옛 거리에도 사람들이 찾아올 것으로 기대한다.",
    ),
];

fn page(language: &str, place: &str, line: &str) -> String {
    let text = TEXTS.iter().find(|text| text.0 == language);
    let (_, title, one, two) = text.expect("a language of the fixture");
    let at = |own: &str, markup: String| if place == own { markup } else { String::new() };
    format!(
        "<html><head><meta charset=utf-8><title>{title}</title>{}</head><body><h1>{title}</h1>{}{}\
         <div id=zoom>{}<p>{one}</p><p>{two}</p><p>{one}</p>{}</div>{}</body></html>",
        at("meta", line.to_owned()),
        at("head", format!("<div>{line}</div>")),
        at("html", line.to_owned()),
        at("first", format!("<p>{line}</p>")),
        at("last", format!("<p>{line}</p>")),
        at("tail", format!("<div>{line}</div>")),
    )
}

fn authors(html: String) -> String {
    let document = Document {
        url: WebUrl::parse("http://www.qs.example/xw/31001.html").unwrap(),
        content_type: Some("text/html; charset=utf-8".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: Bytes::from(html),
    };
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let setting = Setting {
        now: "2026-11-29T18:00:00+08:00".parse().unwrap(),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    };
    let article = source::read_article(&ArticleRules::default(), &document, &setting).unwrap();
    match article.authors.as_slice() {
        [] => "-".to_owned(),
        authors => authors.join(", "),
    }
}

#[test]
fn bylines_are_what_readers_read() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/pages/bylines.txt"
    );
    let text = fs::read_to_string(path).unwrap();
    let mut language = "zh";
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("= ") {
            language = next;
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [place, byline, want] = parts.as_slice() else {
            panic!("not a case: {line}");
        };
        let byline = byline.replace("\\|", "|");
        let got = authors(page(language, place, &byline));
        n_cases += 1;
        if got != *want {
            wrong.push(format!("{place}: {byline}\n    got {got}, wanted {want}"));
        }
    }
    println!("{} of {n_cases}", n_cases - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
