//! Documents for search engines and browsers: robots.txt, sitemap.xml, the sign of the site.

use std::sync::{Arc, LazyLock};

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::config::Config;
use crate::model::ChannelId;
use crate::publish::{self, Address, html};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::{self, STYLE, answer, negotiate};
use crate::store::StoreError;

/// Newest stories in the sitemap.
const SITEMAP_STORIES: usize = 1000;

/// Sign of the site: a sheet with headlines.
static ICON: LazyLock<RenderedDocument> = LazyLock::new(|| {
    let icon = include_bytes!("../../publish/html/favicon.svg");
    RenderedDocument::new("image/svg+xml", icon.to_vec(), None)
});

/// Serves `/favicon.svg`.
pub(in crate::serve) async fn icon(State(app): State<App>, headers: HeaderMap) -> Response {
    let own = app.theme.as_ref().and_then(|served| served.icon.as_ref());
    answer(&headers, own.unwrap_or(&ICON))
}

/// Serves `/style.css`.
pub(in crate::serve) async fn style(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let theme = app.theme.as_deref();
    let own = theme.and_then(|served| Some((served.style.as_ref()?, served.theme.style()?.1)));
    let sheet = own.unwrap_or((&*STYLE, html::style_version()));
    response::style(query.as_deref(), sheet, &headers)
}

/// Serves `/robots.txt` (RFC 9309): everything may be listed but searches, or nothing.
pub(in crate::serve) async fn robots(State(app): State<App>, headers: HeaderMap) -> Response {
    let text = match app.config().server.indexing {
        true => format!(
            "User-agent: *\nDisallow: /search\nDisallow: /status\n\nSitemap: {}sitemap.xml\n",
            app.public_url
        ),
        false => "User-agent: *\nDisallow: /\n".to_owned(),
    };
    let document = RenderedDocument::new("text/plain; charset=utf-8", text.into_bytes(), None);
    answer(&headers, &document)
}

/// Serves `/sitemap.xml` (sitemaps.org 0.9): all channels, and the newest 1 000 stories.
///
/// # Errors
///
/// [`AppError::NotFound`] where nothing is to be listed.
pub(in crate::serve) async fn sitemap(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let config = app.config();
    if !config.server.indexing {
        return Err(AppError::NotFound);
    }
    let version = Version::new(&config, app.store.generation(&ChannelId::root()));
    let wanted = (version, negotiate::wanted_coding(&headers));
    let asking = app.clone();
    let render = move || document(&asking, &config).map(Some);
    let document = app
        .cache
        .get_or_render(DocumentKey::Sitemap, wanted, render)
        .await?;
    Ok(answer(&headers, &document))
}

fn document(app: &App, config: &Arc<Config>) -> Result<RenderedDocument, StoreError> {
    let root = ChannelId::root();
    let stories = app.store.page(&root, None, SITEMAP_STORIES)?;
    let mut pages = Vec::with_capacity(config.channels.len() + stories.len());
    for id in config.channels.keys() {
        let address = Address::Listing(id, publish::View::Newest);
        pages.push((address.under(&app.public_url), app.store.changed(id)?));
    }
    for story in &stories {
        let address = Address::Story(story.id);
        pages.push((address.under(&app.public_url), Some(story.changed)));
    }
    let changed = app.store.changed(&root)?;
    let bytes = publish::sitemap(&pages);
    let document = RenderedDocument::new("application/xml; charset=utf-8", bytes, changed);
    Ok(document)
}
