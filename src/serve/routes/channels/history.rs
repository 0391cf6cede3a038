//! Documents of a channel's history (RFC 5005): pages of its feed, and archives by month.

use std::sync::Arc;

use jiff::Timestamp;

use super::archives::{self, ArchiveFile};
use super::documents::{Choice, deletions, oldest, shown};
use super::path::{cursor, write_cursor};
use super::wish::{MAX_WISHED_STORIES, Wish};
use crate::clock;
use crate::config::{Channel, Config};
use crate::model::{Story, StoryId};
use crate::publish::{Address, Deletion, Edition, Format, History, Month, Subject, View};
use crate::serve::app::{App, RenderContext};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::mark::Entry;
use crate::serve::response::negotiate::Coding;
use crate::store::{Cursor, StoreError};

/// Months among which the archive after one is looked for.
const MAX_MONTHS_AHEAD: usize = 24;

/// Time for which a cache need not ask again for the archive of a month that is over.
const CLOSED: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Page of a channel's newest stories as a feed tells them.
struct FeedPage {
    choice: Choice,
    /// Position of the last story of the page, if older ones follow.
    older: Option<Cursor>,
}

/// Document of a feed to be rendered.
struct Draft<'a> {
    desk: &'a RenderContext,
    channel: &'a Channel,
    wish: &'a Wish,
    format: Format,
    /// Stories that readers are to forget; Atom can say so.
    deleted: Vec<Deletion>,
}

/// Renders the newest stories of a channel as a feed, or those that `wish` asks for.
pub(super) fn feed(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    (wish, format): (Wish, Format),
) -> Result<RenderedDocument, StoreError> {
    let desk = app.desk(config)?;
    let mut page = feed_page(app, channel, &wish)?;
    // What is past has nothing to do with the newest, which would make its bytes others every day.
    if wish.before.is_none() {
        app.related.relate(&app.store, &mut page.choice.0)?;
    }
    let draft = Draft {
        desk: &desk,
        channel,
        wish: &wish,
        format,
        deleted: to_forget(app, channel, (wish, format))?,
    };
    let rhythm = desk.site().rhythm(&channel.id);
    let history = draft.paged(&page);
    let document = draft.render(&page.choice, &history).fresh_for(rhythm);
    Ok(match wish.before {
        None => document.with_entries(Entry::all(&page.choice.0)),
        Some(_) => document,
    })
}

/// Renders the feed with no stories but those of `lacking`. `None` if that cannot be what is
/// missing: one of them is not in the feed any more, or has changed meanwhile.
pub(super) fn delta(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    (wish, format, lacking): (Wish, Format, Vec<Entry>),
) -> Result<Option<RenderedDocument>, StoreError> {
    let desk = app.desk(config)?;
    let mut page = feed_page(app, channel, &wish)?;
    let stories = &mut page.choice.0;
    stories.retain(|story| lacking.contains(&Entry::of(story)));
    if stories.len() < lacking.len() {
        return Ok(None);
    }
    app.related.relate(&app.store, stories)?;
    let draft = Draft {
        desk: &desk,
        channel,
        wish: &wish,
        format,
        deleted: to_forget(app, channel, (wish, format))?,
    };
    let history = draft.paged(&page);
    Ok(Some(draft.render(&page.choice, &history)))
}

/// Reads the stories that readers of a feed are to forget: they stand in its newest document only.
fn to_forget(
    app: &App,
    channel: &Channel,
    (wish, format): (Wish, Format),
) -> Result<Vec<Deletion>, StoreError> {
    match format {
        Format::Atom if wish.before.is_none() => deletions(app, channel),
        _ => Ok(Vec::new()),
    }
}

/// Reads the stories of a feed's page, at most as many as the reader or the channel wish; on the
/// first one none older than `channel.max_age` before the last change.
fn feed_page(app: &App, channel: &Channel, wish: &Wish) -> Result<FeedPage, StoreError> {
    let limit = wish.limit.unwrap_or(channel.limit);
    let mut stories = app.store.page(&channel.id, wish.before, limit + 1)?;
    let n_found = stories.len();
    stories.truncate(limit);
    let changed = app.store.changed(&channel.id)?;
    let oldest = oldest(channel, changed).filter(|_| wish.before.is_none());
    if let Some(oldest) = oldest {
        stories.retain(|story| story.canonical.sort_key >= oldest);
    }
    let has_older = stories.len() < n_found;
    let last = stories.last().filter(|_| has_older);
    let older = last.map(|last| cursor(last));
    let changed = shown(&stories, changed);
    Ok(FeedPage {
        choice: (stories, changed),
        older,
    })
}

/// Archive that a reader asked for.
pub(super) struct ArchiveWish {
    pub(super) month: Month,
    pub(super) wish: Wish,
    pub(super) format: Format,
    /// Coding that the reader likes best.
    pub(super) coding: Option<Coding>,
}

/// Returns the archive of a month: its newest 100 stories, or those behind `wish.before`; of a month
/// that is over as it is kept on the disk, if nothing in it has changed. `None` if there are none.
pub(super) fn archive(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    wanted: &ArchiveWish,
) -> Result<Option<RenderedDocument>, StoreError> {
    let desk = app.desk(config)?;
    let (month, wish) = (wanted.month, &wanted.wish);
    let draft = Draft {
        desk: &desk,
        channel,
        wish,
        format: wanted.format,
        deleted: Vec::new(),
    };
    let now = clock::now();
    let is_over = now >= month.end();
    let cursor = wish.before.map(|before| write_cursor(&before));
    let address = draft.archive_at(month, cursor.as_deref());
    let files = app.store.archives().filter(|_| is_over);
    let file = files.map(|files| ArchiveFile::at(&address, files));
    let Some((choice, history)) = draft.month(app, month, address)? else {
        file.inspect(ArchiveFile::remove);
        return Ok(None);
    };
    let document = match &file {
        Some(file) => {
            let (document, is_kept) = draft.kept(file, (&choice, &history), (wanted.coding, now));
            app.metrics.archive(is_kept);
            document
        }
        None => draft.render(&choice, &history),
    };
    Ok(Some(document.fresh_for(match is_over {
        true => CLOSED,
        false => desk.site().rhythm(&channel.id),
    })))
}

/// Returns the position behind which the stories of a month, and of those before it, stand.
fn end_of(month: Month) -> Cursor {
    Cursor {
        sort_key: month.end(),
        story: StoryId::from_bytes([u8::MAX; 16]),
    }
}

/// Finds the next month that has stories, among the next 24.
fn month_after(app: &App, channel: &Channel, month: Month) -> Result<Option<Month>, StoreError> {
    let newest = app.store.page(&channel.id, None, 1)?;
    let newest = newest.first().and_then(|story| month_of(story));
    let mut next = month.next();
    for _ in 0..MAX_MONTHS_AHEAD {
        let Some(later) = next.filter(|later| newest.is_some_and(|newest| *later <= newest)) else {
            return Ok(None);
        };
        let last = app.store.page(&channel.id, Some(end_of(later)), 1)?;
        if last.first().and_then(|story| month_of(story)) == Some(later) {
            return Ok(Some(later));
        }
        next = later.next();
    }
    Ok(None)
}

/// Returns the month in whose archive a story stands.
fn month_of(story: &Story) -> Option<Month> {
    Month::of(story.canonical.sort_key)
}

impl Draft<'_> {
    /// Places a page of the feed: the way back by pages, and by archives.
    fn paged(&self, page: &FeedPage) -> History {
        let before = self.wish.before;
        let mut links = Vec::new();
        if before.is_some() {
            links.push(("first", self.feed_at(None)));
        }
        if let Some(older) = &page.older {
            let behind = write_cursor(older);
            links.push(("next", self.feed_at(Some(&behind))));
            let month = Month::of(older.sort_key);
            let archive = month.map(|month| self.archive_at(month, Some(&behind)));
            links.extend(archive.map(|href| ("prev-archive", href)));
        }
        let cursor = before.map(|cursor| write_cursor(&cursor));
        let here = self.feed_at(cursor.as_deref());
        History {
            here: (*self.wish != Wish::default()).then_some(here),
            is_archive: false,
            links,
        }
    }

    /// Reads the stories of an archive, which stands at `here`, and places it in the history. `None` if
    /// there are none.
    fn month(
        &self,
        app: &App,
        month: Month,
        here: String,
    ) -> Result<Option<(Choice, History)>, StoreError> {
        let before = self.wish.before;
        let behind = before.filter(|cursor| cursor.sort_key < month.end());
        let behind = behind.unwrap_or_else(|| end_of(month));
        let length = MAX_WISHED_STORIES;
        let channel = self.channel;
        let mut stories = app.store.page(&channel.id, Some(behind), length + 1)?;
        let in_month = |story: &&Arc<Story>| story.canonical.sort_key >= month.start();
        let n_shown = stories.iter().take_while(in_month).count().min(length);
        let following = stories.get(n_shown).cloned();
        stories.truncate(n_shown);
        let Some(last) = stories.last() else {
            return Ok(None);
        };
        let mut links = vec![("current", self.feed_at(None))];
        let earlier = following.and_then(|story| month_of(&story));
        let earlier = earlier.map(|earlier| match earlier == month {
            true => self.archive_at(month, Some(&write_cursor(&cursor(last)))),
            false => self.archive_at(earlier, None),
        });
        links.extend(earlier.map(|href| ("prev-archive", href)));
        let later = match before {
            Some(_) => None,
            None => month_after(app, channel, month)?,
        };
        let later = later.map(|later| ("next-archive", self.archive_at(later, None)));
        links.extend(later);
        let history = History {
            here: Some(here),
            is_archive: true,
            links,
        };
        let changed = shown(&stories, None);
        Ok(Some(((stories, changed), history)))
    }

    /// Returns the archive as it is kept in `file`, or renders it and keeps it there; and whether it was
    /// there.
    fn kept(
        &self,
        file: &ArchiveFile<'_>,
        (choice, history): (&Choice, &History),
        (coding, now): (Option<Coding>, Timestamp),
    ) -> (RenderedDocument, bool) {
        let (stories, changed) = choice;
        let first = stories.iter().take(1).cloned().collect();
        let sample = self.render(&(first, *changed), history);
        let version = archives::version(&self.desk.site(), &sample.plain.bytes, stories);
        let kept = file.read(&version, (self.format.media_type(), *changed), now);
        let is_kept = kept.is_some();
        let document = kept.unwrap_or_else(|| self.render(choice, history));
        if archives::complete(&document, coding) || !is_kept {
            file.write(&version, &document, now);
        }
        (document, is_kept)
    }

    /// Returns the whole address of the feed, or of its page behind a cursor.
    fn feed_at(&self, cursor: Option<&str>) -> String {
        let address = Address::Feed(&self.channel.id, View::Newest, self.format);
        self.under(&address, cursor)
    }

    /// Returns the whole address of the archive of a month, or of its part behind a cursor.
    fn archive_at(&self, month: Month, cursor: Option<&str>) -> String {
        let address = Address::Archive(&self.channel.id, month, self.format);
        self.under(&address, cursor)
    }

    fn under(&self, address: &Address<'_>, cursor: Option<&str>) -> String {
        let address = address.under(self.desk.site().public_url);
        format!("{address}{}", self.wish.query(cursor))
    }

    /// Renders the document.
    fn render(&self, choice: &Choice, history: &History) -> RenderedDocument {
        let (stories, changed) = choice;
        let edition = Edition {
            site: self.desk.site(),
            channel: self.channel,
            subject: Subject::Channel,
            stories,
            changed: *changed,
            view: View::Newest,
            deleted: &self.deleted,
            history,
            texts: self.wish.texts,
        };
        let bytes = self.format.render(&edition);
        let document = RenderedDocument::new(self.format.media_type(), bytes, *changed);
        match edition.hubs() {
            hubs if hubs.is_empty() => document,
            hubs => document.with_hubs(&hubs, &self.feed_at(None)),
        }
    }
}
