//! Finish: headers of every response, and a page for each error.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::config::ImageMode;
use crate::publish::html;
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::{Explained, PROBLEM, trouble};

/// Headers added to every response by [`finish`].
const ALWAYS: [(&str, &str); 2] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// Name of the header that says what a page may load.
const POLICY: &str = "content-security-policy";

/// Policy of pages that load nothing but our own.
const OWN_ONLY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                        base-uri 'none'; frame-ancestors 'none'";

/// Policy of pages with pictures from their publishers.
const WITH_PICTURES: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: http:; \
                             form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Finishes a response: adds [`ALWAYS`], and an HTML page in place of the body of each 4xx
/// and 5xx that is not [`Explained`].
pub(super) fn finish(app: &App, response: &mut Response) {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_problem = kind.is_some_and(|kind| kind == PROBLEM);
    let is_explained = is_problem || response.extensions().get::<Explained>().is_some();
    if (status.is_client_error() || status.is_server_error()) && !is_explained {
        let desk = app.bare_desk();
        *response.body_mut() = Body::from(html::error(&desk.site(), trouble(status)));
        let about = response.headers_mut();
        about.remove(header::CONTENT_LENGTH);
        about.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    }
    let config = app.config();
    let policy = match config.server.images {
        ImageMode::Direct => WITH_PICTURES,
        ImageMode::Proxy | ImageMode::Off => OWN_ONLY,
    };
    let noindex = (!config.server.indexing).then_some(("x-robots-tag", "noindex"));
    for (name, value) in ALWAYS.into_iter().chain([(POLICY, policy)]).chain(noindex) {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}
