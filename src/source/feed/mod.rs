//! Feeds of every kind.
//!
//! ```text
//!   bytes
//!     | gate             not too many, no picture, no PDF
//!     | text::charset    text
//!     | detect           XML, JSON, a web page, or nothing for us
//!     | strict           what the packages can hold, by the packages
//!     | xml              the rest: tags, mended and counted against the limits
//!     | walk             one entry at a time, so that memory stays small
//!     | vocabulary       what each element means
//!     v
//!   ParsedDocument
//! ```

mod bridge;
mod detect;
mod json;
mod microformats;
mod newest;
mod strict;
mod vocabulary;
mod walk;
mod xml;

#[cfg(test)]
mod tests;

use self::detect::DocumentKind;
use super::{About, ParsedDocument, ReadError, Setting, gate};
use crate::model::{Document, WebLink, WebUrl};
use crate::text::{charset, site};
use vocabulary::scope::Scope;

/// Reads a feed of any kind: RSS, Atom, RDF, CDF, JSON Feed, microformats.
///
/// # Errors
///
/// [`ReadError::NotAFeed`] if it is none, with the feeds that a web page names;
/// [`ReadError::TooMuch`] beyond a limit; any other if nothing in it can be used.
pub fn read(document: &Document, setting: &Setting<'_>) -> Result<ParsedDocument, ReadError> {
    read_from(document, Some(&document.url), setting)
}

/// Reads a feed whose address is not known: what is relative in it stays so.
///
/// # Errors
///
/// As [`read`].
pub fn read_detached(
    document: &Document,
    setting: &Setting<'_>,
) -> Result<ParsedDocument, ReadError> {
    read_from(document, None, setting)
}

fn read_from(
    document: &Document,
    base: Option<&WebUrl>,
    setting: &Setting<'_>,
) -> Result<ParsedDocument, ReadError> {
    let body = &document.body;
    setting.limits.admit(body.len())?;
    if body.is_empty() {
        return Err(ReadError::Empty);
    }
    if let Some(found) = detect::binary(body) {
        return Err(not_a_feed(found, Vec::new()));
    }
    let decoded = charset::decode_xml(body, document.content_type.as_deref(), setting.encoding);
    let length = decoded.text.len();
    let text = gate::legal(decoded.text);
    let mut repaired = Vec::new();
    if text.len() < length {
        repaired.push("illegal characters");
    }
    let scope = Scope::new(setting, base);
    let mut reading = match detect::text(&text) {
        DocumentKind::Empty => return Err(ReadError::Empty),
        DocumentKind::Cut => return Err(ReadError::Incomplete),
        DocumentKind::Json(text) => {
            let reading = json::read(text, &scope, setting.limits)?;
            repaired.extend(&reading.repaired);
            reading
        }
        DocumentKind::Xml(text, has_junk) => {
            if has_junk {
                repaired.push("text before the start");
            }
            if let Some(clean) = strict::read(text, &scope, setting.limits) {
                ParsedDocument {
                    about: clean.about,
                    drafts: clean.drafts,
                    format: clean.format,
                    complete: true,
                    ..ParsedDocument::default()
                }
            } else {
                let walked = walk::read(text, &scope, setting.limits)?;
                for one in walked.repaired {
                    if !repaired.contains(&one) {
                        repaired.push(one);
                    }
                }
                ParsedDocument {
                    about: walked.about,
                    drafts: walked.drafts,
                    format: walked.format,
                    complete: walked.is_complete,
                    ..ParsedDocument::default()
                }
            }
        }
        DocumentKind::Html => {
            let (about, drafts, complete) = match microformats::may_hold_entries(&text) {
                true => microformats::read(&text, &scope, setting.limits)?,
                false => Default::default(),
            };
            if drafts.is_empty() {
                let (found, feeds) = detect::web_page(&text, &document.url);
                return Err(not_a_feed(found, feeds));
            }
            ParsedDocument {
                about,
                drafts,
                format: "hfeed",
                complete,
                ..ParsedDocument::default()
            }
        }
        DocumentKind::Other(found) => return Err(not_a_feed(found, Vec::new())),
    };
    if let Some(report) = bridge::take_report(&mut reading.drafts) {
        if reading.drafts.is_empty() {
            return Err(ReadError::Reported(report));
        }
        repaired.push("a failure reported as an entry");
    }
    if reading.about.language.is_none() {
        reading
            .about
            .language
            .clone_from(&document.content_language);
    }
    reading.next = next_pages(&reading.about, document);
    reading.encoding = decoded.encoding;
    reading.replaced = decoded.replaced;
    reading.repaired = repaired;
    Ok(reading)
}

/// Lists the pages on which a feed goes on, on its own site: `rel=next` of a paged feed,
/// `rel=prev-archive` of an archived one (RFC 5005).
fn next_pages(about: &About, document: &Document) -> Vec<WebUrl> {
    let is_next = |found: &&WebLink| {
        vocabulary::link::is(found, "next") || vocabulary::link::is(found, "prev-archive")
    };
    let host = document.url.host();
    let next = about.links.iter().filter(is_next);
    let next = next.filter_map(|found| WebUrl::parse(&found.href));
    let own = next.filter(|url| site::of(&url.host()) == site::of(&host) && *url != document.url);
    own.take(1).collect()
}

/// Lists the feeds that a web page names in its head, absolute.
#[must_use]
pub fn named_by(page: &Document) -> Vec<WebUrl> {
    let decoded = charset::decode_html(&page.body, page.content_type.as_deref(), None);
    detect::web_page(&decoded.text, &page.url).1
}

fn not_a_feed(found: &str, feeds: Vec<WebUrl>) -> ReadError {
    ReadError::NotAFeed {
        found: found.to_owned(),
        feeds,
    }
}
