//! An article page: what its rules name, and the rest by the usual patterns.

use super::body::{self, Body};
use super::imprint::Dated;
use super::line::{self, Line};
use super::meta::{self, Meta};
use super::tree::Page;
use super::{ArticleRules, byline, caption, found, headline, imprint, origin};
use crate::model::{Article, Document};
use crate::source::{ReadError, Setting};

/// How many lines above the title may say something of the article.
const ABOVE: usize = 3;

/// How many lines below the title, at most, stand before the text.
const BELOW: usize = 20;

/// How many lines behind the text may name its origin or authors.
const BEHIND: usize = 8;

/// Reads an article page.
///
/// # Errors
///
/// When the page is empty, too much, or not text.
pub fn read(
    rules: &ArticleRules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    let page = Page::open(document, setting)?;
    if let Some(remove) = &rules.remove {
        remove
            .nodes(&page.root())
            .iter()
            .for_each(|node| node.remove_from_parent());
    }
    let root = page.root();
    let meta = meta::read(&page);
    let lines = line::lines(&root);
    let title = rules.title.as_ref().and_then(|title| title.value(&root));
    let title =
        title.or_else(|| headline::find(&root, page.title().as_deref(), meta.title.as_deref()));
    let date = rules
        .date
        .as_ref()
        .and_then(|date| date.date(&root, setting));
    let named = rules.origin.as_ref().and_then(|origin| origin.value(&root));
    let named =
        named.and_then(|named| origin::labelled(&[&named]).or_else(|| origin::name(&named)));
    let class = origin::by_class(&root);
    let signed = rules
        .author
        .as_ref()
        .map(|author| author.values(&root))
        .unwrap_or_default();
    let captions = rules
        .caption
        .as_ref()
        .map(|caption| caption.values(&root))
        .unwrap_or_default();

    let body = match &rules.content {
        Some(content) => body::by_rule(content, &page),
        None => found::body(&page),
    };
    let around = Surroundings::of(&lines, title.as_deref(), body.as_ref());
    let dated = match date {
        Some(moment) => Some(Dated {
            moment,
            offset: None,
        }),
        None => published(&around, &meta, document, setting),
    };
    let authors = if signed.is_empty() {
        authors(&around, &meta)
    } else {
        people(&signed)
    };
    let origin = named.or_else(|| around.origin(class, &meta));
    Ok(with_body(
        Article {
            title,
            published: dated.map(|dated| dated.moment),
            offset: dated.and_then(|dated| dated.offset),
            authors,
            origin,
            captions,
            ..Article::default()
        },
        body,
    ))
}

fn with_body(article: Article, body: Option<Body>) -> Article {
    let Some(body) = body else {
        return article;
    };
    let is_named = !article.captions.is_empty();
    Article {
        content: Some(body.markup),
        figures: body.plates.figures,
        captions: if is_named {
            article.captions
        } else {
            body.plates.captions
        },
        ..article
    }
}

/// The lines of a page, parted around the text of the article.
struct Surroundings<'l> {
    head: Vec<&'l str>,
    text: Vec<&'l str>,
    tail: Vec<&'l str>,
}

impl<'l> Surroundings<'l> {
    fn of(lines: &'l [Line], title: Option<&str>, body: Option<&'l Body>) -> Surroundings<'l> {
        let is_title = |line: &Line| {
            title.is_some_and(|title| headline::letters(&line.text) == headline::letters(title))
        };
        let heading = lines.iter().position(is_title);
        let after = heading.map_or(0, |at| at + 1);
        let text = body.map(|body| body.lines.as_slice()).unwrap_or_default();
        let at = |wanted: Option<&Line>, from: usize| {
            let wanted = wanted?;
            let found = lines[from..]
                .iter()
                .position(|line| line.text == wanted.text);
            found.map(|at| from + at)
        };
        let start = at(text.first(), after).or_else(|| at(text.first(), 0));
        let end = start
            .and_then(|start| at(text.last(), start))
            .map_or(lines.len(), |end| end + 1);
        let start = start.unwrap_or(lines.len().min(after + BELOW));
        let from = heading
            .filter(|at| *at < start)
            .unwrap_or(start.saturating_sub(BELOW));
        let strings = |lines: &'l [Line]| lines.iter().map(|line| line.text.as_str()).collect();
        Surroundings {
            head: strings(&lines[from.saturating_sub(ABOVE)..start.min(from + BELOW)]),
            text: strings(text),
            tail: strings(&lines[end..lines.len().min(end + BEHIND)]),
        }
    }

    fn origin(&self, class: Option<String>, meta: &Meta) -> Option<String> {
        let end = self.text.len().saturating_sub(BEHIND);
        origin::labelled(&self.head)
            .or(class)
            .or_else(|| origin::labelled(&self.text[end..]))
            .or_else(|| origin::labelled(&self.tail))
            .or_else(|| imprint::origin_beside_date(&self.head))
            .or_else(|| meta.origin.as_deref().and_then(origin::name))
    }
}

/// The date on the page; what it says to machines where it says nothing to
/// people, and to make a day more precise.
fn published(
    around: &Surroundings<'_>,
    meta: &Meta,
    document: &Document,
    setting: &Setting<'_>,
) -> Option<Dated> {
    let told = meta.published.as_deref();
    let told = told.and_then(|told| imprint::date_in_meta(told, setting));
    let seen = imprint::date_on(&around.head, setting).map(|seen| seen.or_finer(told));
    seen.or(told)
        .or_else(|| imprint::date_in_url(&document.url, setting))
        .or_else(|| imprint::date_on(&around.tail, setting))
}

fn authors(around: &Surroundings<'_>, meta: &Meta) -> Vec<String> {
    let is_prose = |line: &&str| !caption::has_credit(line);
    let text: Vec<&str> = around.text.iter().copied().filter(is_prose).collect();
    let signed = byline::authors(&around.head, &text, &around.tail);
    if signed.is_empty() {
        meta.authors.clone()
    } else {
        signed
    }
}

/// The names in what a rule found: `记者 张三 李四` is two.
fn people(found: &[String]) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for text in found {
        let named = byline::authors(&[text], &[], &[]);
        let named = if named.is_empty() {
            vec![text.clone()]
        } else {
            named
        };
        people.extend(
            named
                .into_iter()
                .filter(|name| !people.contains(name))
                .collect::<Vec<_>>(),
        );
    }
    people
}
