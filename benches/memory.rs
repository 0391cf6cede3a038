//! How much memory reading takes, as a multiple of the document, for documents
//! of all kinds and those made to take as much as they can.
//!
//! ```text
//! cargo bench --bench memory              feeds and pages that are made up
//! cargo bench --bench memory -- DIR       and every .html in DIR
//! ```
//!
//! Each is read in a process of its own, for the second time; what counts is the peak
//! of its resident memory above what it was before the document was there, so that the
//! document itself counts once. Of a page read as article and as list the worse counts.
//! Linux only.

#![expect(clippy::print_stdout, reason = "a measurement prints")]
#![expect(unsafe_code, reason = "only the allocator gives memory back")]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use gazetted::model::{Document, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::page::{ArticleRules, Rules, list};
use gazetted::source::{self, Setting, feed};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is promised of feeds.
const MOST: f64 = 6.0;

/// What is promised of pages.
const MOST_OF_PAGES: f64 = 20.0;

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

/// A page is refused, or read, in bounds.
const PAGES: &[Kind] = &[
    ("page, prose", || {
        page(&"<p>济南地铁四号线今日开通，沿途设有三十座车站。</p>\n".repeat(120_000))
    }),
    ("page, one paragraph", || {
        page(&format!("<p>{}</p>", "今日开通。".repeat(500_000)))
    }),
    ("page, 20 000 links", || {
        let links = (0..20_000)
            .map(|n| format!("<li><a href='/news/{n}.html'>济南今日新闻第{n}条</a></li>"));
        page(&links.collect::<String>())
    }),
    ("page, small and dense", || page(&"<i>a</i>".repeat(20_000))),
    ("page, crumbs", || page(&"<b>".repeat(3_000_000))),
    ("page, table", || {
        page(&format!(
            "<table>{}</table>",
            "<tr><td>1<td>2".repeat(40_000)
        ))
    }),
    ("page, attributes", || {
        page(&format!("<p {}>x</p>", "a=1 ".repeat(900)).repeat(2_000))
    }),
    ("page, nested", || page(&"<div>".repeat(50_000))),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, file] = arguments.as_slice()
        && let Some(kind) = flag.strip_prefix("--one-")
    {
        measure(kind, Path::new(file));
        return;
    }
    println!(
        "{:28}{:>10}{:>10}{:>8}",
        "document", "MB", "peak MB", "times"
    );
    let folder = tempfile::tempdir().expect("a folder for documents");
    let file = folder.path().join("document");
    for (name, kinds, most) in [("feed", KINDS, MOST), ("page", PAGES, MOST_OF_PAGES)] {
        let mut worst: f64 = 0.0;
        for (kind, make) in kinds {
            // Made here, as what making leaves behind is not to be measured.
            fs::write(&file, make()).expect("a document can be written");
            let (document, peak) = measured(name, &file);
            let times = peak / document;
            worst = worst.max(times);
            println!(
                "{kind:28}{:>10.1}{:>10.1}{times:>8.1}",
                document / 1e6,
                peak / 1e6
            );
        }
        println!("worst: {worst:.1} times the document, {most} are promised");
    }
    // cargo adds `--bench`.
    if let Some(folder) = arguments.iter().find(|word| !word.starts_with('-')) {
        real(Path::new(folder));
    }
}

/// Measures the pages of a folder.
fn real(folder: &Path) {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("it has entries").path());
    let mut times: Vec<f64> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .map(|path| {
            let (document, peak) = measured("page", &path);
            peak / document
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (Some(worst), Some(median)) = (times.last(), times.get(times.len() / 2)) else {
        println!("no .html in {}", folder.display());
        return;
    };
    println!(
        "{} pages: median {median:.1}, worst {worst:.1} times the page",
        times.len()
    );
}

/// The bytes of a document, and those that reading it takes at most, in whatever way.
fn measured(name: &str, file: &Path) -> (f64, f64) {
    match name {
        "page" => {
            let (article, list) = (read_alone("article", file), read_alone("list", file));
            (article.0, article.1.max(list.1))
        }
        _ => read_alone(name, file),
    }
}

fn read_alone(name: &str, file: &Path) -> (f64, f64) {
    let program = std::env::current_exe().expect("this program is somewhere");
    let output = Command::new(program)
        .arg(format!("--one-{name}"))
        .arg(file)
        .output();
    let output = output.expect("this program can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers = said.split_whitespace().filter_map(|word| word.parse().ok());
    match numbers.collect::<Vec<f64>>()[..] {
        [document, peak] => (document, peak),
        _ => panic!("it failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Reads one document and prints its size and what that took.
fn measure(kind: &str, file: &Path) {
    let read = match kind {
        "article" => read_article,
        "list" => read_list,
        _ => read_feed,
    };
    // Brings in what is made once, and gives the rest back.
    read(&document(fs::read(file).expect("the document is there")));
    // SAFETY: it takes a number, and touches what is free.
    unsafe { libc::malloc_trim(0) };
    // Begins the peak anew.
    fs::write("/proc/self/clear_refs", "5").expect("Linux takes it");
    let before = resident("VmRSS");
    let body = fs::read(file).expect("the document is there");
    let size = body.len();
    read(&document(body));
    println!("{size} {}", resident("VmHWM").saturating_sub(before));
}

fn document(body: Vec<u8>) -> Document {
    Document {
        url: WebUrl::parse("https://news.example/feed").expect("a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.into(),
    }
}

fn setting() -> Setting<'static> {
    static UTC: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::UTC);
    Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &UTC,
        encoding: None,
        limits: Limits::default(),
    }
}

fn read_feed(document: &Document) {
    let _ = black_box(&feed::read(document, &setting()));
}

fn read_article(document: &Document) {
    let rules = ArticleRules::default();
    let _ = black_box(source::read_article(&rules, document, &setting()));
}

fn read_list(document: &Document) {
    let _ = black_box(list::read(&Rules::default(), document, &setting()));
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

fn page(body: &str) -> Vec<u8> {
    format!("<!doctype html><html><head><title>x</title></head><body>{body}</body></html>")
        .into_bytes()
}

fn wrap(items: &str) -> Vec<u8> {
    format!("<rss version='2.0'><channel><title>P</title>{items}</channel></rss>").into_bytes()
}
