//! Notice on a page that is shown in the place of a feed.

use super::Words;
use crate::model::WebUrl;
use crate::publish::{Address, Format};

/// Word on a document for feed readers that a person has opened in a browser, and the way to it.
pub(in crate::publish::html) struct Notice {
    pub(in crate::publish::html) sentence: &'static str,
    /// Whole address, to be copied into a feed reader.
    pub(in crate::publish::html) address: String,
    /// Whole address at which a browser gets the document itself.
    pub(in crate::publish::html) document: String,
}

impl Notice {
    /// Makes the notice on a feed.
    pub(in crate::publish::html) fn on_feed(
        feed: &Address<'_>,
        public_url: &WebUrl,
        words: &Words,
    ) -> Notice {
        Notice::new(words.this_is_a_feed, feed.under(public_url))
    }

    /// Makes the notice on the list of all channels with their feeds in a format.
    pub(in crate::publish::html) fn on_list(
        format: Format,
        public_url: &WebUrl,
        words: &Words,
    ) -> Notice {
        let list = Address::Channels.under(public_url);
        let address = format!("{list}?format={}", format.ending());
        Notice::new(words.this_is_a_list, address)
    }

    fn new(sentence: &'static str, address: String) -> Notice {
        let mark = if address.contains('?') { '&' } else { '?' };
        Notice {
            sentence,
            document: format!("{address}{mark}raw=1"),
            address,
        }
    }
}
