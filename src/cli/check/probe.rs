//! `gazetted check --live` for a source without `[[source.test]]`: what comes
//! through, stage by stage.

use crate::cli::ask::Asker;
use crate::clock;
use crate::config::{Config, Source};
use crate::fetch::Accept;
use crate::model::{Article, Document, ExtractionCounts, WebUrl};
use crate::source;
use crate::source::{ParsedDocument, Reader};
use crate::text::html::to_text;

/// The most pages that are read behind one that only leads on.
const MAX_FORWARDS: usize = 4;

/// Reports what comes of a source's document and of the page of its first entry.
///
/// # Errors
///
/// A message if nothing comes through at a stage that rules were written for.
pub(super) fn probe(asker: &Asker, config: &Config, source: &Source) -> Result<String, String> {
    let reading = list(asker, config, source)?;
    let seen = counted(&reading);
    if reading.drafts.is_empty() && reading.next.is_empty() {
        return Err(format!("{seen}: nothing came through"));
    }
    unmatched_list(source, &reading.counts)?;
    let first = reading.drafts.iter().find_map(|draft| draft.link.as_ref());
    let rules = first.and_then(|link| Some((link, config.article_rules(source, link)?)));
    let Some((link, rules)) = rules else {
        return Ok(seen);
    };
    let document = get(asker, config, source, link, Accept::Page)
        .map_err(|why| format!("{seen}; {link}: {why}"))?;
    let setting = source.setting(clock::now(), config.http.max_body);
    let article = source::read_article(&rules, &document, &setting);
    let article = article.map_err(|why| format!("{seen}; {link}: {why}"))?;
    let told = told(&article);
    match article.unmatched.as_slice() {
        [] => Ok(format!("{seen}; {link}: {told}")),
        keys => Err(format!(
            "{seen}; {link}: {told}; the selector of article.{} matched nothing",
            keys.join(", article.")
        )),
    }
}

/// Returns the list, behind pages that only lead to it.
fn list(asker: &Asker, config: &Config, source: &Source) -> Result<ParsedDocument, String> {
    let accept = Accept::of(&source.reader);
    let mut todo = vec![source.url.clone()];
    let mut why = "it leads nowhere".to_owned();
    for _ in 0..=MAX_FORWARDS {
        let Some(url) = todo.pop() else { break };
        let document = get(asker, config, source, &url, accept)?;
        let setting = source.setting(clock::now(), config.http.max_body);
        match source.reader.read(&document, &setting) {
            Ok(reading) if reading.leads_on => todo.extend(reading.next.into_iter().rev()),
            Ok(reading) => return Ok(reading),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

fn get(
    asker: &Asker,
    config: &Config,
    source: &Source,
    url: &WebUrl,
    accept: Accept,
) -> Result<Document, String> {
    let document = asker.get_for(source, config, url, accept);
    document.map_err(|why| format!("{why:#}"))
}

fn counted(reading: &ParsedDocument) -> String {
    let ExtractionCounts {
        items,
        titles,
        dates,
        ..
    } = reading.counts;
    let items = items.max(u32::try_from(reading.drafts.len()).unwrap_or(u32::MAX));
    format!("{items} items, {titles} titles, {dates} dates")
}

fn told(article: &Article) -> String {
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

fn unmatched_list(source: &Source, counts: &ExtractionCounts) -> Result<(), String> {
    let (title, date) = match &source.reader {
        Reader::Page(rules) => rules.list.as_ref().map_or((false, false), |rules| {
            (rules.title.is_some(), rules.date.is_some())
        }),
        Reader::Json(rules) => (rules.list.title.is_some(), rules.list.date.is_some()),
        Reader::Feed | Reader::Sitemap(_) => (false, false),
    };
    let lost = |key: &str| {
        Err(format!(
            "the selector of {key} matched nothing on any of {} items",
            counts.items
        ))
    };
    match (title && counts.titles == 0, date && counts.dates == 0) {
        (true, _) => lost("list.title"),
        (_, true) => lost("list.date"),
        _ => Ok(()),
    }
}
