//! The page of a search: the form, and what was found.

use askama::Template;

use super::document;
use super::image_address::{Shown, Size};
use super::shell::{FeedLink, Notice, Shell, feed_links, href};
use super::teaser::{Voice, origin, picture_mark};
use super::when::When;
use crate::model::{ChannelId, Story};
use crate::publish::{Address, Format, Site, published};

/// Piece of a text, in which something was found or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Piece of the text.
    pub text: String,
    /// Whether it is what was searched for.
    pub is_hit: bool,
}

/// Story that was found.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// Story.
    pub story: &'a Story,
    /// Headline.
    pub title: Vec<Fragment>,
    /// Part of the text that shows why.
    pub excerpt: Vec<Fragment>,
}

/// Notice about the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexNotice {
    /// Index that is being built: so many percent of the stories are in it.
    Building(u8),
    /// Index that cannot be searched.
    Failed,
}

/// Results of a search.
#[derive(Clone, Debug, Default)]
pub struct SearchResults<'a> {
    /// Words as typed; empty for the form alone.
    pub query: &'a str,
    /// Stories of this page.
    pub hits: Vec<Hit<'a>>,
    /// Number of all of them.
    pub total: usize,
    /// Whether that is exact.
    pub is_exact: bool,
    /// Whether the newest come first, and not the best.
    pub is_by_date: bool,
    /// Whether this is not the first page.
    pub is_past: bool,
    /// Number of the first result of the next page.
    pub next: Option<usize>,
    /// Trouble with the index.
    pub notice: Option<IndexNotice>,
    /// Format of the feed that a person opened, in whose place this is shown.
    pub opened: Option<Format>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    shell: Shell<'a>,
    query: &'a str,
    count: Option<String>,
    results: Vec<Line<'a>>,
    notice: Option<String>,
    /// Orders: name, address, and whether it is this one.
    orders: Vec<(&'static str, String, bool)>,
    feeds: Vec<FeedLink>,
    first: Option<String>,
    next: Option<String>,
}

/// Line of the results.
struct Line<'a> {
    href: String,
    language: Option<&'a str>,
    title: Vec<Fragment>,
    excerpt: Vec<Fragment>,
    origin: &'a str,
    pictures: Option<&'static str>,
    when: When,
    thumb: Option<Shown>,
}

/// Renders the page of a search.
#[must_use]
pub fn render(site: &Site<'_>, found: &SearchResults<'_>) -> Vec<u8> {
    let title = match found.query {
        "" => site.words(&site.config.server.language).search.to_owned(),
        query => super::search_title(site, query),
    };
    let mut shell = Shell::new(site, None, &title);
    shell.is_indexed = false;
    let words = shell.words;
    let address = |is_by_date: bool, start: Option<usize>| {
        let mut address = href(site.public_url, &Address::Search(found.query));
        if is_by_date {
            address.push_str("&sort=date");
        }
        if let Some(start) = start {
            address.push_str(&format!("&start={start}"));
        }
        address
    };
    let is_asked = !found.query.is_empty();
    let feeds = match is_asked {
        true => feed_links(&title, |format| {
            href(site.public_url, &Address::SearchFeed(found.query, format))
        }),
        false => Vec::new(),
    };
    shell.feeds = match is_asked {
        true => feed_links(&title, |format: Format| {
            href(site.public_url, &Address::SearchFeed(found.query, format))
        }),
        false => Vec::new(),
    };
    shell.notice = found.opened.map(|format| {
        let feed = Address::SearchFeed(found.query, format);
        Notice::on_feed(&feed, site.public_url, words)
    });
    let zone = site.zone(&ChannelId::root());
    let voice = Voice::of(&shell, &zone);
    let is_failed = found.notice == Some(IndexNotice::Failed);
    document(&SearchPage {
        query: found.query,
        count: (is_asked && !is_failed && !found.hits.is_empty())
            .then(|| words.n_results(found.total, found.is_exact)),
        results: found
            .hits
            .iter()
            .map(|hit| line(site, hit, voice))
            .collect(),
        notice: found.notice.map(|notice| match notice {
            IndexNotice::Building(percent) => {
                format!("{} ({percent} %)", words.index_building)
            }
            IndexNotice::Failed => words.index_failed.to_owned(),
        }),
        orders: vec![
            (words.best_first, address(false, None), !found.is_by_date),
            (words.newest_first, address(true, None), found.is_by_date),
        ],
        feeds,
        first: found.is_past.then(|| address(found.is_by_date, None)),
        next: found
            .next
            .map(|start| address(found.is_by_date, Some(start))),
        shell,
    })
}

fn line<'a>(site: &Site<'a>, hit: &Hit<'a>, voice: Voice<'_>) -> Line<'a> {
    let story = hit.story;
    let words = voice.words;
    let root = ChannelId::root();
    let zone = site.zone(site.home(story).map_or(&root, |home| &home.id));
    Line {
        href: href(site.public_url, &Address::Story(story.id)),
        language: site.language_beside(story, voice.language),
        title: hit.title.clone(),
        excerpt: hit.excerpt.clone(),
        origin: origin(site, &story.canonical),
        pictures: picture_mark(&story.canonical, words),
        when: When::of(published(story), &zone, words),
        thumb: site.lead_image(&story.canonical, Size::Thumb),
    }
}
