//! Words for people who open a feed, or the list of all channels, in a browser.
//!
//! Chromium and Firefox show such documents as source text or offer to save them, whatever style sheet
//! they name (XSLT is leaving browsers, CSS is heeded for `application/xml` only), so a browser gets a
//! page in their place. It is not to be stored, and what readers get says nothing of it in `Vary`: a
//! cache keeps one document for all of them.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use super::documents::{HTML, view_stories};
use super::wish::Asked;
use crate::model::ChannelId;
use crate::publish::html::{self, OpenedFeed};
use crate::publish::{Edition, NO_HISTORY, Subject, Texts, View};
use crate::serve::app::App;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::{answer_opened, negotiate};

/// Whether a page is to be sent in the place of a feed or list.
pub(super) fn is_wanted(headers: &HeaderMap, asked: &Asked) -> bool {
    !asked.is_raw() && negotiate::is_browser(headers)
}

/// Serves the page of a channel's view, with words on the document that was opened.
///
/// # Errors
///
/// [`AppError::NotFound`] if the channel is not configured.
pub(super) async fn explain(
    app: &App,
    (id, view): (ChannelId, View),
    opened: OpenedFeed,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let config = app.config();
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let context = desk.desk(Arc::clone(&config))?;
        let (stories, changed) = view_stories(&desk, channel, view)?;
        let edition = Edition {
            site: context.site(),
            channel,
            subject: Subject::Channel,
            stories: &stories,
            changed,
            view,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        };
        let bytes = html::explain(&edition, opened);
        Ok(Some(RenderedDocument::new(HTML, bytes, None)))
    };
    app.admit(headers)?;
    let coding = negotiate::coding(headers, |_| true);
    let document = app.cache.render_once(coding, render).await?;
    Ok(answer_opened(headers, &document))
}
