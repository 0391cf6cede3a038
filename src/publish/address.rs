//! Where things of ours are found.

use super::{Format, View};
use crate::model::{ChannelId, StoryId, WebUrl};

/// Something of ours that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// The page of a channel; that of the root is the front page.
    Listing(&'a ChannelId, View),
    /// The same as a feed.
    Feed(&'a ChannelId, View, Format),
    /// The page of a story.
    Story(StoryId),
    /// The list of all channels.
    Channels,
    /// How the sources are doing.
    Status,
    /// The looks of all pages.
    Style,
}

impl Address<'_> {
    /// The name of the root's feeds, where other channels have their id.
    pub const INDEX: &'static str = "index";

    /// The address below the public one, without a slash before it.
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
            Address::Story(story) => format!("story/{story}"),
            Address::Channels => "channels.opml".to_owned(),
            Address::Status => "status".to_owned(),
            Address::Style => "style.css".to_owned(),
        }
    }

    /// The whole address, given where readers find us.
    #[must_use]
    pub fn under(&self, public_url: &WebUrl) -> String {
        format!("{public_url}{}", self.path())
    }
}
