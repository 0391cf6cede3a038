//! The pages: rendered here, no script, no third-party request.
//!
//! One file per kind of page. A page is a template in `templates/` and a struct
//! that holds what the template says; templates decide nothing but layout.

mod channel;
mod error;
mod front;
mod image_address;
mod pictures;
mod search;
mod selection;
mod shell;
mod status;
mod story;
mod teaser;
mod words;

use words::when;

use super::{Site, View};
use crate::config::Channel;
use crate::model::WebUrl;

pub use channel::{ChannelBeside, OpenedFeed, Paging, explain, render as channel};
pub use error::{ErrorPage, render as error};
pub use front::{FrontPicks, Section, render as front};
pub use image_address::{ImageKey, WIDTHS, WantedImage};
pub use search::{Fragment, Hit, IndexNotice, SearchResults, render as search};
pub use selection::render as selection;
pub use shell::{STYLE, Theme, ThemeMistake, style_version};
pub use status::{PollReason, SourcePage, StatusView, render as status};
pub use story::{Beside, render as story};

use askama::Template;

/// Titles a view of a channel, in its language: `济南 · 热点`.
pub(super) fn view_title(site: &Site<'_>, channel: &Channel, view: View) -> String {
    let words = site.words(&channel.language);
    format!("{} · {}", site.title(channel), words.view(view))
}

/// Builds the address of a path below the public address as a page of ours links to it: without
/// scheme and host, so that it holds for whoever came by another name.
fn href_of(public_url: &WebUrl, path: &str) -> String {
    format!("{}{path}", public_url.to_url().path())
}

/// Titles the stories of a topic.
pub(super) fn tag_title(site: &Site<'_>, language: &str, tag: &str) -> String {
    site.words(language).tag_title(tag)
}

/// Titles a search in the words of the listing.
pub(super) fn search_title(site: &Site<'_>, query: &str) -> String {
    site.words(&site.config.server.language).search_title(query)
}

/// Renders the template of a page to bytes, UTF-8.
fn document(page: &impl Template) -> Vec<u8> {
    let html = page.render().expect("a string can be written to");
    html.into_bytes()
}
