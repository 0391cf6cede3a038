//! Addresses of our own documents and of the hubs that tell of them, and what they are called.

use std::borrow::Cow;

use super::{Edition, Format, Month, View, html};
use crate::model::{ChannelId, SourceId, StoryId, WebUrl};

/// Document of ours that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// Page of a channel's view; the newest of the root are the front page.
    Listing(&'a ChannelId, View),
    /// Feed of a channel's view.
    Feed(&'a ChannelId, View, Format),
    /// Archive of a month of a channel.
    Archive(&'a ChannelId, Month, Format),
    /// Page of a story.
    Story(StoryId),
    /// Page of a search: the words as typed, none for the form alone.
    Search(&'a str),
    /// Feed of a search.
    SearchFeed(&'a str, Format),
    /// Page of a selection.
    Selection(Selection<'a>),
    /// Feed of a selection.
    SelectionFeed(Selection<'a>, Format),
    /// List of all channels, OPML.
    Channels,
    /// Status page of the sources.
    Status,
    /// Style sheet of all pages.
    Style,
    /// Sign of the listing.
    Icon,
    /// Our own hub (WebSub).
    Hub,
}

/// Selection of stories out of all channels, with a page and feeds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// Those that a source carried.
    Source(&'a SourceId),
    /// Those that their papers filed under a topic.
    Tag(&'a str),
    /// Those that name a place.
    Place(&'a str),
}

/// Subject of a document: what its stories have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject<'a> {
    /// They are in the channel.
    #[default]
    Channel,
    /// They were found by these words.
    Search(&'a str),
    /// They are of this selection.
    Selection(Selection<'a>),
}

impl Selection<'_> {
    /// Builds the path of its page without the slash at its end, and of its feeds without their
    /// ending.
    fn stem(self) -> String {
        match self {
            Selection::Source(source) => format!("source/{source}"),
            Selection::Tag(tag) => format!("tag/{}", in_path(tag)),
            Selection::Place(place) => format!("place/{}", in_path(place)),
        }
    }
}

impl Address<'_> {
    /// Name of the root's feeds, where other channels have their id.
    pub const INDEX: &'static str = "index";

    /// Name of a channel's events.
    pub const EVENTS: &'static str = "events";

    /// Folder of a channel's archives.
    pub const ARCHIVE: &'static str = "archive";

    /// Builds the path below the public address, without a slash before it.
    ///
    /// ```
    /// use gazetted::publish::{Address, Format, View};
    /// let jinan = "shandong/jinan".parse().unwrap();
    /// let page = |view| Address::Listing(&jinan, view).path();
    /// assert_eq!(page(View::Newest), "shandong/jinan/");
    /// assert_eq!(page(View::Hot), "shandong/jinan/hot");
    /// let feed = Address::Feed(&jinan, View::Newest, Format::Atom);
    /// assert_eq!(feed.path(), "shandong/jinan.atom");
    /// ```
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Address::Listing(channel, view) => match (channel.is_root(), view.name()) {
                (true, name) => name.unwrap_or_default().to_owned(),
                (false, name) => format!("{channel}/{}", name.unwrap_or_default()),
            },
            Address::Feed(channel, view, format) => {
                let stem = match (channel.is_root(), view.name()) {
                    (true, name) => name.unwrap_or(Address::INDEX).to_owned(),
                    (false, None) => channel.to_string(),
                    (false, Some(name)) => format!("{channel}/{name}"),
                };
                format!("{stem}.{}", format.ending())
            }
            Address::Archive(channel, month, format) => {
                let ending = format.ending();
                match channel.is_root() {
                    true => format!("{}/{month}.{ending}", Address::ARCHIVE),
                    false => format!("{channel}/{}/{month}.{ending}", Address::ARCHIVE),
                }
            }
            Address::Story(story) => format!("story/{story}"),
            Address::Search("") => "search".to_owned(),
            Address::Search(query) => format!("search?q={}", in_query(query)),
            Address::SearchFeed(query, format) => {
                format!("search.{}?q={}", format.ending(), in_query(query))
            }
            Address::Channels => "channels.opml".to_owned(),
            Address::Status => "status".to_owned(),
            Address::Selection(selection) => format!("{}/", selection.stem()),
            Address::SelectionFeed(selection, format) => {
                format!("{}.{}", selection.stem(), format.ending())
            }
            Address::Style => "style.css".to_owned(),
            Address::Icon => "favicon.svg".to_owned(),
            Address::Hub => "hub".to_owned(),
        }
    }

    /// Builds the whole address; `public_url` is the address readers use and ends in a slash.
    #[must_use]
    pub fn under(&self, public_url: &WebUrl) -> String {
        format!("{public_url}{}", self.path())
    }
}

impl Edition<'_> {
    /// Returns the hubs at which one can subscribe to this document (WebSub): ours, then those of
    /// others that we tell. None for a document that is not a channel's feed itself.
    #[must_use]
    pub fn hubs(&self) -> Vec<String> {
        let is_feed = self.subject == Subject::Channel
            && self.view == View::Newest
            && self.history.here.is_none();
        let server = &self.site.config.server;
        let own = (is_feed && server.hub).then(|| Address::Hub.under(self.site.public_url));
        let others = server.ping_hubs.iter().filter(|_| is_feed);
        own.into_iter()
            .chain(others.map(ToString::to_string))
            .collect()
    }

    /// Returns the title of the channel, with the name of the view if it is not the newest.
    #[must_use]
    pub(super) fn title(&self) -> Cow<'_, str> {
        match self.subject {
            Subject::Channel => {}
            Subject::Search(query) => return Cow::Owned(html::search_title(&self.site, query)),
            Subject::Selection(selection) => {
                return match selection {
                    Selection::Source(source) => Cow::Borrowed(self.site.source_title(source)),
                    Selection::Tag(tag) => {
                        Cow::Owned(html::tag_title(&self.site, &self.channel.language, tag))
                    }
                    Selection::Place(place) => Cow::Borrowed(place),
                };
            }
        }
        let title = self.site.title(self.channel);
        match self.view {
            View::Newest => Cow::Borrowed(title),
            view => Cow::Owned(html::view_title(&self.site, self.channel, view)),
        }
    }

    /// Returns the whole address of the view's feed in one format.
    #[must_use]
    pub(super) fn feed(&self, format: Format) -> String {
        let address = match self.subject {
            Subject::Channel => Address::Feed(&self.channel.id, self.view, format),
            Subject::Search(query) => Address::SearchFeed(query, format),
            Subject::Selection(selection) => Address::SelectionFeed(selection, format),
        };
        address.under(self.site.public_url)
    }

    /// Returns the whole address of the view's page.
    #[must_use]
    fn listing(&self) -> String {
        let address = match self.subject {
            Subject::Channel => Address::Listing(&self.channel.id, self.view),
            Subject::Search(query) => Address::Search(query),
            Subject::Selection(selection) => Address::Selection(selection),
        };
        address.under(self.site.public_url)
    }

    /// Returns the home page that the feed names: its listing, unless the admin named one for
    /// the channel.
    #[must_use]
    pub(super) fn home_page(&self) -> String {
        match &self.channel.link {
            Some(link) if self.view == View::Newest && self.subject == Subject::Channel => {
                link.to_string()
            }
            _ => self.listing(),
        }
    }
}

/// Writes a text as part of a path.
fn in_path(text: &str) -> String {
    in_query(text).replace('+', "%20")
}

/// Writes a text as the value of a query (application/x-www-form-urlencoded).
fn in_query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
