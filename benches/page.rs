//! How fast articles and lists are read from pages, in pages per second of CPU:
//!
//! ```text
//! cargo bench --bench page -- DIR         every .html in DIR, as article and as list
//! ```
//!
//! `dom_smoothie` alone reads the same pages in the same run, as a measure of the
//! machine: it finds the text only.

#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use dom_smoothie::Readability;
use gazetted::model::{Document, WebUrl};
use gazetted::source::page::{ArticleRules, Rules, list};
use gazetted::source::{self, Setting, gate::Limits};
use jiff::{Timestamp, tz::TimeZone};

/// Rounds over all pages; the median is shown.
const ROUNDS: usize = 5;

fn main() {
    // cargo adds `--bench`.
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("no folder of pages given: cargo bench --bench page -- DIR");
        return;
    };
    let pages = pages(&folder);
    if pages.is_empty() {
        println!("no .html in {}", folder.display());
        return;
    }
    let n_bytes: usize = pages.iter().map(|page| page.body.len()).sum();
    println!(
        "{} pages, {} KB on average",
        pages.len(),
        n_bytes / pages.len() / 1024
    );
    let zone = TimeZone::UTC;
    let setting = Setting {
        now: Timestamp::from_second(1_800_000_000).expect("a second of 2027"),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    };
    let (rules, lists) = (ArticleRules::default(), Rules::default());
    measure("articles", &pages, |page| {
        source::read_article(&rules, page, &setting).is_ok()
    });
    measure("lists", &pages, |page| {
        list::read(&lists, page, &setting).is_ok()
    });
    measure("dom_smoothie alone", &pages, |page| {
        let text = String::from_utf8_lossy(&page.body);
        let reader = Readability::new(text.as_ref(), None, None);
        reader.is_ok_and(|mut reader| reader.parse().is_ok())
    });
}

fn pages(folder: &PathBuf) -> Vec<Document> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("it has entries").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ext| ext == "html"))
        .collect();
    paths.sort();
    let page = |path: &PathBuf| Document {
        url: WebUrl::parse("https://news.example.cn/news/1.html").expect("a web address"),
        content_type: Some("text/html".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: Bytes::from(fs::read(path).expect("the page can be read")),
    };
    paths.iter().map(page).collect()
}

#[expect(clippy::cast_precision_loss, reason = "there are few pages")]
fn measure(name: &str, pages: &[Document], read: impl Fn(&Document) -> bool) {
    let round = || {
        let start = cpu_nanos();
        let n_read = pages.iter().filter(|page| read(page)).count();
        (cpu_nanos() - start, n_read)
    };
    let mut rounds: Vec<(u64, usize)> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_unstable();
    let (nanos, n_read) = rounds[ROUNDS / 2];
    let rate = pages.len() as f64 * 1e9 / nanos as f64;
    println!("{name:20} {rate:6.0} pages per CPU second, {n_read} read");
}

/// What this thread has run so far, in nanoseconds.
fn cpu_nanos() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let ran = stat.split(' ').next().expect("it has a first field");
    ran.parse().expect("it is a number")
}
