//! Heads of requests that can be answered at once: `GET` or `HEAD` of a plain path, without a body, in
//! lines that say nothing else than we know.
//!
//! Whatever is odd is left to hyper, which reads it with the same parser (`httparse`): what is refused
//! there is never answered here, and where a request ends is where its empty line does.

use axum::http::{HeaderName, header};
use httparse::{EMPTY_HEADER, Header, Request, Status};

use crate::serve::middleware::is_host;
use crate::serve::response::negotiate::HeaderLines;

/// Upper limit of the header lines of a plain request; browsers and proxies send about twenty.
const MAX_LINES: usize = 32;

/// Headers that change nothing of the answer to a plain request, in lower case: those of clients, and
/// those that proxies add.
const IGNORED: [&str; 24] = [
    "accept",
    "accept-charset",
    "accept-language",
    "cache-control",
    "cookie",
    "dnt",
    "forwarded",
    "from",
    "origin",
    "pragma",
    "priority",
    "referer",
    "save-data",
    "traceparent",
    "tracestate",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
];

/// Head of a plain request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PlainRequest<'b> {
    /// Path as it was sent: begins with a slash, has no query, nothing is undone in it.
    pub(super) path: &'b str,
    pub(super) is_head: bool,
    /// Whether the connection is to end with the answer (`Connection: close`).
    pub(super) closes: bool,
    /// Bytes of the head, its empty line included.
    pub(super) length: usize,
    accept_encoding: Option<&'b str>,
    if_none_match: Option<&'b str>,
    if_modified_since: Option<&'b str>,
    a_im: Option<&'b str>,
    user_agent: Option<&'b str>,
}

/// Verdict on the bytes that a connection has sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading<'b> {
    /// They begin with a plain request.
    Plain(PlainRequest<'b>),
    /// They are the beginning of something.
    Partial,
    /// They begin with something else, or with nothing that could become a request.
    Other,
}

/// Reads the head of the request that `bytes` begin with.
pub(super) fn read(bytes: &[u8]) -> Reading<'_> {
    let mut lines = [EMPTY_HEADER; MAX_LINES];
    let mut request = Request::new(&mut lines);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Reading::Partial,
        Err(_) => return Reading::Other,
    };
    let plain = plain(&request, length);
    plain.map_or(Reading::Other, Reading::Plain)
}

/// Returns the request, if it is a plain one.
fn plain<'b>(request: &Request<'_, 'b>, length: usize) -> Option<PlainRequest<'b>> {
    let is_head = match request.method? {
        "GET" => false,
        "HEAD" => true,
        _ => return None,
    };
    let path = request.path?;
    if request.version != Some(1) || !path.starts_with('/') || path.contains(['?', '#', '%']) {
        return None;
    }
    let mut plain = PlainRequest {
        path,
        is_head,
        length,
        ..PlainRequest::default()
    };
    let mut host = None;
    let mut connection = None;
    for line in &*request.headers {
        plain.take(line, (&mut host, &mut connection))?;
    }
    let is_fine = host.is_some_and(|host| is_host(host.as_bytes()));
    plain.closes = match connection {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("keep-alive") => false,
        Some(word) if word.eq_ignore_ascii_case("close") => true,
        Some(_) => return None,
    };
    is_fine.then_some(plain)
}

impl<'b> PlainRequest<'b> {
    /// Takes in a header line, those of `Host` and `Connection` into the places for them; `None` if it
    /// makes the request another one, as does a second line of a header that counts.
    fn take(
        &mut self,
        line: &Header<'b>,
        (host, connection): (&mut Option<&'b str>, &mut Option<&'b str>),
    ) -> Option<()> {
        let value = std::str::from_utf8(line.value).ok();
        let value = value.filter(|value| value.is_ascii())?;
        let is = |name: &str| line.name.eq_ignore_ascii_case(name);
        let place = match line.name.len() {
            4 if is("host") => host,
            4 if is("a-im") => &mut self.a_im,
            10 if is("connection") => connection,
            10 if is("user-agent") => &mut self.user_agent,
            13 if is("if-none-match") => &mut self.if_none_match,
            15 if is("accept-encoding") => &mut self.accept_encoding,
            17 if is("if-modified-since") => &mut self.if_modified_since,
            _ => return IGNORED.iter().any(|name| is(name)).then_some(()),
        };
        place.replace(value).is_none().then_some(())
    }

    /// Whether the client says what it holds.
    pub(super) fn is_conditional(&self) -> bool {
        self.if_none_match.is_some()
    }
}

impl HeaderLines for PlainRequest<'_> {
    fn values(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let value = match name {
            header::ACCEPT_ENCODING => self.accept_encoding,
            header::IF_NONE_MATCH => self.if_none_match,
            header::IF_MODIFIED_SINCE => self.if_modified_since,
            header::USER_AGENT => self.user_agent,
            name if name == "a-im" => self.a_im,
            _ => None,
        };
        value.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_request_is_read() {
        let text = "GET /a.rss HTTP/1.1\r\nHost: x:80\r\nUser-Agent: r/1\r\nACCEPT-Encoding: gzip\r\n\
                    if-none-match: \"a\"\r\nX-Real-IP: 192.0.2.1\r\nConnection: Close\r\n\r\n";
        let bytes = format!("{text}GET /b.rss HT");
        let want = PlainRequest {
            path: "/a.rss",
            closes: true,
            length: text.len(),
            accept_encoding: Some("gzip"),
            if_none_match: Some("\"a\""),
            user_agent: Some("r/1"),
            ..PlainRequest::default()
        };
        assert_eq!(read(bytes.as_bytes()), Reading::Plain(want));
        for end in 0..text.len() {
            assert_eq!(read(&text.as_bytes()[..end]), Reading::Partial, "{end}");
        }
    }

    #[test]
    fn what_is_odd_is_left_to_others() {
        #[track_caller]
        fn check(line: &str, headers: &str) {
            let text = format!("{line}\r\n{headers}\r\n");
            assert_eq!(read(text.as_bytes()), Reading::Other, "{text}");
        }
        for line in [
            "POST /a.rss HTTP/1.1",
            "get /a.rss HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "GET /a.rss HTTP/1.0",
            "GET /a.rss?x HTTP/1.1",
            "GET /%61.rss HTTP/1.1",
            "GET http://x/a.rss HTTP/1.1",
            "\u{16}\u{3}\u{1}",
        ] {
            check(line, "host: x\r\n");
        }
        for headers in [
            "",
            "host: x\r\nhost: x\r\n",
            "host: x/y\r\n",
            "host: x\r\ncontent-length: 0\r\n",
            "host: x\r\ncontent-length: 5\r\n",
            "host: x\r\ntransfer-encoding: chunked\r\n",
            "host: x\r\nexpect: 100-continue\r\n",
            "host: x\r\nupgrade: h2c\r\nconnection: upgrade\r\n",
            "host: x\r\nconnection: close, te\r\n",
            "host: x\r\nconnection: close\r\nconnection: close\r\n",
            "host: x\r\nrange: bytes=0-9\r\n",
            "host: x\r\nsec-fetch-dest: document\r\n",
            "host: x\r\nupgrade-insecure-requests: 1\r\n",
            "host: x\r\nif-none-match: \"a\"\r\nif-none-match: \"b\"\r\n",
            "host: x\r\nnobody-knows: this\r\n",
            "host: x\r\ncookie: \u{e4}\r\n",
            "host : x\r\n",
            "host: x\r\n y: z\r\n",
        ] {
            check("GET /a.rss HTTP/1.1", headers);
        }
        let many = "via: x\r\n".repeat(MAX_LINES);
        check("GET /a.rss HTTP/1.1", &format!("host: x\r\n{many}"));
    }

    proptest! {
        /// No bytes are read past their empty line, and none that hold a body are plain.
        #[test]
        fn a_plain_request_ends_with_its_first_empty_line(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("host: x"), Just("Connection: keep-alive"), Just("a-im: feed"),
                    Just("content-length: 3"), Just("transfer-encoding: chunked"),
                    Just("if-none-match: \"x\""), Just("\rhost: y"), Just("via: z\n"), Just(""),
                ], 0..6),
            end in prop_oneof![Just("\r\n"), Just("\n")],
        ) {
            let mut text = format!("GET /a.rss HTTP/1.1{end}");
            for line in &lines {
                text += line;
                text += end;
            }
            text += end;
            text += "GET /smuggled HTTP/1.1\r\n\r\n";
            if let Reading::Plain(request) = read(text.as_bytes()) {
                let head = &text[..request.length];
                let body = head.contains("content-length") || head.contains("transfer-encoding");
                prop_assert!(!body && !head.contains("smuggled"));
                prop_assert!(head.ends_with("\n\r\n") || head.ends_with("\n\n"));
            }
        }

        /// Any bytes at all are read without a panic.
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let begun = [b"GET /a HTTP/1.1\r\n".as_slice(), &bytes].concat();
            if let Reading::Plain(request) = read(&begun) {
                prop_assert!(request.length <= begun.len());
            }
        }
    }
}
