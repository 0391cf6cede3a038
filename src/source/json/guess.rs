//! Guessing the list of news in JSON that has no rule: the longest list of objects with a title and
//! an address.

use serde_json::Value;

use super::path::text;
use crate::model::Moment;
use crate::source::Setting;
use crate::text::date;

/// Keys by which APIs name a title, the most telling first.
pub(super) const TITLE: &[&str] = &["title", "headline", "name", "subject", "Title", "bt"];
/// Keys by which APIs name an address.
pub(super) const LINK: &[&str] = &[
    "url",
    "link",
    "href",
    "permalink",
    "docurl",
    "LinkUrl",
    "web_url",
    "article_url",
    "share_url",
    "Url",
    "wapurl",
    "m_url",
];
/// Keys by which APIs name a teaser.
pub(super) const SUMMARY: &[&str] = &[
    "summary",
    "description",
    "digest",
    "intro",
    "abstract",
    "brief",
    "excerpt",
];
/// Keys by which APIs name a picture.
pub(super) const IMAGE: &[&str] = &[
    "image",
    "img",
    "cover",
    "thumbnail",
    "pic",
    "imgurl",
    "image_url",
    "thumb",
];
/// Keys by which APIs name an author.
pub(super) const AUTHOR: &[&str] = &["author", "author_name", "writer"];
pub(super) const ORIGIN: &[&str] = &[
    "source",
    "sourceName",
    "mediaName",
    "contentSource",
    "laiyuan",
];
/// Keys by which APIs name a date.
const DATE: &[&str] = &[
    "publishedTimeStr",
    "publishTimeStr",
    "pubTimeStr",
    "published_at",
    "publish_time",
    "publishTime",
    "pubDate",
    "publishDate",
    "publishedTime",
    "releaseTime",
    "releaseDate",
    "displayTime",
    "showTime",
    "issueTime",
    "docRelTime",
    "pub_time",
    "pubtime",
    "ptime",
    "ctime",
    "PubTime",
    "publishedAt",
    "published",
    "date",
    "datetime",
    "time",
    "created_at",
    "createTime",
    "create_time",
    "updated_at",
];

/// Most values that are looked at.
const MAX_VALUES: usize = 100_000;
/// Deepest nesting of values that are looked at.
const MAX_DEPTH: usize = 24;

/// The most members of an object that are looked at for a key that is spelled otherwise.
const MAX_MEMBERS: usize = 64;

/// Finds the objects of the list.
pub(super) fn items(root: &Value) -> Option<Vec<&Value>> {
    let mut best: Option<Vec<&Value>> = None;
    let mut todo = vec![(root, 0)];
    let mut n_seen = 0;
    while let Some((value, depth)) = todo.pop() {
        n_seen += 1;
        if n_seen > MAX_VALUES || depth > MAX_DEPTH {
            continue;
        }
        match value {
            Value::Array(values) => {
                let news: Vec<&Value> = values.iter().filter(|value| is_news(value)).collect();
                let is_longer = best.as_ref().is_none_or(|best| news.len() > best.len());
                if news.len() * 2 > values.len() && is_longer {
                    best = Some(news);
                }
                todo.extend(values.iter().map(|value| (value, depth + 1)));
            }
            Value::Object(object) => {
                todo.extend(object.values().map(|value| (value, depth + 1)));
            }
            _ => {}
        }
    }
    best
}

fn is_news(item: &Value) -> bool {
    let title = value(item, TITLE).is_some_and(|title| title.chars().nth(3).is_some());
    title && value(item, LINK).is_some()
}

/// Returns the text under the first of these keys that has one.
pub(super) fn value(item: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text(member(item, key)?))
}

/// Returns the value under a key, however that is spelled: `PubTime`, `pub_time`, `pubtime`.
fn member<'v>(item: &'v Value, key: &str) -> Option<&'v Value> {
    let object = item.as_object()?;
    object.get(key).or_else(|| {
        let mut members = object.iter().take(MAX_MEMBERS);
        members
            .find(|(name, _)| is_spelled(name, key))
            .map(|(_, value)| value)
    })
}

/// Whether two keys are one but for case and signs between words.
fn is_spelled(name: &str, key: &str) -> bool {
    let plain = |byte: &u8| !matches!(byte, b'_' | b'-');
    let name = name
        .bytes()
        .filter(|byte| plain(byte))
        .map(|byte| byte.to_ascii_lowercase());
    let key = key
        .bytes()
        .filter(|byte| plain(byte))
        .map(|byte| byte.to_ascii_lowercase());
    name.eq(key)
}

/// Returns the date under the first of the usual keys that has one.
pub(super) fn date(item: &Value, setting: &Setting<'_>) -> Option<Moment> {
    DATE.iter().find_map(|key| {
        let text = text(member(item, key)?)?;
        date::find(&text, setting.now, setting.zone)?.resolve(setting.zone)
    })
}
