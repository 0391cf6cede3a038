//! `[source.list]` and `[source.article]`: selectors, each error under the
//! character that is wrong.

use regex::Regex;

use crate::config::fault::{Fault, Problems};
use crate::config::read::{self, Table, Value};
use crate::source::page::{
    ArticleRules, BadSelector, ListRules, Part, Rules, Selector, Typed, pattern,
};

/// Keys of later versions.
const LIST_LATER: &[&str] = &["max_pages", "next_page"];
const ARTICLE_LATER: &[&str] = &["max_pages", "next_page", "single_page_link"];

/// Both tables of one source.
pub(super) fn rules(table: &mut Table<'_>, problems: &mut Problems) -> Rules {
    let list = table.table("list", "[source.list]", problems);
    let article = table.table("article", "[source.article]", problems);
    Rules {
        list: list.and_then(|table| list_rules(table, problems)),
        article: article.map(|table| article_rules(table, problems)),
    }
}

fn list_rules(mut table: Table<'_>, problems: &mut Problems) -> Option<ListRules> {
    let mut find = |key| table.read_deep(key, problems, selector);
    let container = find("container");
    let item = find("item");
    let link = find("link");
    let title = find("title");
    let date = find("date");
    let summary = find("summary");
    let image = find("image");
    let author = find("author");
    let category = find("category");
    let uid = find("uid");
    let url_pattern = table.read("url_pattern", problems, regex);
    let limit = table.read("limit", problems, read::whole(1..=2000));
    if item.is_none() {
        table.need("item", problems, |_| Ok(()));
    }
    table.finish(LIST_LATER, problems);
    Some(ListRules {
        container,
        item: item?,
        link,
        title,
        date,
        summary,
        image,
        author,
        category,
        uid,
        url_pattern,
        limit,
    })
}

fn article_rules(mut table: Table<'_>, problems: &mut Problems) -> ArticleRules {
    let mut find = |key| table.read_deep(key, problems, selector);
    let rules = ArticleRules {
        content: find("content"),
        title: find("title"),
        date: find("date"),
        author: find("author"),
        origin: find("origin"),
        caption: find("caption"),
        remove: find("remove"),
    };
    table.finish(ARTICLE_LATER, problems);
    rules
}

/// One way of a selector with the places of its parts.
struct Way<'a> {
    typed: Typed,
    whole: Value<'a>,
    css: Option<Value<'a>>,
    attr: Option<Value<'a>>,
    regex: Option<Value<'a>>,
    format: Option<Value<'a>>,
    timezone: Option<Value<'a>>,
}

/// A string, a table, or a list of both.
fn selector(value: Value<'_>, problems: &mut Problems) -> Option<Selector> {
    let values = value.one_or_more();
    let ways: Vec<Option<Way<'_>>> = values.iter().map(|value| way(*value, problems)).collect();
    let mut typed = Vec::new();
    for way in ways.into_iter().flatten() {
        // Each way alone first: a list stops at its first bad one.
        match Selector::new(std::slice::from_ref(&way.typed)) {
            Ok(_) => typed.push(way.typed),
            Err(bad) => problems.add(way.fault(bad)),
        }
    }
    match typed.len() == values.len() {
        true => problems.take(Selector::new(&typed).map_err(|bad| value.fault(bad.message))),
        false => None,
    }
}

fn way<'a>(value: Value<'a>, problems: &mut Problems) -> Option<Way<'a>> {
    let mut way = Way {
        typed: Typed::default(),
        whole: value,
        css: None,
        attr: None,
        regex: None,
        format: None,
        timezone: None,
    };
    if !value.is_table() {
        let css = problems.take(value.str("CSS in quotes, a table, or a list of them"))?;
        way.typed = Typed::from(css);
        way.css = Some(value);
        return Some(way);
    }
    let mut table = problems.take(Table::of("a selector", value))?;
    let mut text = |key| {
        let read = |value: Value<'a>| Ok((value.str("a string")?.to_owned(), value));
        table.read(key, problems, read).unzip()
    };
    let (css, css_at) = text("css");
    (way.typed.attr, way.attr) = text("attr");
    (way.typed.regex, way.regex) = text("regex");
    (way.typed.timezone, way.timezone) = text("timezone");
    (way.typed.css, way.css) = (css.unwrap_or_default(), css_at);
    way.format = table.get("format");
    for format in way.format.iter().flat_map(Value::one_or_more) {
        let text = format
            .str("a string")
            .map_err(|fault| fault.under("format"));
        way.typed
            .format
            .extend(problems.take(text).map(str::to_owned));
    }
    table.finish(&[], problems);
    Some(way)
}

impl Way<'_> {
    fn fault(&self, bad: BadSelector) -> Fault {
        let part = match bad.part {
            Part::Css => self.css,
            Part::Attr => self.attr,
            Part::Regex => self.regex,
            Part::Format => self.format,
            Part::Timezone => self.timezone,
        };
        match part {
            Some(value) => within(value, bad),
            None => self.whole.fault(bad.message),
        }
    }
}

fn regex(value: Value<'_>) -> Result<Regex, Fault> {
    pattern(value.str("a regex in quotes")?).map_err(|bad| within(value, bad))
}

/// Under the character that is wrong, where `value` is a string.
fn within(value: Value<'_>, bad: BadSelector) -> Fault {
    match value.str("") {
        Ok(_) => value.fault_within(bad.at..bad.at + 1, bad.message),
        Err(_) => value.fault(bad.message),
    }
}
