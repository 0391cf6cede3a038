//! Middleware: checks and headers that every request passes, in one layer, as each costs a box and a
//! move of request and response.

mod client;
mod cors;
mod finish;
mod framing;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) use framing::is_host;

use crate::publish::Texts;
use crate::serve::app::{App, CLIENT};
use crate::serve::render_cache::DocumentKey;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::negotiate::Coding;
use crate::serve::response::ready::ReadyHead;
use crate::serve::response::{answer, negotiate};
use crate::serve::shortcuts::Shortcut;

/// Address that a request came from (an extension of the request).
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

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
            None => next.run(with_client(&app, request)).await,
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

/// Writes into a request the address of its client, if that is known.
fn with_client(app: &App, mut request: Request) -> Request {
    let peer = request.extensions().get::<Peer>().copied();
    let config = app.config();
    let client = peer.and_then(|Peer(peer)| {
        client::client(peer, request.headers(), &config.server.trusted_proxies)
    });
    let client = client.and_then(|client| HeaderValue::from_str(&client.to_string()).ok());
    let headers = request.headers_mut();
    match client {
        Some(client) => drop(headers.insert(CLIENT, client)),
        None => drop(headers.remove(CLIENT)),
    }
    request
}

/// Answers a request for a feed at its plain address, of which many are asked for, if the document is
/// at hand in the coding that the client likes best; neither a person in a browser nor a client that
/// asks for a delta takes this way.
fn shortcut(app: &App, request: &Request) -> Option<Response> {
    let (uri, headers) = (request.uri(), request.headers());
    if request.method() != Method::GET || uri.query().is_some() {
        return None;
    }
    let document = current(app, &*app.shortcuts.find(uri.path())?)?;
    let coding = negotiate::wanted_coding(headers);
    let is_at_hand = coding.is_none_or(|coding| document.is_settled(coding));
    let is_plain = !negotiate::is_browser(headers) && !negotiate::accepts_delta(headers);
    (is_at_hand && is_plain).then(|| answer(headers, &document))
}

/// Returns the document of a shortcut, if that holds; the render cache hears of it now and then.
pub(super) fn current(app: &App, shortcut: &Shortcut) -> Option<Arc<RenderedDocument>> {
    let document = shortcut.document()?;
    if shortcut.is_visit() {
        let (channel, format) = shortcut.feed.clone();
        app.cache
            .touch(&DocumentKey::Feed(channel, format, Texts::Full));
    }
    Some(document)
}

/// Makes the head of the response to who asks for the document of a shortcut in a coding, and holds it
/// already (304) or not: all that a response has which went the whole way. `None` as long as the
/// document's date lies ahead.
pub(super) fn ready_head(
    app: &App,
    (shortcut, document): (&Shortcut, &RenderedDocument),
    (coding, is_held): (Option<Coding>, bool),
) -> Option<ReadyHead> {
    let packed = coding.and_then(|coding| document.packed(coding));
    let variant = packed.unwrap_or(&document.plain);
    let mut headers = HeaderMap::new();
    if let Some(coding) = coding {
        let name = HeaderValue::from_static(coding.name());
        headers.insert(header::ACCEPT_ENCODING, name);
    }
    if is_held {
        headers.insert(header::IF_NONE_MATCH, variant.etag.clone());
    }
    let mut response = answer(&headers, document);
    let has_date = response.headers().contains_key(header::LAST_MODIFIED);
    if document.modified.is_some() && !has_date {
        return None;
    }
    if cors::is_shared(&shortcut.path) {
        cors::share(&mut response);
    }
    finish::finish(app, &mut response);
    let status = response.status().as_u16();
    let counter = app.metrics.request_counter(route(shortcut), status);
    let length = (!is_held).then_some(variant.bytes.len());
    Some(ReadyHead::of(&response, length, counter))
}

/// Returns the pattern of a feed's address, by which requests are counted.
fn route(shortcut: &Shortcut) -> &str {
    match shortcut.feed.0.is_root() {
        true => &shortcut.path,
        false => "/{*name}",
    }
}
