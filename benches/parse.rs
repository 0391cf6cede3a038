//! How fast bytes become drafts, beside another parser, on generated feeds.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gazetted::model::{Document, SafeHtml, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::{ParsedDocument, Setting, feed};
use gazetted::text::html::sanitize;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const SIZES: [usize; 3] = [10_000, 100_000, 2_000_000];

static ZONE: TimeZone = TimeZone::UTC;

const PARAGRAPH: &str = "济南市气象台今日发布暴雪橙色预警，预计未来六小时内市区降雪量将达十毫米以上，\
    请市民减少外出，注意道路结冰。记者从市交通运输局了解到，全市已出动除雪车辆三百余台。";

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    group.sample_size(20);
    for size in SIZES {
        let feeds = [
            ("rss cdata", rss(size, true)),
            ("rss escaped", rss(size, false)),
            ("atom", atom(size)),
        ];
        for (kind, text) in feeds {
            let is_rss = kind.starts_with("rss");
            group.throughput(Throughput::Bytes(text.len() as u64));
            let name = format!("{kind} {}k", text.len() / 1000);
            group.bench_with_input(BenchmarkId::new("gazetted", &name), &text, |b, text| {
                let document = document(text);
                b.iter(|| feed::read(black_box(&document), &setting()).expect("this is a feed"));
            });
            group.bench_with_input(BenchmarkId::new("sanitised", &name), &text, |b, text| {
                let document = document(text);
                b.iter(|| {
                    sanitised(
                        &feed::read(black_box(&document), &setting()).expect("this is a feed"),
                    )
                });
            });
            // The packages alone: their own types, no gate, no mapping.
            group.bench_with_input(
                BenchmarkId::new("bare", &name),
                &text,
                |b, text| match is_rss {
                    true => b.iter(|| rss::Channel::read_from(black_box(text.as_bytes())).is_ok()),
                    false => {
                        b.iter(|| {
                            atom_syndication::Feed::read_from(black_box(text.as_bytes())).is_ok()
                        });
                    }
                },
            );
            group.bench_with_input(BenchmarkId::new("feed-rs", &name), &text, |b, text| {
                b.iter(|| {
                    feed_rs::parser::parse(black_box(text.as_bytes())).expect("this is a feed")
                });
            });
        }
    }
    group.finish();
}

/// All markup of a feed as readers get it.
fn sanitised(reading: &ParsedDocument) -> Vec<SafeHtml> {
    let markup = reading.drafts.iter().flat_map(|draft| {
        let bodies = draft.content.iter().map(|content| &content.value);
        bodies
            .chain(&draft.summary)
            .map(|markup| (markup, draft.link.as_ref()))
    });
    markup
        .map(|(markup, base)| sanitize(markup, base))
        .collect()
}

fn document(text: &str) -> Document {
    Document {
        url: WebUrl::parse("https://news.example/feed").expect("this is a web address"),
        content_type: Some("application/xml; charset=utf-8".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: text.as_bytes().to_vec().into(),
    }
}

fn setting() -> Setting<'static> {
    Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &ZONE,
        encoding: None,
        limits: Limits::default(),
    }
}

fn rss(size: usize, is_cdata: bool) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>济南新闻</title>\
         <link>https://news.example/</link><description>新闻</description>\n",
    );
    for n in 0.. {
        if out.len() >= size {
            break;
        }
        let _ = writeln!(
            out,
            "<item><title>标题 {n}</title><link>https://news.example/{n}</link>\
             <guid isPermaLink=\"false\">{n}</guid><dc:creator>记者</dc:creator>\
             <pubDate>Tue, 02 Jan 2024 03:04:05 +0800</pubDate><category>本地</category>\
             <description>{PARAGRAPH}</description><content:encoded>{}</content:encoded></item>",
            body(is_cdata)
        );
    }
    out + "</channel></rss>\n"
}

fn atom(size: usize) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
         <title>济南新闻</title><id>urn:feed</id><updated>2024-01-02T03:04:05Z</updated>\
         <link href=\"https://news.example/\"/>\n",
    );
    for n in 0.. {
        if out.len() >= size {
            break;
        }
        let _ = writeln!(
            out,
            "<entry><title>标题 {n}</title><id>urn:{n}</id><link href=\"https://news.example/{n}\"/>\
             <updated>2024-01-02T03:04:05+08:00</updated><author><name>记者</name></author>\
             <content type=\"html\">{}</content></entry>",
            body(false)
        );
    }
    out + "</feed>\n"
}

fn body(is_cdata: bool) -> String {
    let mut html = String::new();
    for n in 0..6 {
        let _ = write!(
            html,
            "<p>{PARAGRAPH}</p><p><img src=\"https://news.example/{n}.jpg\" alt=\"\"/></p>"
        );
    }
    match is_cdata {
        true => format!("<![CDATA[{html}]]>"),
        false => html.replace('<', "&lt;").replace('>', "&gt;"),
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
