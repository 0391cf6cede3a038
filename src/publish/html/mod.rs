//! The pages: rendered here, no script, no third-party request.
//!
//! One file per kind of page. A page is a template in `templates/` and a struct
//! that holds what the template says; templates decide nothing but layout.

mod channel;
mod error;
mod front;
mod pictures;
mod search;
mod shell;
mod status;
mod story;
mod teaser;
mod when;
mod words;

use words::Words;

use super::{Site, View};

pub use channel::{OpenedFeed, Paging, explain, render as channel};
pub use error::{ErrorPage, render as error};
pub use front::{Section, render as front};
pub use search::{Fragment, Hit, IndexNotice, SearchResults, render as search};
pub use shell::{STYLE, style_version};
pub use status::render as status;
pub use story::render as story;

use askama::Template;

/// Titles a view in the words of the listing: `济南 · 热点`.
pub(super) fn view_title(site: &Site<'_>, channel: &str, view: View) -> String {
    let words = Words::of(&site.config.server.language);
    format!("{channel} · {}", words.view(view))
}

/// Titles a search in the words of the listing.
pub(super) fn search_title(site: &Site<'_>, query: &str) -> String {
    Words::of(&site.config.server.language).search_for(query)
}

/// Renders the template of a page to bytes, UTF-8.
fn document(page: &impl Template) -> Vec<u8> {
    let html = page.render().expect("a string can be written to");
    html.into_bytes()
}
