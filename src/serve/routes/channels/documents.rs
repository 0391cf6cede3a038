//! Documents of channels: stories off the disk, bytes for the render cache.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::path::{cursor, write_cursor};
use crate::clock;
use crate::config::{Channel, Config};
use crate::ingest::dedupe::related::hottest;
use crate::model::{ChannelId, Story, StoryId};
use crate::publish::html::{Paging, Section};
use crate::publish::{Deletion, Edition, Format, NO_HISTORY, Site, Subject, Texts, View, html};
use crate::serve::app::App;
use crate::serve::related::RECENT_STORIES;
use crate::serve::response::document::RenderedDocument;
use crate::store::{Cursor, StoreError, Takedown};

/// Stories on one listing page, and on the page or feed of stories with pictures.
const PAGE_STORIES: usize = 40;

/// Stories at the top of the front page.
const FRONT_STORIES: usize = 24;
/// Stories in each section of the front page.
const SECTION_STORIES: usize = 5;

/// Upper limit of sections on the front page.
const MAX_SECTIONS: usize = 12;

/// Time for which Atom feeds say that a story was taken down.
const DELETIONS_SHOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Upper limit of stories in a channel's hot view.
const MAX_HOT_STORIES: usize = 30;

/// Media type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// Renders the front page: the newest stories of the root, then a section for each region
/// that has any. `None` if there is no root channel.
pub(super) fn front(
    app: &App,
    config: Arc<Config>,
) -> Result<Option<RenderedDocument>, StoreError> {
    let desk = app.desk(config)?;
    let root = ChannelId::root();
    let Some(channel) = desk.config.channels.get(&root) else {
        return Ok(None);
    };
    let page = newest_page(app, channel, None, FRONT_STORIES)?;
    let mut parts: Vec<(&Channel, Vec<Arc<Story>>)> = Vec::new();
    for region in desk.config.children(branching(&desk.config, &root)) {
        if parts.len() == MAX_SECTIONS {
            break;
        }
        let newest = app.store.page(&region.id, None, SECTION_STORIES)?;
        if !newest.is_empty() {
            parts.push((region, newest));
        }
    }
    let sections: Vec<Section<'_>> = parts
        .iter()
        .map(|(channel, stories)| Section { channel, stories })
        .collect();
    let edition = page.edition(desk.site(), channel);
    let bytes = html::front(&edition, &sections, &page.paging);
    Ok(Some(RenderedDocument::new(HTML, bytes, page.changed)))
}

/// Finds the first channel from `from` down that has several children (or none): one section
/// that repeats the front page says nothing.
fn branching<'a>(config: &'a Config, from: &'a ChannelId) -> &'a ChannelId {
    let mut here = from;
    loop {
        let mut children = config.children(here).into_iter();
        match (children.next(), children.next()) {
            (Some(only), None) => here = &only.id,
            _ => return here,
        }
    }
}

/// Renders a listing page of a channel, 40 stories: the newest, or those after the cursor
/// `before`.
pub(super) fn listing(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    before: Option<Cursor>,
) -> Result<RenderedDocument, StoreError> {
    let desk = app.desk(config)?;
    let page = newest_page(app, channel, before, PAGE_STORIES)?;
    let edition = page.edition(desk.site(), channel);
    let bytes = html::channel(&edition, &page.paging);
    Ok(RenderedDocument::new(HTML, bytes, page.changed))
}

/// Page of a channel's stories, newest first.
struct NewestPage {
    stories: Vec<Arc<Story>>,
    /// Time of the last change of anything shown.
    changed: Option<Timestamp>,
    paging: Paging,
}

impl NewestPage {
    fn edition<'a>(&'a self, site: Site<'a>, channel: &'a Channel) -> Edition<'a> {
        Edition {
            site,
            channel,
            subject: Subject::Channel,
            stories: &self.stories,
            changed: self.changed,
            view: View::Newest,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        }
    }
}

/// Reads a page of at most `length` stories: the newest, or those after the cursor `before`.
fn newest_page(
    app: &App,
    channel: &Channel,
    before: Option<Cursor>,
    length: usize,
) -> Result<NewestPage, StoreError> {
    let mut stories = app.store.page(&channel.id, before, length + 1)?;
    let has_older = stories.len() > length;
    stories.truncate(length);
    let older = stories.last().filter(|_| has_older);
    let paging = Paging {
        is_past: before.is_some(),
        older: older.map(|last| write_cursor(&cursor(last))),
    };
    let changed = shown(&stories, app.store.changed(&channel.id)?);
    Ok(NewestPage {
        stories,
        changed,
        paging,
    })
}

/// Renders a view of a channel other than the newest: as a feed if `format` is given, else as a
/// page without older pages. The newest stories are a [`listing`], or a
/// [`feed`](super::history::feed).
pub(super) fn view(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    view: View,
    format: Option<Format>,
) -> Result<RenderedDocument, StoreError> {
    let desk = app.desk(config)?;
    let (mut stories, changed) = view_stories(app, channel, view)?;
    app.related.relate(&app.store, &mut stories)?;
    let deleted = match format {
        Some(Format::Atom) => deletions(app, channel)?,
        _ => Vec::new(),
    };
    let edition = Edition {
        site: desk.site(),
        channel,
        subject: Subject::Channel,
        stories: &stories,
        changed,
        view,
        deleted: &deleted,
        history: &NO_HISTORY,
        texts: Texts::Full,
    };
    let Some(format) = format else {
        let bytes = html::channel(&edition, &Paging::default());
        return Ok(RenderedDocument::new(HTML, bytes, changed));
    };
    let rhythm = edition.site.rhythm(&channel.id);
    let document = RenderedDocument::new(format.media_type(), format.render(&edition), changed);
    Ok(document.fresh_for(rhythm))
}

/// Reads the stories of a view, in its order.
pub(super) fn view_stories(app: &App, channel: &Channel, view: View) -> Result<Choice, StoreError> {
    match view {
        View::Newest => {
            let page = newest_page(app, channel, None, PAGE_STORIES)?;
            Ok((page.stories, page.changed))
        }
        View::Hot => hot_stories(app, channel),
        View::Pictures => picture_stories(app, channel),
    }
}

/// Reads the stories of a channel that were taken down within [`DELETIONS_SHOWN_FOR`].
pub(super) fn deletions(app: &App, channel: &Channel) -> Result<Vec<Deletion>, StoreError> {
    let since = clock::now().saturating_sub(DELETIONS_SHOWN_FOR);
    let since = since.unwrap_or(Timestamp::MIN);
    let taken = app.store.taken_from(&channel.id, since)?.into_iter();
    let deletion = |(story, takedown): (StoryId, Takedown)| Deletion {
        story,
        at: takedown.at,
        reason: takedown.reason,
    };
    Ok(taken.map(deletion).collect())
}

/// Stories of a view, and the time at which anything shown of them last changed.
pub(super) type Choice = (Vec<Arc<Story>>, Option<Timestamp>);

/// Reads the newest stories with a lead picture: at most 40, out of the newest 200.
fn picture_stories(app: &App, channel: &Channel) -> Result<Choice, StoreError> {
    let mut stories = app.store.page(&channel.id, None, RECENT_STORIES)?;
    stories.retain(|story| story.canonical.image.is_some());
    stories.truncate(PAGE_STORIES);
    let changed = shown(&stories, app.store.changed(&channel.id)?);
    Ok((stories, changed))
}

/// Ranks the newest 200 stories and returns the hottest 30, as of the last change, not of
/// now: the same state gives the same bytes.
fn hot_stories(app: &App, channel: &Channel) -> Result<Choice, StoreError> {
    let changed = app.store.changed(&channel.id)?;
    let recent = app.store.page(&channel.id, None, RECENT_STORIES)?;
    let stories = hottest(recent, changed.unwrap_or_default(), MAX_HOT_STORIES);
    let changed = changed.or_else(|| shown(&stories, None));
    Ok((stories, changed))
}

/// Returns the time of the last change among `stories`, or `otherwise` if there are none; a
/// story that fell off the page does not count.
pub(super) fn shown(stories: &[Arc<Story>], otherwise: Option<Timestamp>) -> Option<Timestamp> {
    let newest = stories.iter().map(|story| story.changed).max();
    newest.or(otherwise)
}

/// Computes the oldest `sort_key` shown: `channel.max_age` before the last change, not before
/// now: a feed does not change by itself, and one that stands still keeps its news.
pub(super) fn oldest(channel: &Channel, changed: Option<Timestamp>) -> Option<Timestamp> {
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
