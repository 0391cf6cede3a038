//! `gazetted discover`: the feeds that a page names, else the list of news on it,
//! as a source to paste into feeds.toml.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::jsonl;
use crate::cli::ask::Asker;
use crate::config::Config;
use crate::fetch::Accept;
use crate::model::{Document, Draft, WebUrl};
use crate::source::page::list::induce::{Sketched, sketch};
use crate::source::{ParsedDocument, Setting, feed};

/// Upper limit of feeds asked for, of those that the page names.
const MAX_FEEDS: usize = 8;

/// Entries shown of each feed or list.
const SHOWN_ENTRIES: usize = 8;

/// Arguments of `gazetted discover`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Discover {
    /// The address of a page, or of a feed
    url: String,
    /// Print what was found as one JSON object
    #[arg(long)]
    json: bool,
    /// The configuration whose table `http` holds
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Feed that answered and could be read.
pub(in crate::cli) struct Feed {
    pub(in crate::cli) url: WebUrl,
    pub(in crate::cli) reading: ParsedDocument,
}

/// Findings at an address: feeds, and the list on the page itself. No list if the address is
/// a feed.
pub(in crate::cli) struct Found {
    pub(in crate::cli) url: WebUrl,
    pub(in crate::cli) feeds: Vec<Feed>,
    pub(in crate::cli) list: Option<Sketched>,
}

/// Prints the feeds and the list found. Exits with 1 if there are none.
///
/// # Errors
///
/// If the address cannot be asked, or holds nothing that can be read.
pub(in crate::cli) fn run(arguments: &Discover) -> anyhow::Result<ExitCode> {
    let config = arguments.config.as_deref().map(Config::load).transpose()?;
    let url = WebUrl::parse(&arguments.url)
        .or_else(|| WebUrl::parse(&format!("https://{}", arguments.url)))
        .with_context(|| format!("{} is no web address", arguments.url))?;
    let asker = Asker::new(config.as_ref())?;
    let found = jsonl::with_setting(|setting| find(&asker, &url, setting))??;
    let is_any = !found.feeds.is_empty()
        || found
            .list
            .as_ref()
            .is_some_and(|list| !list.drafts.is_empty());
    match arguments.json {
        true => println!("{:#}", as_json(&found)),
        false => print(&found),
    }
    Ok(match is_any {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Looks at an address: the feeds that it is or names, and the list on the page.
///
/// # Errors
///
/// If it cannot be asked, or holds nothing that can be read.
pub(in crate::cli) fn find(
    asker: &Asker,
    url: &WebUrl,
    setting: &Setting<'_>,
) -> anyhow::Result<Found> {
    let document = asker.get(url, Accept::Page)?;
    let mut found = Found {
        url: document.url.clone(),
        feeds: Vec::new(),
        list: None,
    };
    if let Ok(reading) = feed::read(&document, setting)
        && reading.format != "hfeed"
    {
        let url = document.url.clone();
        found.feeds.push(Feed { url, reading });
        return Ok(found);
    }
    for url in candidates(&document).into_iter().take(MAX_FEEDS) {
        eprintln!("asking {url}");
        let answer = asker.get(&url, Accept::Feed);
        match answer.map(|document| feed::read(&document, setting)) {
            Ok(Ok(reading)) => found.feeds.push(Feed { url, reading }),
            Ok(Err(why)) => eprintln!("  {why}"),
            Err(why) => eprintln!("  {why}"),
        }
    }
    found.list = Some(sketch(&document, setting)?);
    Ok(found)
}

/// Lists the feeds that the page names, those in its head first.
fn candidates(document: &Document) -> Vec<WebUrl> {
    let mut feeds = feed::named_by(document);
    feeds.dedup();
    feeds
}

fn print(found: &Found) {
    for feed in &found.feeds {
        let about = &feed.reading.about;
        let title = about.title.as_deref().unwrap_or("-");
        println!(
            "# {title}: {}, {} entries",
            feed.reading.format,
            feed.reading.drafts.len()
        );
        print_source(&feed.url, None);
        preview(&feed.reading.drafts);
    }
    let Some(list) = &found.list else { return };
    if list.drafts.is_empty() {
        println!("# no list of news was found on {}", found.url.as_str());
        return;
    }
    if !found.feeds.is_empty() {
        println!("# and the list on the page itself, in case the feeds are poor:");
    }
    let title = list.title.as_deref().unwrap_or("-");
    println!("# {title}: a page with {} entries", list.drafts.len());
    print_source(&found.url, Some(list));
    preview(&list.drafts);
}

fn print_source(url: &WebUrl, list: Option<&Sketched>) {
    let host = url.host();
    let name: String = host
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    println!(
        "[[source]]\nid = \"region/{name}\"\nurl = {}",
        quoted(url.as_str())
    );
    let Some(list) = list else {
        println!();
        return;
    };
    println!("type = \"page\"");
    match &list.rules {
        None => println!("# no [source.list]: the list is found by itself"),
        Some(rules) => {
            println!("[source.list]");
            for (key, value) in [
                ("container", &rules.container),
                ("item", &rules.item),
                ("link", &rules.link),
                ("title", &rules.title),
                ("date", &rules.date),
            ] {
                if let Some(value) = value {
                    println!("{key} = {}", quoted(value));
                }
            }
        }
    }
    println!();
}

fn preview(drafts: &[Draft]) {
    let zone = TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    for draft in drafts.iter().take(SHOWN_ENTRIES) {
        let date = draft.published.map(|moment| jsonl::iso(&moment, &zone));
        let title = draft.title.as_deref().unwrap_or("-");
        let link = draft.link.as_ref().map_or("-", WebUrl::as_str);
        println!(
            "#   {:16} {title}\n#   {:16} {link}",
            date.as_deref().unwrap_or("-"),
            ""
        );
    }
    if let Some(n_more) = drafts.len().checked_sub(SHOWN_ENTRIES).filter(|n| *n > 0) {
        println!("#   … and {n_more} more");
    }
    println!();
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn as_json(found: &Found) -> Value {
    let feeds = found.feeds.iter().map(|feed| {
        json!({
            "url": feed.url.as_str(),
            "format": feed.reading.format,
            "title": feed.reading.about.title,
            "entries": feed.reading.drafts.len(),
        })
    });
    let list = found.list.as_ref().map(|list| {
        let rules = list.rules.as_ref().map(|rules| {
            json!({
                "container": rules.container,
                "item": rules.item,
                "link": rules.link,
                "title": rules.title,
                "date": rules.date,
            })
        });
        let links = list.drafts.iter().map(|draft| {
            json!({
                "url": draft.link.as_ref().map(WebUrl::as_str),
                "title": draft.title,
                "published": draft.published.map(|moment| moment.at.to_string()),
            })
        });
        json!({ "title": list.title, "rules": rules, "links": links.collect::<Vec<_>>() })
    });
    json!({ "url": found.url.as_str(), "feeds": feeds.collect::<Vec<_>>(), "list": list })
}
