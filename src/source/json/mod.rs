//! JSON that lists news: the answer of an API, or what a page holds for its script.
//!
//! ```text
//!   document ─┬─ JSON, JSONP ──────────────────────┐
//!             └─ HTML: each script that holds JSON ─┴─▶ container ─▶ items ─▶ drafts
//! ```
//!
//! Values are found by JSONPath (RFC 9535); `title` and `a.b` are short for
//! `$.title` and `$.a.b`. Without `item` the list is found by itself.

mod embedded;
mod guess;
mod literal;
mod path;
mod price;

pub use path::JsonSelector;

use serde_json::Value;

use super::budget::Budget;
use super::page::{self, ListRules, list};
use super::{About, ParsedDocument, ReadError, Setting};
use crate::model::{Document, Draft, ExtractionCounts, WebUrl};
use crate::text::html::to_text;

/// Rules of a JSON source.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// `[source.list]`: JSONPath selectors.
    pub list: ListRules<JsonSelector>,
}

/// Reads a list.
///
/// # Errors
///
/// [`ReadError::Rebuilt`] and [`ReadError::Hollow`] if the rules match nothing,
/// [`ReadError::Costly`] if one looks at too much, [`ReadError::Broken`] if there is no JSON or no list in it; else as for any document.
pub fn read(
    rules: &Rules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<ParsedDocument, ReadError> {
    let embedded = embedded::values(document, setting)?;
    let rules = &rules.list;
    let mut first_error = None;
    let budget = Budget::default();
    for value in &embedded.values {
        let found = found(rules, value, (document, setting, &budget));
        let next = next(rules, value, (document, &budget));
        budget.check()?;
        match found {
            Ok((drafts, counts)) => {
                return Ok(ParsedDocument {
                    about: About {
                        title: embedded.title,
                        ..About::default()
                    },
                    drafts: list::wanted(rules, drafts),
                    format: "json",
                    encoding: embedded.encoding,
                    replaced: embedded.replaced,
                    complete: embedded.complete,
                    counts,
                    next,
                    ..ParsedDocument::default()
                });
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.unwrap_or(ReadError::Broken("there is no JSON in it".to_owned())))
}

/// Returns the list of news that a page holds as data for its script, if it plainly is one:
/// half of it at least has a date, or the addresses of articles.
pub(super) fn held(document: &Document, setting: &Setting<'_>) -> Option<ParsedDocument> {
    let reading = read(&Rules::default(), document, setting).ok()?;
    let n_drafts = reading.drafts.len();
    let is_news = |draft: &&Draft| {
        let link = draft.link.as_ref();
        draft.published.is_some() || link.is_some_and(page::is_article_address)
    };
    let n_news = reading.drafts.iter().filter(is_news).count();
    (n_drafts >= 2 && n_news * 2 >= n_drafts).then_some(reading)
}

fn found(
    rules: &ListRules<JsonSelector>,
    value: &Value,
    (document, setting, budget): (&Document, &Setting<'_>, &Budget),
) -> Result<(Vec<Draft>, ExtractionCounts), ReadError> {
    let containers = match &rules.container {
        None => vec![value],
        Some(container) => container.values(value, budget),
    };
    let missing = |selector: &Option<JsonSelector>| {
        let typed = selector.as_ref().map_or("", JsonSelector::as_typed);
        ReadError::Rebuilt(typed.to_owned())
    };
    if containers.is_empty() {
        return Err(missing(&rules.container));
    }
    let items: Vec<&Value> = match &rules.item {
        Some(item) => containers
            .iter()
            .flat_map(|container| item.values(container, budget))
            .collect(),
        None => containers
            .iter()
            .find_map(|container| guess::items(container))
            .ok_or_else(|| ReadError::Broken("no list of news was found in the JSON".to_owned()))?,
    };
    if items.is_empty() && rules.container.is_none() && rules.item.is_some() {
        // There but empty is no news; not there is another document.
        let is_there = rules
            .item
            .as_ref()
            .is_some_and(|item| item.is_empty_list(value, budget));
        if !is_there {
            return Err(missing(&rules.item));
        }
    }
    let items = &items[..items.len().min(setting.limits.entries)];
    let drafts = items
        .iter()
        .filter_map(|item| draft(rules, item, (document, setting, budget)));
    let drafts: Vec<Draft> = drafts.collect();
    if drafts.is_empty() && !items.is_empty() {
        let typed = rules.item.as_ref().map_or("", JsonSelector::as_typed);
        return Err(ReadError::Hollow(typed.to_owned()));
    }
    let mut counts = ExtractionCounts::of(&drafts);
    counts.containers = u32::try_from(containers.len()).unwrap_or(u32::MAX);
    counts.items = u32::try_from(items.len()).unwrap_or(u32::MAX);
    Ok((drafts, counts))
}

/// Reads one item; `None` if it has neither a link nor a title.
fn draft(
    rules: &ListRules<JsonSelector>,
    item: &Value,
    (document, setting, budget): (&Document, &Setting<'_>, &Budget),
) -> Option<Draft> {
    let value = |rule: &Option<JsonSelector>, usual: &[&str]| match rule {
        Some(rule) => rule.value(item, budget),
        None => guess::value(item, usual),
    };
    let values = |rule: &Option<JsonSelector>, usual: &[&str]| match rule {
        Some(rule) => rule.texts(item, budget),
        None => guess::value(item, usual).into_iter().collect(),
    };
    let link = value(&rules.link, guess::LINK);
    let link = link.and_then(|link| document.url.join(&link));
    let title = value(&rules.title, guess::TITLE);
    let title = title
        .map(|title| to_text(&title))
        .filter(|title| !title.is_empty());
    if link.is_none() && title.is_none() {
        return None;
    }
    let published = match &rules.date {
        Some(date) => date.date(item, (budget, setting)),
        None => guess::date(item, setting),
    };
    let image = value(&rules.image, guess::IMAGE).and_then(|image| document.url.join(&image));
    Some(Draft {
        guid: rules.uid.as_ref().and_then(|uid| uid.value(item, budget)),
        link,
        title,
        summary: value(&rules.summary, guess::SUMMARY),
        published,
        authors: values(&rules.author, guess::AUTHOR)
            .into_iter()
            .map(list::named)
            .collect(),
        categories: rules
            .category
            .as_ref()
            .map(|category| category.texts(item, budget))
            .unwrap_or_default(),
        origin: guess::value(item, guess::ORIGIN).filter(|name| !name.starts_with("http")),
        image: image.map(|image| image.as_str().to_owned()),
        ..Draft::default()
    })
}

/// Finds the next page of the list.
fn next(
    rules: &ListRules<JsonSelector>,
    value: &Value,
    (document, budget): (&Document, &Budget),
) -> Vec<WebUrl> {
    let reference = rules.next_page.as_ref();
    let reference = reference.and_then(|next| next.value(value, budget));
    let next = reference.and_then(|reference| document.url.join(&reference));
    next.filter(|next| *next != document.url)
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Precision;
    use crate::source::page::testing::{at, document, setting};
    use crate::source::page::{Typed, pattern};

    const API: &str = r#"{"code": 0, "data": {"list": [
        {"id": 101, "t": "园区<em>建设</em>加速", "time": 1521175740, "pic": "/1.jpg", "who": ["张素芬", "李冬阳"]},
        {"id": 102, "t": "大明湖今日免费开放", "time": "2018-03-15 08:00", "who": []},
        {"id": 103, "t": "大明湖今日免费开放 &amp; 夜场", "time": null}
    ], "more": "/api?page=2"}}"#;

    fn selector(path: &str) -> Option<JsonSelector> {
        Some(JsonSelector::new(&[path.into()]).unwrap())
    }

    fn rules() -> ListRules<JsonSelector> {
        let link = Typed {
            template: Some("/a/{}.html".to_owned()),
            ..Typed::from("id")
        };
        ListRules {
            item: selector("$.data.list[*]"),
            link: Some(JsonSelector::new(&[link]).unwrap()),
            title: selector("t"),
            date: selector("$.time"),
            image: selector("pic"),
            author: selector("who[*]"),
            next_page: selector("data.more"),
            ..ListRules::default()
        }
    }

    fn reading(list: ListRules<JsonSelector>, text: &str) -> Result<ParsedDocument, ReadError> {
        let rules = Rules { list };
        setting(|setting| read(&rules, &document(text), setting))
    }

    #[test]
    fn a_path_that_looks_at_too_much_is_named() {
        let entry =
            |n: usize| format!("{{\"id\": {n}, \"t\": \"news {n}\", \"time\": 1521175740}}");
        let entries: Vec<String> = (0..3000).map(entry).collect();
        let text = format!("{{\"data\": {{\"list\": [{}]}}}}", entries.join(","));
        for costly in ["$..[?$..id]", "$.data.list[?$.data.list[?@.id == 1]]"] {
            let costly_rules = ListRules {
                item: selector(costly),
                ..rules()
            };
            let refused = reading(costly_rules, &text).unwrap_err();
            assert_eq!(refused, ReadError::Costly(costly.to_owned()));
        }
        for good in ["$..list[*]", "$.data.list[?@.id >= 0]"] {
            let good = ListRules {
                item: selector(good),
                ..rules()
            };
            let most = crate::source::gate::Limits::default().entries;
            assert_eq!(reading(good, &text).unwrap().drafts.len(), most);
        }
    }

    #[test]
    fn an_api_is_read() {
        let reading = reading(rules(), API).unwrap();
        let [first, second, third] = &reading.drafts[..] else {
            panic!("{:?}", reading.drafts);
        };
        let link = first.link.as_ref().map(WebUrl::as_str);
        assert_eq!(link, Some("https://news.example.cn/a/101.html"));
        assert_eq!(first.title.as_deref(), Some("园区建设加速"));
        let published = first.published.unwrap();
        assert_eq!(published.at, at("2018-03-16T12:49:00+08:00"));
        assert_eq!(published.precision, Precision::Second);
        assert_eq!(first.authors.len(), 2);
        assert_eq!(
            first.image.as_deref(),
            Some("https://news.example.cn/1.jpg")
        );
        let published = second.published.unwrap();
        assert_eq!(published.at, at("2018-03-15T08:00:00+08:00"));
        assert_eq!(third.title.as_deref(), Some("大明湖今日免费开放 & 夜场"));
        assert_eq!(third.published, None);
        assert_eq!(
            reading.next[0].as_str(),
            "https://news.example.cn/api?page=2"
        );
        assert_eq!((reading.counts.items, reading.counts.dates), (3, 2));
    }

    #[test]
    fn a_script_of_a_page_is_read_as_well() {
        let json = API.replace('\n', " ");
        let pages = [
            format!(
                "<html><script>var a = 1;</script><script id=__NEXT_DATA__ type='application/json'>{json}</script></html>"
            ),
            format!(
                "<html><script>window.__INITIAL_STATE__ = {json};(function(){{}})()</script></html>"
            ),
            format!(
                "<!doctype html><script>var x = {{\"a\": 1}}</script><script>var data={json};</script>"
            ),
            format!("jsonp12({json});"),
            format!("/**/cb({json})"),
        ];
        for page in pages {
            assert_eq!(reading(rules(), &page).unwrap().drafts.len(), 3, "{page}");
        }
    }

    #[test]
    fn without_rules_the_list_is_found() {
        let json = r#"{"nav": [{"name": "首页"}], "result": {"data": [
            {"title": "园区建设加速推进", "url": "/1.html", "ctime": "1521175740", "intro": "导语"},
            {"title": "大明湖今日免费开放", "url": "/2.html", "ctime": "1521175740"}]}}"#;
        let reading = reading(ListRules::default(), json).unwrap();
        assert_eq!(reading.drafts.len(), 2);
        assert_eq!(reading.counts.dates, 2);
        assert_eq!(reading.drafts[0].summary.as_deref(), Some("导语"));
    }

    #[test]
    fn there_but_empty_is_no_news_and_gone_is_trouble() {
        let empty = reading(rules(), r#"{"data": {"list": []}}"#).unwrap();
        assert!(empty.drafts.is_empty());
        for other in [r#"{"error": "no"}"#, "{}", "[]", "<html><p>x</html>"] {
            let error = reading(rules(), other).unwrap_err();
            assert!(
                matches!(error.code(), "rebuilt" | "broken"),
                "{other}: {error}"
            );
        }
        let hollow = reading(rules(), r#"{"data": {"list": [{}, {}]}}"#);
        assert_eq!(hollow.unwrap_err().code(), "rebuilt");
    }

    #[test]
    fn broken_json_is_an_error() {
        for (given, code) in [
            ("", "empty"),
            ("{\"data\"", "broken"),
            ("hello", "broken"),
            (&"[".repeat(100_000), "broken"),
        ] {
            assert_eq!(reading(rules(), given).unwrap_err().code(), code);
        }
    }

    #[test]
    fn a_pattern_and_a_limit_keep_others_out() {
        let mut rules = rules();
        rules.url_pattern = Some(pattern("10[23]").unwrap());
        assert_eq!(reading(rules.clone(), API).unwrap().drafts.len(), 2);
        rules.limit = Some(1);
        assert_eq!(reading(rules, API).unwrap().drafts.len(), 1);
    }
}
