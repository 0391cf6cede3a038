//! Middleware: checks and headers that every request passes, in one layer, as each costs a box and a
//! move of request and response.

mod cors;
mod finish;
mod framing;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::model::ChannelId;
use crate::serve::app::App;
use crate::serve::render_cache::Version;
use crate::serve::response::{answer, negotiate};

/// Judges how a request is framed, answers it or lets it be answered, finishes the response, and counts
/// it by the pattern of its address and its status; requests for no route at all share one name.
pub(super) async fn pass(
    State(app): State<App>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let framing = framing::judge(&request);
    let is_shared = framing.is_fine && cors::is_shared(request.uri().path());
    let mut response = match framing.is_fine {
        false => StatusCode::BAD_REQUEST.into_response(),
        true if is_shared && request.method() == Method::OPTIONS => cors::preflight(),
        true => match shortcut(&app, &request) {
            Some(response) => response,
            None => next.run(request).await,
        },
    };
    if is_shared {
        cors::share(&mut response);
    }
    if framing.has_to_end {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    finish::finish(&app, &mut response);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.request(route, response.status().as_u16());
    response
}

/// Answers a request for a feed at its plain address, of which many are asked for, if the document is
/// at hand in the coding that the client likes best; neither a person in a browser nor a client that
/// asks for a delta takes this way.
fn shortcut(app: &App, request: &Request) -> Option<Response> {
    let (uri, headers) = (request.uri(), request.headers());
    if request.method() != Method::GET || uri.query().is_some() {
        return None;
    }
    let config = app.config();
    let version = |channel: &ChannelId| Version::new(&config, app.store.generation(channel));
    let document = app.shortcuts.find(uri.path(), version)?;
    let coding = negotiate::wanted_coding(headers);
    let is_at_hand = coding.is_none_or(|coding| document.is_settled(coding));
    let is_plain = !negotiate::is_browser(headers) && !negotiate::accepts_delta(headers);
    (is_at_hand && is_plain).then(|| answer(headers, &document))
}
