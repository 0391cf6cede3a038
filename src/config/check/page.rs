//! `[source.list]` and `[source.article]`: selectors, each error under the
//! character that is wrong.

use regex::Regex;

use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::source::json::JsonSelector;
use crate::source::page::{ArticleRules, BadSelector, ListRules, Part, Selector, Typed, pattern};
use crate::source::sitemap;

/// Prefix of a selector that is XPath.
const XPATH: &str = "xpath:";

/// Keys that look into an item, and so need `item`.
const OF_ITEMS: &[&str] = &[
    "link", "title", "date", "summary", "image", "author", "category", "uid",
];

/// Reads `[source.list]` of a page.
pub(super) fn list_rules(mut table: Table<'_>, problems: &mut Diagnostics) -> ListRules {
    let rules = list(&mut table, problems, |value, problems| {
        selector(value, "css", problems, Selector::new)
    });
    if rules.item.is_none() && table.get("item").is_none() {
        for key in OF_ITEMS {
            if table.get(key).is_none() {
                continue;
            }
            let message =
                format!("`{key}` looks into an item, and `item` does not say what one is");
            let fault = Diagnostic::at(table.at(), message);
            problems.lacking(
                fault.help("add `item = \"li\"`, or leave the list to be found by itself"),
            );
        }
    }
    table.finish(&[], problems);
    rules
}

/// Reads `[source.list]` of JSON.
pub(super) fn json_rules(
    mut table: Table<'_>,
    problems: &mut Diagnostics,
) -> ListRules<JsonSelector> {
    let rules = list(&mut table, problems, |value, problems| {
        selector(value, "json", problems, JsonSelector::new)
    });
    table.finish(&[], problems);
    rules
}

/// Reads `[source.list]` of a sitemap.
pub(super) fn sitemap_rules(mut table: Table<'_>, problems: &mut Diagnostics) -> sitemap::Rules {
    let mut rules = sitemap::Rules::default();
    rules.list.url_pattern = table.read("url_pattern", problems, regex);
    rules.list.limit = limit(&mut table, problems).or(rules.list.limit);
    rules.list.max_pages = max_pages(&mut table, problems).unwrap_or(rules.list.max_pages);
    table.refuse(OF_ITEMS, "a sitemap says it itself", problems);
    table.finish(&[], problems);
    rules
}

fn list<'a, S>(
    table: &mut Table<'a>,
    problems: &mut Diagnostics,
    read: impl Fn(TomlValue<'a>, &mut Diagnostics) -> Option<S>,
) -> ListRules<S> {
    let mut find = |key| table.read_deep(key, problems, &read);
    let rules = ListRules {
        container: find("container"),
        item: find("item"),
        link: find("link"),
        title: find("title"),
        date: find("date"),
        summary: find("summary"),
        image: find("image"),
        author: find("author"),
        category: find("category"),
        uid: find("uid"),
        next_page: find("next_page"),
        ..ListRules::default()
    };
    ListRules {
        url_pattern: table.read("url_pattern", problems, regex),
        limit: limit(table, problems),
        max_pages: max_pages(table, problems).unwrap_or(rules.max_pages),
        ..rules
    }
}

fn limit(table: &mut Table<'_>, problems: &mut Diagnostics) -> Option<usize> {
    table.read("limit", problems, read::whole(1..=2000))
}

fn max_pages(table: &mut Table<'_>, problems: &mut Diagnostics) -> Option<usize> {
    table.read("max_pages", problems, read::whole(1..=100))
}

/// Reads `[source.article]`.
pub(super) fn article_rules(mut table: Table<'_>, problems: &mut Diagnostics) -> ArticleRules {
    let mut find = |key| {
        table.read_deep(key, problems, |value, problems| {
            selector(value, "css", problems, Selector::new)
        })
    };
    let rules = ArticleRules {
        content: find("content"),
        title: find("title"),
        date: find("date"),
        author: find("author"),
        origin: find("origin"),
        caption: find("caption"),
        remove: find("remove"),
        next_page: find("next_page"),
        single_page_link: find("single_page_link"),
        ..ArticleRules::default()
    };
    let rules = ArticleRules {
        max_pages: max_pages(&mut table, problems).unwrap_or(rules.max_pages),
        ..rules
    };
    table.finish(&[], problems);
    rules
}

/// One alternative of a selector, with the values its parts were typed in, to place errors.
struct Way<'a> {
    typed: Typed,
    whole: TomlValue<'a>,
    path: Option<TomlValue<'a>>,
    /// Bytes of the path before what was typed: the length of `xpath:` where that was left out.
    shift: usize,
    attr: Option<TomlValue<'a>>,
    regex: Option<TomlValue<'a>>,
    template: Option<TomlValue<'a>>,
    format: Option<TomlValue<'a>>,
    timezone: Option<TomlValue<'a>>,
}

/// Reads a selector: a string, a table, or a list of both, as alternatives in order.
fn selector<S>(
    value: TomlValue<'_>,
    language: &'static str,
    problems: &mut Diagnostics,
    compile: impl Fn(&[Typed]) -> Result<S, BadSelector>,
) -> Option<S> {
    let values = value.one_or_more();
    let ways = values.iter().map(|value| way(*value, language, problems));
    let ways: Vec<Option<Way<'_>>> = ways.collect();
    let mut typed = Vec::new();
    for way in ways.into_iter().flatten() {
        // Each way alone first: a list stops at its first bad one.
        match compile(std::slice::from_ref(&way.typed)) {
            Ok(_) => typed.push(way.typed),
            Err(bad) => problems.add(way.fault(bad)),
        }
    }
    match typed.len() == values.len() {
        true => problems.take(compile(&typed).map_err(|bad| value.fault(bad.message))),
        false => None,
    }
}

fn way<'a>(
    value: TomlValue<'a>,
    language: &'static str,
    problems: &mut Diagnostics,
) -> Option<Way<'a>> {
    let mut way = Way {
        typed: Typed::default(),
        whole: value,
        path: None,
        shift: 0,
        attr: None,
        regex: None,
        template: None,
        format: None,
        timezone: None,
    };
    if !value.is_table() {
        let path = problems.take(value.str("a selector in quotes, a table, or a list of them"))?;
        way.typed = Typed::from(path);
        way.path = Some(value);
        return Some(way);
    }
    let mut table = problems.take(Table::of("a selector", value))?;
    let mut text = |key| {
        let read = |value: TomlValue<'a>| Ok((value.str("a string")?.to_owned(), value));
        table.read(key, problems, read).unzip()
    };
    let (path, path_at) = text(language);
    let (xpath, xpath_at) = match language {
        "css" => text("xpath"),
        _ => (None, None),
    };
    (way.typed.attr, way.attr) = text("attr");
    (way.typed.regex, way.regex) = text("regex");
    (way.typed.timezone, way.timezone) = text("timezone");
    (way.typed.template, way.template) = text("template");
    (way.typed.path, way.path) = (path.unwrap_or_default(), path_at);
    if let Some(xpath) = xpath {
        (way.typed.path, way.path) = (format!("{XPATH}{xpath}"), xpath_at);
        way.shift = XPATH.len();
        if path_at.is_some() {
            problems.add(value.fault("`css` and `xpath` say the same thing twice: keep one"));
        }
    }
    way.format = table.get("format");
    for format in way.format.iter().flat_map(TomlValue::one_or_more) {
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
    fn fault(&self, bad: BadSelector) -> Diagnostic {
        let part = match bad.part {
            Part::Path => self.path,
            Part::Attr => self.attr,
            Part::Regex => self.regex,
            Part::Template => self.template,
            Part::Format => self.format,
            Part::Timezone => self.timezone,
        };
        let shift = if bad.part == Part::Path {
            self.shift
        } else {
            0
        };
        let at = bad.at.saturating_sub(shift);
        match part {
            Some(value) => within(value, BadSelector { at, ..bad }),
            None => self.whole.fault(bad.message),
        }
    }
}

fn regex(value: TomlValue<'_>) -> Result<Regex, Diagnostic> {
    pattern(value.str("a regex in quotes")?).map_err(|bad| within(value, bad))
}

/// Makes a diagnostic under the character that is wrong, where `value` is a string.
fn within(value: TomlValue<'_>, bad: BadSelector) -> Diagnostic {
    match value.str("") {
        Ok(_) => value.fault_within(bad.at..bad.at + 1, bad.message),
        Err(_) => value.fault(bad.message),
    }
}
