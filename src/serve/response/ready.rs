//! Ready heads: status and headers of a response as they go over the wire, made once and sent many
//! times.

use axum::http::header;
use axum::response::Response;

use crate::metrics::RequestCounter;

/// Head of a response, but for `Date`, `Connection` and the empty line at its end.
#[derive(Debug)]
pub(in crate::serve) struct ReadyHead {
    bytes: Box<[u8]>,
    /// Counter of the responses that begin so.
    counter: RequestCounter,
}

impl ReadyHead {
    /// Writes down the head of a response whose body has `length` bytes; no length is told of one that
    /// has no body (304).
    pub(in crate::serve) fn of(
        response: &Response,
        length: Option<usize>,
        counter: RequestCounter,
    ) -> ReadyHead {
        let status = response.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
        let own = [header::CONTENT_LENGTH, header::DATE, header::CONNECTION];
        let headers = response.headers().iter();
        for (name, value) in headers.filter(|(name, _)| !own.contains(name)) {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        if let Some(length) = length {
            bytes.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        ReadyHead {
            bytes: bytes.into(),
            counter,
        }
    }

    /// Writes the whole head in the place of what `wire` holds, and counts it: sent at `date`, the
    /// last of its connection if that `closes`.
    pub(in crate::serve) fn write(&self, wire: &mut Vec<u8>, date: &[u8], closes: bool) {
        wire.clear();
        wire.extend_from_slice(&self.bytes);
        if closes {
            wire.extend_from_slice(b"connection: close\r\n");
        }
        wire.extend_from_slice(b"date: ");
        wire.extend_from_slice(date);
        wire.extend_from_slice(b"\r\n\r\n");
        self.counter.count();
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn a_head_is_written_as_the_wire_has_it() {
        let counter = Metrics::default().request_counter("/x", 200);
        let response = (StatusCode::OK, [("etag", "\"a\""), ("vary", "accept")]).into_response();
        let mut wire = b"rests of the last one".to_vec();
        let head = ReadyHead::of(&response, Some(7), counter.clone());
        head.write(&mut wire, b"Sun, 06 Nov 1994 08:49:37 GMT", false);
        let want = "HTTP/1.1 200 OK\r\netag: \"a\"\r\nvary: accept\r\ncontent-length: 7\r\n\
                    date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
        assert_eq!(String::from_utf8(wire).unwrap(), want);
        let mut wire = Vec::new();
        let response = StatusCode::NOT_MODIFIED.into_response();
        ReadyHead::of(&response, None, counter).write(&mut wire, b"x", true);
        let want = "HTTP/1.1 304 Not Modified\r\nconnection: close\r\ndate: x\r\n\r\n";
        assert_eq!(String::from_utf8(wire).unwrap(), want);
    }
}
