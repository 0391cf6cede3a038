//! Rewrites, filters and routes of an admin, applied to the entries of a source.

use std::borrow::Cow;

use crate::config::{Action, Channel, Config, Field, Filter, Rewrite, Source, Wanted};
use crate::model::{Draft, Item, Route, WebUrl};
use crate::text::html;
use crate::text::identifiers::secret;
use crate::text::script::simplify;

/// Mentions of a place in a text from which on an item is routed, if the headline does not
/// name it.
const MIN_MENTIONS: usize = 2;

/// Length of the text in which places and words are looked for, in characters.
const MAX_TEXT: usize = 20_000;

/// Rewrites a draft before anything else is done with it. A rewritten link that is no web
/// address leaves the old one.
pub fn rewrite(draft: &mut Draft, rewrites: &[Rewrite]) {
    for Rewrite {
        field,
        find,
        replace,
    } in rewrites
    {
        let change = |text: &mut String| {
            if let Cow::Owned(new) = find.replace_all(text, replace.as_str()) {
                *text = new;
            }
        };
        match field {
            Field::Title => draft.title.iter_mut().for_each(change),
            Field::Summary => draft.summary.iter_mut().for_each(change),
            Field::Content => {
                let bodies = draft.content.iter_mut();
                bodies.map(|content| &mut content.value).for_each(change);
            }
            Field::Url => {
                let new = draft
                    .link
                    .as_ref()
                    .map(|link| find.replace_all(link.as_str(), replace));
                let new = new.and_then(|new| WebUrl::parse(&new));
                draft.link = new.or(draft.link.take());
            }
            Field::Any | Field::Author | Field::Category => {}
        }
    }
}

/// Takes the secrets of the feed's address out of a draft. A feed that is only for one reader may
/// write them into all its addresses; those are of no use to others.
pub fn withhold(draft: &mut Draft, secrets: &[String]) {
    if secrets.is_empty() {
        return;
    }
    let is_told = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    let clear = |text: &mut String| {
        if is_told(text) {
            let free = secrets
                .iter()
                .fold(text.clone(), |text, secret| text.replace(secret, ""));
            *text = free;
        }
    };
    if draft
        .link
        .as_ref()
        .is_some_and(|link| is_told(link.as_str()))
    {
        let link = draft.link.take().map(|link| secret::without(&link));
        draft.link = link.filter(|link| !is_told(link.as_str()));
        draft.address = draft.link.as_ref().map(ToString::to_string);
    }
    let is_free = |url: &Option<String>| url.as_deref().is_none_or(|url| !is_told(url));
    for url in [
        &mut draft.image,
        &mut draft.player,
        &mut draft.comments,
        &mut draft.comments_feed,
    ] {
        *url = url.take().filter(|url| !is_told(url));
    }
    draft.enclosures.retain(|media| !is_told(&media.url));
    draft.media.retain(|media| !is_told(&media.url));
    draft.thumbnails.retain(|url| !is_told(url));
    draft.links.retain(|link| !is_told(&link.href));
    draft
        .podcast
        .transcripts
        .retain(|file| !is_told(&file.href));
    draft.podcast.chapters = draft
        .podcast
        .chapters
        .take()
        .filter(|file| !is_told(&file.href));
    draft.in_reply_to = draft
        .in_reply_to
        .take()
        .filter(|reply| is_free(&reply.href));
    draft.guid.iter_mut().for_each(clear);
    draft.summary.iter_mut().for_each(clear);
    draft
        .content
        .iter_mut()
        .for_each(|content| clear(&mut content.value));
}

/// Whether the first filter that matches drops a draft. What only its article page says is
/// not known yet.
#[must_use]
pub fn is_dropped(draft: &Draft, filters: &[Filter]) -> bool {
    let text_of = |field| of_draft(draft, field);
    matches!(first(filters, text_of), Some(filter) if filter.action == Action::Drop)
}

/// Applies the first filter that matches an item, and returns whether the item is kept; it
/// may get a tag. `routes` gets the channel that a filter sends it to.
pub fn settle(item: &mut Item, filters: &[Filter], routes: &mut Vec<Route>) -> bool {
    let found = first(filters, |field| of_item(item, field));
    match found.map(|filter| (&filter.action, filter)) {
        None | Some((Action::Keep, _)) => {}
        Some((Action::Drop, _)) => return false,
        Some((Action::Tag(tag), _)) => {
            if !item.categories.contains(tag) {
                item.categories.push(tag.clone());
            }
        }
        Some((Action::Route(to), filter)) => routes.push(Route {
            to: to.clone(),
            why: why(filter),
        }),
    }
    true
}

/// Lists the channels whose places an item names, other than its own, within the same region
/// (first segment of the id).
#[must_use]
pub fn by_place(item: &Item, source: &Source, config: &Config) -> Vec<Route> {
    let home = source.id.channel();
    let region = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
    let elsewhere = config.channels.values().filter(|channel| {
        let is_home = home.lineage().any(|id| id == channel.id);
        let is_near = region(channel.id.as_str()) == region(home.as_str());
        !channel.places.is_empty() && is_near && !is_home
    });
    let mut elsewhere = elsewhere.peekable();
    if elsewhere.peek().is_none() {
        return Vec::new();
    }
    let title = fold(&item.title);
    let text = fold(&of_item(item, Field::Any));
    let named = |channel: &Channel| {
        channel.places.iter().find_map(|place| {
            let name = fold(place);
            if mentions(&title, &name) > 0 {
                return Some(format!("the headline names {place}"));
            }
            let count = mentions(&text, &name);
            (count >= MIN_MENTIONS).then(|| format!("names {place} {count} times"))
        })
    };
    let routes = elsewhere.filter_map(|channel| {
        let why = named(channel)?;
        let to = channel.id.clone();
        Some(Route { to, why })
    });
    routes.collect()
}

/// Finds the first filter whose field has the words or matches the pattern.
fn first(filters: &[Filter], text_of: impl Fn(Field) -> String) -> Option<&Filter> {
    filters.iter().find(|filter| {
        let text = text_of(filter.field);
        match &filter.wanted {
            Wanted::Match(regex) => regex.is_match(&text),
            Wanted::Contains(words) => {
                let text = fold(&text);
                words.iter().any(|word| text.contains(&fold(word)))
            }
        }
    })
}

fn why(filter: &Filter) -> String {
    match &filter.wanted {
        Wanted::Match(regex) => format!("a filter matches {regex}"),
        Wanted::Contains(words) => format!("a filter looks for {}", words.join(", ")),
    }
}

fn of_draft(draft: &Draft, field: Field) -> String {
    let title = draft.title.clone().unwrap_or_default();
    let summary = || {
        draft
            .summary
            .as_deref()
            .map(html::to_text)
            .unwrap_or_default()
    };
    let content = || {
        let bodies = draft
            .content
            .iter()
            .map(|content| html::to_text(&content.value));
        bodies.collect::<Vec<_>>().join("\n")
    };
    match field {
        Field::Any => [title, summary(), content()].join("\n"),
        Field::Title => title,
        Field::Summary => summary(),
        Field::Content => content(),
        Field::Url => draft
            .link
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        Field::Author => {
            let names = draft
                .authors
                .iter()
                .filter_map(|person| person.name.as_deref());
            names.collect::<Vec<_>>().join("\n")
        }
        Field::Category => draft.categories.join("\n"),
    }
}

fn of_item(item: &Item, field: Field) -> String {
    let text = |html: &Option<crate::model::SafeHtml>| {
        let html = html.as_ref();
        html.map(|html| html::to_text(html.as_str()))
            .unwrap_or_default()
    };
    match field {
        Field::Any => [item.title.clone(), text(&item.summary), text(&item.content)].join("\n"),
        Field::Title => item.title.clone(),
        Field::Summary => text(&item.summary),
        Field::Content => text(&item.content),
        Field::Url => item
            .url
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        Field::Author => item.authors.join("\n"),
        Field::Category => item.categories.join("\n"),
    }
}

/// Folds a text to lower case and simplified script, cut at [`MAX_TEXT`].
fn fold(text: &str) -> String {
    let lower = text.chars().take(MAX_TEXT).flat_map(char::to_lowercase);
    lower.map(simplify).collect()
}

/// Counts the occurrences of `name` in `text` as a word of its own.
fn mentions(text: &str, name: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
    let found = text.match_indices(name).filter(|(at, found)| {
        let before = text[..*at].chars().next_back().is_some_and(is_word);
        let after = text[at + found.len()..].chars().next().is_some_and(is_word);
        let is_latin = found.chars().next().is_some_and(is_word);
        !is_latin || !before && !after
    });
    found.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_word() {
        assert_eq!(mentions("章丘区的章丘大葱", "章丘"), 2);
        assert_eq!(mentions("bonn and bonner", "bonn"), 1);
        assert_eq!(mentions("nothing", "bonn"), 0);
    }

    #[test]
    fn a_rewrite_changes_what_it_names() {
        let mut draft = Draft {
            title: Some("【独家】大雪".to_owned()),
            link: WebUrl::parse("https://a.example/amp/1"),
            ..Draft::default()
        };
        let rewrite_of = |field, find: &str, replace: &str| Rewrite {
            field,
            find: regex::Regex::new(find).unwrap(),
            replace: replace.to_owned(),
        };
        let rewrites = [
            rewrite_of(Field::Title, "^【.*?】", ""),
            rewrite_of(Field::Url, "/amp/", "/"),
        ];
        rewrite(&mut draft, &rewrites);
        assert_eq!(draft.title.as_deref(), Some("大雪"));
        assert_eq!(draft.link, WebUrl::parse("https://a.example/1"));
    }
}
