//! Channels, sources and stories as JSON of the API. Times are RFC 3339 in UTC.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Channel;
use crate::model::{SafeHtml, SourceId, Story};
use crate::publish::{Address, Format, Selection, Site, View, published, updated};

/// Addresses of the feeds of something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Feeds {
    rss: String,
    atom: String,
    json: String,
}

/// Channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ChannelInfo {
    /// Id, a path such as `shandong/jinan`; empty for the channel of everything.
    id: String,
    title: String,
    description: Option<String>,
    /// Language tag (BCP 47).
    language: String,
    /// Id of the channel above; null for the one of everything.
    parent: Option<String>,
    /// Address of its page.
    page: String,
    feeds: Feeds,
}

/// Source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SourceInfo {
    id: String,
    title: String,
    /// Id of the channel it stands in.
    channel: String,
    /// Address of its home page.
    site: Option<String>,
    /// Address of its page here.
    page: String,
    feeds: Feeds,
}

/// Picture of a story.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ImageInfo {
    url: String,
    caption: Option<String>,
    credit: Option<String>,
}

/// Copy of a story.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SightingInfo {
    /// Id of the source.
    source: String,
    source_title: String,
    title: String,
    url: Option<String>,
    at: String,
}

/// Story: one event, however many sources carried it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct StoryInfo {
    /// Id, 32 hexadecimal digits; never changes.
    id: String,
    title: String,
    /// Address of its page here.
    page: String,
    /// Address of the article of the copy that is shown.
    url: Option<String>,
    /// Id of the channel of the copy that is shown.
    channel: String,
    language: Option<String>,
    published: String,
    updated: String,
    authors: Vec<String>,
    /// Newspaper or agency that it was taken from (来源).
    origin: Option<String>,
    /// Teaser, safe HTML.
    summary_html: Option<String>,
    /// Text, safe HTML; null where the source gave none.
    content_html: Option<String>,
    image: Option<ImageInfo>,
    tags: Vec<String>,
    /// All copies, first seen first.
    sightings: Vec<SightingInfo>,
}

/// List of channels.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ChannelList {
    /// Channels, each before those below it.
    pub(super) channels: Vec<ChannelInfo>,
}

/// List of sources.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SourceList {
    pub(super) sources: Vec<SourceInfo>,
}

/// List of stories.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct StoryList {
    pub(super) stories: Vec<StoryInfo>,
    /// Cursor of the next page, for `cursor`; null on the last.
    pub(super) next: Option<String>,
}

/// Results of a search.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct SearchList {
    pub(super) stories: Vec<StoryInfo>,
    /// Number of results; an upper bound where `is_exact` is false.
    pub(super) total: usize,
    pub(super) is_exact: bool,
    /// Whether all stories are in the index.
    pub(super) is_complete: bool,
    /// Cursor of the next page, for `cursor`; null on the last.
    pub(super) next: Option<String>,
}

impl Feeds {
    fn of(address: impl Fn(Format) -> String) -> Feeds {
        Feeds {
            rss: address(Format::Rss),
            atom: address(Format::Atom),
            json: address(Format::Json),
        }
    }
}

impl ChannelInfo {
    pub(super) fn of(site: &Site<'_>, channel: &Channel) -> ChannelInfo {
        let id = &channel.id;
        let under = |address: Address<'_>| address.under(site.public_url);
        ChannelInfo {
            id: id.to_string(),
            title: match id.is_root() {
                true => site.config.server.title.clone(),
                false => channel.title.clone(),
            },
            description: channel.description.clone(),
            language: channel.language.clone(),
            parent: id.parent().map(|parent| parent.to_string()),
            page: under(Address::Listing(id, View::Newest)),
            feeds: Feeds::of(|format| under(Address::Feed(id, View::Newest, format))),
        }
    }
}

impl SourceInfo {
    /// Describes a source that has a card.
    pub(super) fn of(site: &Site<'_>, id: &SourceId) -> Option<SourceInfo> {
        let card = site.sources.get(id)?;
        let under = |address: Address<'_>| address.under(site.public_url);
        Some(SourceInfo {
            id: id.to_string(),
            title: card.title.clone(),
            channel: id.channel().to_string(),
            site: card.site.as_ref().map(ToString::to_string),
            page: under(Address::Selection(Selection::Source(id))),
            feeds: Feeds::of(|format| under(Address::SelectionFeed(Selection::Source(id), format))),
        })
    }
}

impl StoryInfo {
    pub(super) fn of(site: &Site<'_>, story: &Story) -> StoryInfo {
        let item = &story.canonical;
        let html = |html: &Option<SafeHtml>| html.as_ref().map(|html| html.as_str().to_owned());
        let sightings = story.sightings.iter().map(|seen| SightingInfo {
            source: seen.source.to_string(),
            source_title: site.source_title(&seen.source).to_owned(),
            title: seen.title.clone(),
            url: seen.url.as_ref().map(ToString::to_string),
            at: time(seen.at),
        });
        StoryInfo {
            id: story.id.to_string(),
            title: item.title.clone(),
            page: Address::Story(story.id).under(site.public_url),
            url: item.url.as_ref().map(ToString::to_string),
            channel: item.source.channel().to_string(),
            language: item.language.clone(),
            published: time(published(story)),
            updated: time(updated(story)),
            authors: item.authors.clone(),
            origin: item.origin.clone(),
            summary_html: html(&item.summary),
            content_html: html(&item.content),
            image: item.image.as_ref().map(|image| ImageInfo {
                url: image.url.to_string(),
                caption: image.caption.clone(),
                credit: image.credit.clone(),
            }),
            tags: item.categories.clone(),
            sightings: sightings.collect(),
        }
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
