//! The documents of channels: stories off the disk, bytes for the shelf.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::path::write_cursor;
use crate::config::{Channel, Config};
use crate::model::{ChannelId, Story};
use crate::publish::html::{Paging, Section};
use crate::publish::{Edition, Format, html};
use crate::serve::app::App;
use crate::serve::document::Document;
use crate::store::{Cursor, StoreError};

/// Stories on a page of a channel.
const PAGE: usize = 40;

/// Stories on the front page, and in each of its sections.
const FRONT: usize = 24;
const IN_SECTION: usize = 5;

/// Sections of the front page.
const MAX_SECTIONS: usize = 12;

const HTML: &str = "text/html; charset=utf-8";

/// The front page.
pub(super) fn front(app: &App, config: Arc<Config>) -> Result<Option<Document>, StoreError> {
    let desk = app.desk(config)?;
    let root = ChannelId::root();
    let Some(channel) = desk.config.channels.get(&root) else {
        return Ok(None);
    };
    let mut stories = app.store.page(&root, None, FRONT + 1)?;
    let has_older = stories.len() > FRONT;
    stories.truncate(FRONT);
    let changed = app.store.changed(&root)?;
    let mut parts: Vec<(&Channel, Vec<Story>)> = Vec::new();
    for region in desk.config.children(branching(&desk.config, &root)) {
        if parts.len() == MAX_SECTIONS {
            break;
        }
        let newest = app.store.page(&region.id, None, IN_SECTION)?;
        if !newest.is_empty() {
            parts.push((region, newest));
        }
    }
    let sections: Vec<Section<'_>> = parts
        .iter()
        .map(|(channel, stories)| Section { channel, stories })
        .collect();
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    let paging = Paging {
        is_past: false,
        older: stories.last().filter(|_| has_older).map(write_cursor),
    };
    let bytes = html::front(&edition, &sections, &paging);
    Ok(Some(Document::new(HTML, bytes, changed)))
}

/// The first channel from here down that has several below it: one section that
/// repeats the front page says nothing.
fn branching<'a>(config: &'a Config, from: &'a ChannelId) -> &'a ChannelId {
    let mut here = from;
    loop {
        let mut children = config.children(here);
        match (children.next(), children.next()) {
            (Some(only), None) => here = &only.id,
            _ => return here,
        }
    }
}

/// One page of a channel.
pub(super) fn listing(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    before: Option<Cursor>,
) -> Result<Document, StoreError> {
    let desk = app.desk(config)?;
    let mut stories = app.store.page(&channel.id, before, PAGE + 1)?;
    let has_older = stories.len() > PAGE;
    stories.truncate(PAGE);
    let changed = app.store.changed(&channel.id)?;
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    let paging = Paging {
        is_past: before.is_some(),
        older: stories.last().filter(|_| has_older).map(write_cursor),
    };
    Ok(Document::new(
        HTML,
        html::channel(&edition, &paging),
        changed,
    ))
}

/// A channel as a feed.
pub(super) fn feed(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    format: Format,
) -> Result<Document, StoreError> {
    let desk = app.desk(config)?;
    let mut stories = app.store.page(&channel.id, None, channel.limit)?;
    let changed = app.store.changed(&channel.id)?;
    if let Some(oldest) = oldest(channel, changed) {
        stories.retain(|story| story.canonical.sort_key >= oldest);
    }
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    Ok(Document::new(
        format.media_type(),
        format.render(&edition),
        changed,
    ))
}

/// From when on stories are shown. Counted from the last change, not from now:
/// a feed does not change by itself, and one that stands still keeps its news.
fn oldest(channel: &Channel, changed: Option<Timestamp>) -> Option<Timestamp> {
    let max_age = SignedDuration::try_from(channel.max_age?).ok()?;
    changed?.checked_sub(max_age).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_from_the_last_change() {
        let mut channel = Channel::new("a".parse().unwrap(), "zh-CN");
        let changed = Some("2026-11-20T12:00:00Z".parse().unwrap());
        assert_eq!(oldest(&channel, changed), None);
        channel.max_age = Some(std::time::Duration::from_secs(86_400));
        let want = "2026-11-19T12:00:00Z".parse().unwrap();
        assert_eq!(oldest(&channel, changed), Some(want));
        assert_eq!(oldest(&channel, None), None);
        channel.max_age = Some(std::time::Duration::MAX);
        assert_eq!(oldest(&channel, changed), None);
    }
}
