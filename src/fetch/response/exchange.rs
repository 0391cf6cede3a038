//! Exchange: a request on a connection, and its answer as it comes in.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy;

use crate::fetch::connect::meter::Meter;
use crate::fetch::connect::pools::Pool;
use crate::fetch::{FetchError, Refused};
use crate::model::WebUrl;

/// Most times a request is sent again to a server that said it has not looked at it.
const MAX_RESENDS: usize = 2;

/// Answer whose head is here, and whose body is still to come.
#[derive(Debug)]
pub(in crate::fetch) struct Response {
    head: http::response::Parts,
    body: Incoming,
    meter: Option<Meter>,
}

/// Reason why an exchange brought no whole answer; see [`explain`].
#[derive(Debug)]
pub(in crate::fetch) enum Failure {
    /// No connection, or no head of an answer.
    Unanswered(legacy::Error),
    /// Broken body.
    Cut(hyper::Error),
    /// More than this many bytes that are no part of an answer.
    Endless(usize),
}

impl Response {
    /// Returns the status.
    pub(in crate::fetch) fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Returns the headers.
    pub(in crate::fetch) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the length of the body in bytes as sent, if the server says.
    pub(in crate::fetch) fn content_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// Reads the next part of the body as sent; `None` at its end.
    ///
    /// # Errors
    ///
    /// [`Failure::Cut`] if the body breaks off, [`Failure::Endless`] if it does not get on.
    pub(in crate::fetch) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|why| match spent(self.meter.as_ref()) {
                Some(endless) => endless,
                None => Failure::Cut(why),
            })?;
            // Else trailers, which nobody reads.
            if let Ok(data) = frame.into_data() {
                if let Some(meter) = &self.meter {
                    meter.note_body(data.len());
                }
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

/// Sends `request`, and again if the server has refused it unread; returns with the head of the
/// answer.
///
/// # Errors
///
/// [`Failure::Unanswered`] if there is none, [`Failure::Endless`] if something else comes without
/// end.
pub(in crate::fetch) async fn exchange(
    pool: &Pool,
    request: Request<Full<Bytes>>,
) -> Result<Response, Failure> {
    let mut n_resends = 0;
    let answer = loop {
        match pool.request(request.clone()).await {
            Ok(answer) => break answer,
            Err(why) if is_unread(&why) && n_resends < MAX_RESENDS => n_resends += 1,
            Err(why) => {
                let mut extras = http::Extensions::new();
                if let Some(connection) = why.connect_info() {
                    connection.get_extras(&mut extras);
                }
                let endless = spent(extras.get());
                return Err(endless.unwrap_or(Failure::Unanswered(why)));
            }
        }
    };
    let (head, body) = answer.into_parts();
    let meter: Option<Meter> = head.extensions.get().cloned();
    if let Some(meter) = &meter {
        meter.note_head();
    }
    Ok(Response { head, body, meter })
}

fn spent(meter: Option<&Meter>) -> Option<Failure> {
    let meter = meter.filter(|meter| meter.is_spent())?;
    Some(Failure::Endless(meter.most()))
}

/// Whether the server has said that it did not process the request (RFC 9113, 8.7).
fn is_unread(error: &legacy::Error) -> bool {
    let refusal = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>());
    refusal.is_some_and(|why| {
        let is_leaving = why.is_go_away() && why.reason() == Some(h2::Reason::NO_ERROR);
        let is_refused = why.is_reset() && why.reason() == Some(h2::Reason::REFUSED_STREAM);
        why.is_remote() && (is_leaving || is_refused)
    })
}

/// Turns a failure into a [`FetchError`] by looking through the chain of causes.
pub(in crate::fetch) fn explain(url: &WebUrl, failure: &Failure) -> FetchError {
    let host = url.host();
    let error: &(dyn Error + 'static) = match failure {
        Failure::Unanswered(why) => why,
        Failure::Cut(why) => why,
        Failure::Endless(most) => return FetchError::Endless { host, most: *most },
    };
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return FetchError::Refused(refused.clone());
    }
    let why = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    match failure {
        _ if causes(error).any(is_tls) => FetchError::Tls { host, why },
        Failure::Unanswered(error) if error.is_connect() => FetchError::Connect { host, why },
        Failure::Unanswered(_) | Failure::Endless(_) => FetchError::Broken { host, why },
        Failure::Cut(_) => FetchError::Truncated(why),
    }
}

/// Whether the cause is a TLS error. An I/O error may wrap another, and neither names it as its
/// source.
fn is_tls(cause: &(dyn Error + 'static)) -> bool {
    let inner = cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || inner.is_some_and(|inner| is_tls(inner))
}

/// Iterates over the error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| {
        (**cause).source()
    })
}
