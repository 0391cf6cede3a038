//! Responses with reports, which hold for a moment.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::clock;
use crate::config::Config;
use crate::serve::app::App;
use crate::serve::render_cache::Version;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::{NEVER, answer};

/// Returns the version of a report at this moment.
pub(in crate::serve::routes) fn version(app: &App, config: &Arc<Config>) -> Version {
    let now = clock::now().as_second();
    let told = (config, app.refused());
    app.reports.version(&app.store, told, now)
}

/// Builds the response from a report that is not to be stored by anybody but us.
pub(super) fn momentary(headers: &HeaderMap, document: &RenderedDocument) -> Response {
    let mut response = answer(headers, document);
    let about = response.headers_mut();
    about.remove(header::ETAG);
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    let vary = HeaderValue::from_static("accept, accept-encoding");
    about.insert(header::VARY, vary);
    response
}
