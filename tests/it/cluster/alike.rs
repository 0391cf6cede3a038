//! Nodes that are level say the same, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use gazetted::clock;
use gazetted::model::{ChannelId, Story};
use gazetted::store::Store;

use super::nodes::Nodes;
use super::press::Press;
use crate::world::{Answer, Daemon, get_with};

/// How long nodes may take to be level once nothing happens any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Endings of the formats of a feed.
const FORMATS: [&str; 3] = ["rss", "atom", "json"];

/// One document: status, ETag, and the body. `Last-Modified` is each node's own: it grows with every change that
/// the node has shown to readers.
type Document = (u16, String, Vec<u8>);

/// Waits until all nodes answer everything in the same way; returns how many documents were compared, or
/// the first difference that stays.
pub(super) fn wait_until_alike(nodes: &Nodes) -> Result<usize, String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = nodes.all().into_iter();
        let all: Vec<_> = all.map(|nth| documents(nodes.daemon(nth))).collect();
        match difference(&all) {
            None => return Ok(all[0].len()),
            Some(difference) if Instant::now() > deadline => return Err(difference),
            Some(_) => thread::sleep(PAUSE),
        }
    }
}

/// Every document for readers: pages and feeds of all channels, and each story.
fn documents(daemon: &Daemon) -> BTreeMap<String, Document> {
    let ask = |path: &str| get_with(daemon.address(), path, &[]);
    let sitemap = ask("/sitemap.xml").text();
    let listed = sitemap.split("<loc>http://news.example").skip(1);
    let listed = listed.filter_map(|rest| rest.split("</loc>").next());
    let mut paths: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert!(paths.len() > Press::channels().len(), "{sitemap}");
    for path in [
        "/",
        "/hot",
        "/channels.opml",
        "/sitemap.xml",
        "/api/v1/channels",
        "/api/v1/stories",
    ] {
        paths.insert(path.to_owned());
    }
    let feeds = Press::channels().into_iter().flat_map(|channel| {
        let hot = format!("{channel}/hot");
        let sources = ["one", "two"].map(|section| format!("source/{channel}/{section}"));
        [channel, hot].into_iter().chain(sources)
    });
    for feed in feeds.chain(["index".to_owned(), "hot".to_owned()]) {
        paths.extend(FORMATS.map(|format| format!("/{feed}.{format}")));
    }
    paths
        .into_iter()
        .map(|path| (path.clone(), document(&ask(&path))))
        .collect()
}

fn document(answer: &Answer) -> Document {
    (
        answer.status,
        answer.header("etag").to_owned(),
        answer.body.clone(),
    )
}

/// The first difference between the nodes, in words.
fn difference(all: &[BTreeMap<String, Document>]) -> Option<String> {
    let (first, others) = all.split_first().unwrap();
    for (nth, other) in others.iter().enumerate() {
        let nth = nth + 1;
        let paths = |of: &BTreeMap<String, Document>| of.keys().cloned().collect::<BTreeSet<_>>();
        if let Some(path) = paths(first).symmetric_difference(&paths(other)).next() {
            return Some(format!("only one of nodes 0 and {nth} lists {path}"));
        }
        for (path, one) in first {
            let two = &other[path];
            if one != two {
                return Some(format!(
                    "{path} of nodes 0 and {nth}: {:?} {:?}\n{}",
                    (one.0, &one.1),
                    (two.0, &two.1),
                    unlike(&one.2, &two.2)
                ));
            }
        }
    }
    None
}

/// Lines that only one of two texts has; the first that differ, where both have the same in another order.
fn unlike(one: &[u8], two: &[u8]) -> String {
    let [one, two] = [one, two].map(String::from_utf8_lossy);
    let sets: [BTreeSet<&str>; 2] = [one.lines().collect(), two.lines().collect()];
    let only = |sign: &str, of: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        let lines = of.difference(other).take(8);
        lines
            .map(|line| format!("{sign} {line}\n"))
            .collect::<String>()
    };
    let found = only("-", &sets[0], &sets[1]) + &only("+", &sets[1], &sets[0]);
    if !found.is_empty() {
        return found;
    }
    let pairs = one.lines().zip(two.lines());
    let moved = pairs.filter(|(one, two)| one != two).take(5);
    let moved = moved.map(|(one, two)| format!("- {one}\n+ {two}\n"));
    format!("in another order:\n{}", moved.collect::<String>())
}

/// Fails unless the stores of stopped nodes have the same stories, in which every entry stands once.
#[track_caller]
pub(super) fn check_stores(nodes: &Nodes, press: &Press) {
    let stories: Vec<Vec<Story>> = nodes
        .all()
        .into_iter()
        .map(|nth| {
            let store = Store::open(&nodes.world(nth).state(), clock::now()).unwrap();
            assert_eq!(store.damage(), [], "node {nth}");
            let page = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
            page.iter().map(|story| Story::clone(story)).collect()
        })
        .collect();
    let mut sightings: Vec<(String, String)> = Vec::new();
    for story in &stories[0] {
        let of_story = story.sightings.iter();
        sightings.extend(of_story.map(|one| (one.source.to_string(), one.title.clone())));
    }
    let found: BTreeSet<(String, String)> = sightings.iter().cloned().collect();
    let want = press.entries();
    let lost: Vec<_> = want.difference(&found).collect();
    let made_up: Vec<_> = found.difference(&want).collect();
    assert!(
        lost.is_empty() && made_up.is_empty(),
        "lost: {lost:?}\nmade up: {made_up:?}"
    );
    assert_eq!(sightings.len(), found.len(), "an entry is there twice");
    let ids: BTreeSet<_> = stories[0].iter().map(|story| story.id).collect();
    assert_eq!(ids.len(), stories[0].len(), "a story is there twice");
    for (nth, other) in stories.iter().enumerate() {
        assert!(
            *other == stories[0],
            "node {nth} holds other stories than node 0"
        );
    }
}
