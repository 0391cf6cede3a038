//! Finish: headers of every response, and a page for each error.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::publish::html;
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::{Explained, trouble};

/// Headers added to every response by [`finish`].
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

/// Finishes a response: adds [`ALWAYS`], and an HTML page in place of the body of each 4xx
/// and 5xx that is not [`Explained`].
pub(super) fn finish(app: &App, response: &mut Response) {
    let status = response.status();
    let is_explained = response.extensions().get::<Explained>().is_some();
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
    for (name, value) in ALWAYS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}
