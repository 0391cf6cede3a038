//! Content negotiation of a request.

use crate::source::Reader;

/// Kind of document a request prefers; decides its `Accept` header (RFC 9110, 12.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Any feed, or a web page rather than nothing.
    Feed,
    /// A web page.
    Page,
    /// JSON, or a page that holds it.
    Json,
    /// A sitemap, gzipped or not.
    Sitemap,
    /// A picture, for readers.
    Image,
}

impl Accept {
    /// Returns the kind of document that `reader` reads.
    #[must_use]
    pub fn of(reader: &Reader) -> Accept {
        match reader {
            Reader::Feed => Accept::Feed,
            Reader::Page(_) => Accept::Page,
            Reader::Json(_) => Accept::Json,
            Reader::Sitemap(_) => Accept::Sitemap,
        }
    }

    /// Returns the value of the `Accept` header.
    pub(super) fn header(self) -> &'static str {
        match self {
            Accept::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, \
                 application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
            }
            Accept::Json => "application/json, text/html;q=0.9, */*;q=0.1",
            Accept::Sitemap => {
                "application/xml, text/xml, application/gzip;q=0.9, text/plain;q=0.8, */*;q=0.1"
            }
            Accept::Image => "image/webp, image/jpeg, image/png, image/gif;q=0.8, image/*;q=0.1",
            Accept::Page => "text/html, application/xhtml+xml, */*;q=0.1",
        }
    }
}
