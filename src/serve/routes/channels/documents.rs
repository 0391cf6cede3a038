//! Documents of channels: stories off the disk, bytes for the render cache.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::path::{cursor, write_cursor};
use super::wish::PageStart;
use crate::clock;
use crate::config::{Channel, Config};
use crate::ingest::dedupe::related::{heat, hottest};
use crate::model::{ChannelId, Story, StoryId};
use crate::publish::html::{ChannelBeside, FrontPicks, Paging, Section};
use crate::publish::{Deletion, Edition, Format, NO_HISTORY, Site, Subject, Texts, View, html};
use crate::serve::app::App;
use crate::serve::related::RECENT_STORIES;
use crate::serve::response::document::RenderedDocument;
use crate::store::{Cursor, StoreError, Takedown};

/// Stories on one listing page, and on the page or feed of stories with pictures.
const PAGE_STORIES: usize = 40;

/// Stories at the top of the front page.
const FRONT_STORIES: usize = 20;

/// Newest stories among which those that stand out on a page are looked for.
pub(in crate::serve) const FRONT_POOL: usize = 100;

/// Stories with pictures on the front page.
const FRONT_PICTURES: usize = 6;

/// Stories with pictures beside those of a channel.
const BESIDE_PICTURES: usize = 4;

/// Stories of a ranking beside others.
pub(in crate::serve) const RANKED_STORIES: usize = 10;

/// Factor by which a picture makes a story fit for the top of the front page.
const PICTURE_BONUS: f32 = 1.6;

/// Stories in each section of the front page: more where there are few, so that the sections reach
/// about as far down as the newest stories beside them.
const SECTION_STORIES: RangeInclusive<usize> = 5..=10;

/// Stories in all sections of the front page, if that leaves enough for each.
const ALL_SECTION_STORIES: usize = 24;

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
    let mut page = newest_page(app, channel, None, FRONT_STORIES)?;
    let picks = front_picks(app, channel)?;
    page.stories
        .retain(|story| picks.lead.as_ref().is_none_or(|lead| lead.id != story.id));
    let mut parts: Vec<(&Channel, Vec<Arc<Story>>)> = Vec::new();
    let regions = desk.config.children(branching(&desk.config, &root));
    let each = ALL_SECTION_STORIES / regions.len().max(1);
    let each = each.clamp(*SECTION_STORIES.start(), *SECTION_STORIES.end());
    for region in regions {
        if parts.len() == MAX_SECTIONS {
            break;
        }
        let newest = app.store.page(&region.id, None, each)?;
        if !newest.is_empty() {
            parts.push((region, newest));
        }
    }
    let sections: Vec<Section<'_>> = parts
        .iter()
        .map(|(channel, stories)| Section { channel, stories })
        .collect();
    let edition = page.edition(desk.site(), channel);
    let bytes = html::front(&edition, &picks, &sections, &page.paging);
    Ok(Some(RenderedDocument::new(HTML, bytes, page.changed)))
}

/// Chooses what stands out on the front page, out of the newest stories: the hottest first, one with
/// a picture before one as hot without.
fn front_picks(app: &App, channel: &Channel) -> Result<FrontPicks, StoreError> {
    let recent = app.store.page(&channel.id, None, FRONT_POOL)?;
    let newest = recent.iter().map(|story| story.canonical.sort_key).max();
    let now = newest.unwrap_or_default();
    let weight = |story: &Story| match story.canonical.image {
        Some(_) => heat(story, now) * PICTURE_BONUS,
        None => heat(story, now),
    };
    let lead = recent
        .iter()
        .max_by(|one, other| {
            let order = weight(one).total_cmp(&weight(other));
            order.then_with(|| other.id.cmp(&one.id))
        })
        .cloned();
    let is_lead = |story: &Arc<Story>| lead.as_ref().is_some_and(|lead| lead.id == story.id);
    let mut pictures = recent.clone();
    pictures.retain(|story| story.canonical.image.is_some() && !is_lead(story));
    pictures.truncate(FRONT_PICTURES);
    Ok(FrontPicks {
        hot: widely_reported(recent, now, RANKED_STORIES),
        lead,
        pictures,
    })
}

/// Ranks stories by their heat at `now`; those of a single source have none and are left out.
pub(in crate::serve) fn widely_reported(
    mut stories: Vec<Arc<Story>>,
    now: Timestamp,
    limit: usize,
) -> Vec<Arc<Story>> {
    stories.retain(|story| {
        let first = story.sightings.first();
        let mut all = story.sightings.iter();
        all.any(|seen| first.is_some_and(|first| first.source != seen.source))
    });
    hottest(stories, now, limit)
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

/// Renders a listing page of a channel, 40 stories: the newest, or others. `None` for one that would
/// reach above the newest.
pub(super) fn listing(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    start: PageStart,
) -> Result<Option<RenderedDocument>, StoreError> {
    let desk = app.desk(config)?;
    let page = match start {
        PageStart::Newest => newest_page(app, channel, None, PAGE_STORIES)?,
        PageStart::Behind(cursor) => newest_page(app, channel, Some(cursor), PAGE_STORIES)?,
        PageStart::Before(cursor) => match page_above(app, channel, cursor)? {
            Some(page) => page,
            None => return Ok(None),
        },
    };
    let edition = page.edition(desk.site(), channel);
    let beside = match start {
        PageStart::Newest => {
            let now = page.changed.unwrap_or_default();
            let recent = app.store.page(&channel.id, None, FRONT_POOL)?;
            let mut pictures = recent.clone();
            pictures.retain(|story| story.canonical.image.is_some());
            pictures.truncate(BESIDE_PICTURES);
            ChannelBeside {
                hot: widely_reported(recent, now, RANKED_STORIES),
                pictures,
            }
        }
        _ => ChannelBeside::default(),
    };
    let bytes = html::channel(&edition, &beside, &page.paging);
    Ok(Some(RenderedDocument::new(HTML, bytes, page.changed)))
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
    let newer = stories.first().filter(|_| before.is_some());
    let paging = Paging {
        is_past: before.is_some(),
        newer: newer.map(|first| write_cursor(&cursor(first))),
        older: older.map(|last| write_cursor(&cursor(last))),
    };
    let changed = shown(&stories, app.store.changed(&channel.id)?);
    Ok(NewestPage {
        stories,
        changed,
        paging,
    })
}

/// Reads the page that ends before a story; `None` if there are not that many newer ones.
fn page_above(
    app: &App,
    channel: &Channel,
    below: Cursor,
) -> Result<Option<NewestPage>, StoreError> {
    let mut stories = app.store.newer_page(&channel.id, below, PAGE_STORIES + 1)?;
    if stories.len() <= PAGE_STORIES {
        return Ok(None);
    }
    stories.remove(0);
    let changed = shown(&stories, app.store.changed(&channel.id)?);
    let at = |story: Option<&Arc<Story>>| story.map(|story| write_cursor(&cursor(story)));
    Ok(Some(NewestPage {
        changed,
        paging: Paging {
            is_past: true,
            newer: at(stories.first()),
            older: at(stories.last()),
        },
        stories,
    }))
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
        let bytes = html::channel(&edition, &ChannelBeside::default(), &Paging::default());
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
    let stories = widely_reported(recent, changed.unwrap_or_default(), MAX_HOT_STORIES);
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
