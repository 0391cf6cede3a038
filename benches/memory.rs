//! How much memory reading takes, as a multiple of the document, for documents
//! of all kinds and those made to take as much as they can.
//!
//! Each is read in a process of its own; what counts is the peak of its resident
//! memory above what it was before the document was there, so that the document
//! itself counts once. Linux only. `cargo bench --bench memory`

#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use gazetted::model::{Document, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::{Setting, feed};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is promised.
const MOST: f64 = 6.0;

/// Smaller documents drown in what an empty program takes.
const SIZE: usize = 9 << 20;

/// A name, and how to make it.
type Kind = (&'static str, fn() -> Vec<u8>);

const KINDS: &[Kind] = &[
    ("rss, 2 000 entries", || rss(4_500, "<p>暴雪</p>")),
    ("rss, escaped", || {
        rss(4_500, "&lt;p&gt;x&amp;amp;&lt;/p&gt;")
    }),
    ("rss, one giant entry", || rss(SIZE, "<b>x</b>")),
    ("rss, empty entries", || wrap(&"<item/>".repeat(SIZE / 7))),
    ("rss, fields of one letter", || {
        wrap(
            &format!("<item>{}</item>", "<category>a</category>".repeat(900)).repeat(SIZE / 20_000),
        )
    }),
    ("rss, crumbs", || {
        wrap(&format!("<item>{}</item>", "<a/>".repeat(90_000)).repeat(SIZE / 370_000))
    }),
    ("rss, attributes", || {
        let attributes: String = (0..200).map(|n| format!(" a{n}='b&amp;c'")).collect();
        wrap(&format!("<item><title{attributes}>x</title></item>").repeat(SIZE / 3_500))
    }),
    ("rss, gb18030", || {
        let text = String::from_utf8(rss(4_500, "<p>暴雪</p>")).expect("we wrote it");
        let text = text.replacen("<rss", "<?xml version='1.0' encoding='gb18030'?><rss", 1);
        encoding_rs::GB18030.encode(&text).0.into_owned()
    }),
    ("rss, utf-16", || {
        let text = String::from_utf8(rss(2_200, "<p>x</p>")).expect("we wrote it");
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect()
    }),
    ("rss, controls", || rss(4_500, "\u{1}\u{92}x")),
    ("json feed", || {
        let item = format!(
            "{{\"id\":\"1\",\"content_html\":\"{}\"}},",
            "x\\u66b4".repeat(500)
        );
        let items = item.repeat(SIZE / item.len());
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{}]}}",
            items.trim_end_matches(',')
        )
        .into_bytes()
    }),
    ("json feed, crumbs", || {
        let items = "{\"id\":1},".repeat(SIZE / 9);
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{}]}}",
            items.trim_end_matches(',')
        )
        .into_bytes()
    }),
    ("h-feed", || {
        let entry = format!(
            "<article class=h-entry><h2 class=p-name>x</h2><div class=e-content>{}</div></article>",
            "<p>暴雪</p>".repeat(300)
        );
        format!(
            "<html><body>{}</body></html>",
            entry.repeat(SIZE / entry.len())
        )
        .into_bytes()
    }),
    ("h-feed, crumbs", || {
        format!(
            "<html><body class=h-entry>{}</body></html>",
            "<i>".repeat(SIZE / 3)
        )
        .into_bytes()
    }),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, file] = arguments.as_slice()
        && flag == "--one"
    {
        measure(Path::new(file));
        return;
    }
    println!(
        "{:28}{:>10}{:>10}{:>8}",
        "document", "MB", "peak MB", "times"
    );
    let mut worst: f64 = 0.0;
    let folder = tempfile::tempdir().expect("a folder for documents");
    let file = folder.path().join("document");
    for (kind, make) in KINDS {
        // Made here, as what making leaves behind is not to be measured.
        fs::write(&file, make()).expect("a document can be written");
        let program = std::env::current_exe().expect("this program is somewhere");
        let output = Command::new(program).arg("--one").arg(&file).output();
        let output = output.expect("this program can be started");
        let said = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = said
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let [document, peak] = numbers[..] else {
            println!(
                "{kind:28} failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            worst = f64::INFINITY;
            continue;
        };
        let times = peak / document;
        worst = worst.max(times);
        println!(
            "{kind:28}{:>10.1}{:>10.1}{times:>8.1}",
            document / 1e6,
            peak / 1e6
        );
    }
    println!("worst: {worst:.1} times the document, {MOST} are promised");
}

/// Reads one document and prints its size and what that took.
fn measure(file: &Path) {
    let before = resident("VmRSS");
    let body = fs::read(file).expect("the document is there");
    let size = body.len();
    let document = Document {
        url: WebUrl::parse("https://news.example/feed").expect("a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.into(),
    };
    let setting = Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &TimeZone::UTC,
        encoding: None,
        limits: Limits::default(),
    };
    let reading = feed::read(&document, &setting);
    let peak = resident("VmHWM").saturating_sub(before);
    let _ = black_box(&reading);
    println!("{size} {peak}");
}

/// A line of `/proc/self/status`, in bytes.
fn resident(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .expect("Linux tells");
    let kilobytes = line
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse::<u64>().ok());
    kilobytes.expect("a number") * 1024
}

/// Entries with about so many bytes of content each.
fn rss(each: usize, piece: &str) -> Vec<u8> {
    let content = piece.repeat(each / piece.len() + 1);
    let mut items = String::with_capacity(SIZE + each);
    for n in 0.. {
        if items.len() + each > SIZE && n > 0 {
            break;
        }
        let _ = write!(
            items,
            "<item><title>标题 {n}</title><link>https://news.example/{n}</link><description>{content}</description></item>"
        );
    }
    wrap(&items)
}

fn wrap(items: &str) -> Vec<u8> {
    format!("<rss version='2.0'><channel><title>P</title>{items}</channel></rss>").into_bytes()
}
