//! Where things of ours are found.

use super::Format;
use crate::model::{ChannelId, StoryId, WebUrl};

/// Something of ours that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// The page of a channel; that of the root is the front page.
    Listing(&'a ChannelId),
    /// The feed of a channel.
    Feed(&'a ChannelId, Format),
    /// What is hot in a channel.
    Hot(&'a ChannelId),
    /// The same as a feed.
    HotFeed(&'a ChannelId, Format),
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
    /// use gazetted::publish::{Address, Format};
    /// let jinan = "shandong/jinan".parse().unwrap();
    /// assert_eq!(Address::Listing(&jinan).path(), "shandong/jinan/");
    /// assert_eq!(Address::Feed(&jinan, Format::Atom).path(), "shandong/jinan.atom");
    /// ```
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Address::Listing(channel) if channel.is_root() => String::new(),
            Address::Listing(channel) => format!("{channel}/"),
            Address::Feed(channel, format) if channel.is_root() => {
                format!("{}.{}", Address::INDEX, format.ending())
            }
            Address::Feed(channel, format) => format!("{channel}.{}", format.ending()),
            Address::Hot(channel) if channel.is_root() => "hot".to_owned(),
            Address::Hot(channel) => format!("{channel}/hot"),
            Address::HotFeed(channel, format) => {
                format!("{}.{}", Address::Hot(channel).path(), format.ending())
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
