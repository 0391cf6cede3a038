//! One visit of a source, stage by stage: what comes through of its document and of the page of
//! its first entry. Nothing is stored.
//!
//! ```text
//!   robots → bytes → charset → containers → items → titles → links → dates → text
//! ```

use std::time::Instant;

use super::stage::{MAX_SAMPLES, Stage};
use crate::cli::ask::Asker;
use crate::cli::inspect::jsonl;
use crate::clock;
use crate::config::{Config, RobotsRule, Source};
use crate::fetch::Accept;
use crate::fetch::robots::{Purpose, Robots};
use crate::ingest::item::filter;
use crate::model::{Article, Document, Draft, ExtractionCounts, WebUrl};
use crate::source;
use crate::source::page::list::repair::repair;
use crate::source::{ParsedDocument, Reader};
use crate::text::html::to_text;

/// The most pages that are read behind one that only leads on.
const MAX_FORWARDS: usize = 4;

/// Visit of one source: its stages up to the first that failed, and what was read.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) stages: Vec<Stage>,
    /// Entries, as rewritten by `[[source.rewrite]]`, in document order.
    pub(super) drafts: Vec<Draft>,
    /// Title of the source, by its own account.
    pub(super) title: Option<String>,
    counts: ExtractionCounts,
    /// Page with the list, for a repair of its rules.
    page: Option<Document>,
    /// Summary of the page of the first entry.
    article: Option<String>,
}

/// Visits a source.
pub(super) fn visit(asker: &Asker, config: &Config, source: &Source) -> Visit {
    let mut visit = Visit::default();
    let begun = Instant::now();
    let robots = robots(asker, config, source).since(begun);
    let is_forbidden = robots.failure.is_some();
    visit.stages.push(robots);
    if !is_forbidden && let Some(reading) = visit.list(asker, config, source) {
        visit.read(reading, source);
        visit.text(asker, config, source);
    }
    let has_failed = |stage: &Stage| {
        stage.failure.is_some() && ["items", "titles", "dates"].contains(&stage.name)
    };
    if visit.stages.iter().any(has_failed) {
        visit.propose_repair(config, source);
    }
    visit
}

impl Visit {
    /// Reason of the first failure; `None` if all came through.
    pub(super) fn failure(&self) -> Option<&str> {
        self.stages
            .iter()
            .find_map(|stage| stage.failure.as_deref())
    }

    /// Sums it up: how much came through, and what of the first article.
    pub(super) fn summary(&self) -> String {
        let ExtractionCounts { titles, dates, .. } = self.counts;
        let items = self.n_items();
        let seen = format!("{items} items, {titles} titles, {dates} dates");
        match &self.article {
            Some(article) => format!("{seen}; {article}"),
            None => seen,
        }
    }

    /// Adds a stage with rules that find the list as it is now, to paste in place of those that do not
    /// any more; none where nothing better is found.
    fn propose_repair(&mut self, config: &Config, source: &Source) {
        let Reader::Page(rules) = &source.reader else {
            return;
        };
        let Some((page, rules)) = self.page.take().zip(rules.list.as_ref()) else {
            return;
        };
        let setting = source.setting(clock::now(), config.http.max_body);
        // The store, which knows articles, may be the daemon's.
        if let Some(found) = repair(rules, &page, &setting, &|_| false) {
            let seen = format!("{}; to paste into {}:", found.sentence(), source.id);
            self.stages
                .push(Stage::new("repair", seen).with_all(found.toml()));
        }
    }

    fn n_items(&self) -> u32 {
        let n_drafts = u32::try_from(self.drafts.len()).unwrap_or(u32::MAX);
        self.counts.items.max(n_drafts)
    }

    /// Fetches and reads the list, behind pages that only lead to it; `None` if there is none.
    fn list(&mut self, asker: &Asker, config: &Config, source: &Source) -> Option<ParsedDocument> {
        let accept = Accept::of(&source.reader);
        let mut todo = vec![source.url.clone()];
        let mut failed = Stage::new("items", "").failing("it leads nowhere");
        for _ in 0..=MAX_FORWARDS {
            let Some(url) = todo.pop() else { break };
            let begun = Instant::now();
            let document = match asker.get_for(source, config, &url, accept) {
                Ok(document) => document,
                Err(why) => {
                    let stage = Stage::new("bytes", "").failing(format!("{why:#}"));
                    self.stages.push(stage.since(begun));
                    return None;
                }
            };
            self.stages.push(bytes(&document, &url).since(begun));
            let begun = Instant::now();
            let setting = source.setting(clock::now(), config.http.max_body);
            let read = source.reader.read(&document, &setting);
            self.page = Some(document);
            match read {
                Ok(reading) if reading.leads_on => {
                    let on = Stage::new("leads on", "")
                        .with_samples(reading.next.iter().map(ToString::to_string));
                    self.stages.push(on);
                    todo.extend(reading.next.into_iter().rev());
                }
                Ok(reading) => {
                    self.stages.push(charset(&reading).since(begun));
                    return Some(reading);
                }
                Err(error) => {
                    failed = Stage::new("items", "")
                        .failing(error.to_string())
                        .since(begun)
                }
            }
        }
        self.stages.push(failed);
        None
    }

    /// Judges what was read of the list, part by part.
    fn read(&mut self, mut reading: ParsedDocument, source: &Source) {
        self.counts = reading.counts;
        self.title = reading.about.title.take();
        let has_more = !reading.next.is_empty();
        self.drafts = reading.drafts;
        for draft in &mut self.drafts {
            filter::rewrite(draft, &source.rewrites);
        }
        let n_items = self.n_items();
        if reading.counts.containers > 0 {
            let n = reading.counts.containers;
            self.stages.push(Stage::new("containers", n.to_string()));
        }
        let items = Stage::new("items", n_items.to_string());
        self.stages.push(match self.drafts.is_empty() && !has_more {
            true => items.failing(format!("{}: nothing came through", self.summary())),
            false => items,
        });
        if n_items == 0 {
            return;
        }
        let (has_title, has_date) = ruled(source);
        let parts = [
            (
                "titles",
                self.counts.titles,
                has_title,
                "list.title",
                samples(&self.drafts, |draft| draft.title.clone()),
            ),
            (
                "links",
                self.counts.links,
                false,
                "list.link",
                samples(&self.drafts, |draft| Some(draft.link.as_ref()?.to_string())),
            ),
            (
                "dates",
                self.counts.dates,
                has_date,
                "list.date",
                samples(&self.drafts, |draft| {
                    Some(jsonl::iso(&draft.date()?, &source.timezone))
                }),
            ),
        ];
        for (name, n, is_ruled, key, samples) in parts {
            let stage = Stage::new(name, format!("{n} of {n_items}")).with_samples(samples);
            self.stages.push(match is_ruled && n == 0 {
                true => stage.failing(format!(
                    "the selector of {key} matched nothing on any of {n_items} items"
                )),
                false => stage,
            });
        }
    }

    /// Reads the page of the first entry, if pages of this source are read.
    fn text(&mut self, asker: &Asker, config: &Config, source: &Source) {
        let first = self.drafts.iter().find_map(|draft| draft.link.as_ref());
        let rules =
            first.and_then(|link| Some((link.clone(), config.article_rules(source, link)?)));
        let Some((link, rules)) = rules else { return };
        let begun = Instant::now();
        let stage = |seen: String| Stage::new("text", seen).with_samples([link.to_string()]);
        let document = match asker.get_for(source, config, &link, Accept::Page) {
            Ok(document) => document,
            Err(why) => {
                let failed = stage(String::new()).failing(format!("{link}: {why:#}"));
                return self.stages.push(failed.since(begun));
            }
        };
        let setting = source.setting(clock::now(), config.http.max_body);
        let read = source::read_article(&rules, &document, &setting);
        self.stages.push(match read {
            Err(why) => stage(String::new())
                .failing(format!("{link}: {why}"))
                .since(begun),
            Ok(article) => {
                let seen = told(&article);
                self.article = Some(format!("{link}: {seen}"));
                let text = article.content.as_deref().map(to_text).unwrap_or_default();
                let start = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let stage = Stage::new("text", seen.clone());
                let stage = stage.with_samples(
                    [link.to_string()].into_iter().chain(
                        article
                            .title
                            .clone()
                            .into_iter()
                            .chain((!start.is_empty()).then_some(start)),
                    ),
                );
                let stage = stage.since(begun);
                match article.unmatched.as_slice() {
                    [] => stage,
                    keys => stage.failing(format!(
                        "{}; the selector of article.{} matched nothing",
                        self.summary(),
                        keys.join(", article.")
                    )),
                }
            }
        });
    }
}

/// Judges what the site's robots.txt says of the source's address.
fn robots(asker: &Asker, config: &Config, source: &Source) -> Stage {
    let stage = |seen: &str| Stage::new("robots", seen);
    if config.host(&source.url.host()).robots == RobotsRule::Ignore {
        return stage("not asked for: robots = \"ignore\"");
    }
    let purpose = match Accept::of(&source.reader) {
        Accept::Feed => Purpose::Feed,
        Accept::Page | Accept::Json | Accept::Sitemap | Accept::Image => Purpose::Page,
    };
    match (asker.robots(&source.url), purpose) {
        (Robots::Rules(rules), _) => {
            let delay = rules
                .delay(purpose)
                .map(|delay| format!(", {} s apart", delay.as_secs_f64()));
            match rules.forbids(&source.url, purpose) {
                None => stage(&format!("allowed{}", delay.unwrap_or_default())),
                Some(rule) => stage("").failing(format!(
                    "robots.txt forbids it: Disallow: {rule}; a site that allows it otherwise gets \
                     [host.\"{}\"] robots = \"ignore\"",
                    source.url.host()
                )),
            }
        }
        (Robots::Unreachable(why), Purpose::Feed) => {
            stage(&format!("no robots.txt to be had ({why})"))
        }
        (Robots::Unreachable(why), Purpose::Page) => stage("").failing(format!(
            "robots.txt cannot be had, so pages are left alone: {why}"
        )),
    }
}

fn bytes(document: &Document, asked: &WebUrl) -> Stage {
    let kind = document.content_type.as_deref().unwrap_or("no media type");
    let stage = Stage::new("bytes", format!("{} bytes, {kind}", document.body.len()));
    match document.url == *asked {
        true => stage,
        false => stage.with_samples([format!("redirected to {}", document.url)]),
    }
}

fn charset(reading: &ParsedDocument) -> Stage {
    let mut seen = format!("{}, read as {}", reading.encoding, reading.format);
    if reading.replaced > 0 {
        seen.push_str(&format!(
            ", {} undecodable: `encoding` may say what it is in",
            reading.replaced
        ));
    }
    if !reading.complete {
        seen.push_str(", its end is missing");
    }
    if !reading.repaired.is_empty() {
        seen.push_str(&format!(", repaired: {}", reading.repaired.join(", ")));
    }
    Stage::new("charset", seen)
}

fn samples(drafts: &[Draft], part: impl Fn(&Draft) -> Option<String>) -> Vec<String> {
    drafts.iter().filter_map(part).take(MAX_SAMPLES).collect()
}

/// Describes what an article page says.
pub(super) fn told(article: &Article) -> String {
    let text = article.content.as_deref().map(to_text).unwrap_or_default();
    let has = |name: &str, is_there: bool| format!("{}{name}", if is_there { "" } else { "no " });
    format!(
        "{}, {}, {}, {} characters of text",
        has("headline", article.title.is_some()),
        has("date", article.published.is_some()),
        has("source", article.origin.is_some()),
        text.chars().count()
    )
}

/// Whether rules say where titles and dates are.
fn ruled(source: &Source) -> (bool, bool) {
    match &source.reader {
        Reader::Page(rules) => rules.list.as_ref().map_or((false, false), |rules| {
            (rules.title.is_some(), rules.date.is_some())
        }),
        Reader::Json(rules) => (rules.list.title.is_some(), rules.list.date.is_some()),
        Reader::Feed | Reader::Sitemap(_) => (false, false),
    }
}
