//! Elements of a sitemap.

use quick_xml::events::Event;
use quick_xml::{Reader as Xml, escape};

use crate::model::{Document, Draft, Moment, WebUrl};
use crate::source::{ReadError, Setting};
use crate::text::date::parse_feed_date;

/// Most entries of a sitemap, by its protocol.
const MAX_ENTRIES: usize = 50_000;

/// Deepest nesting of elements; sitemaps have five levels.
const MAX_DEPTH: usize = 16;

/// Length from which on the text of an element is not added to, in bytes.
const MAX_TEXT: usize = 8192;

/// Content of a sitemap.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) drafts: Vec<Draft>,
    /// Sitemaps of an index, with the time of their last change.
    pub(super) maps: Vec<(WebUrl, Option<Moment>)>,
    /// Number of entries, also those without a usable address.
    pub(super) n_entries: usize,
    /// Name of the publication.
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) is_complete: bool,
}

/// Reads an XML sitemap, or index.
///
/// # Errors
///
/// [`ReadError::Broken`] if it is neither, [`ReadError::TooMuch`] beyond [`MAX_DEPTH`].
pub(super) fn read(
    text: &str,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Walked, ReadError> {
    let mut xml = Xml::from_str(text);
    xml.config_mut().check_end_names = false;
    xml.config_mut().allow_unmatched_ends = true;
    let mut open: Vec<String> = Vec::new();
    let mut held = String::new();
    let mut entry = UrlEntry::default();
    let mut walked = Walked::default();
    let mut is_known = false;
    loop {
        match xml.read_event() {
            Ok(Event::Start(tag)) => {
                held.clear();
                let name = local(tag.local_name().as_ref());
                if open.is_empty() {
                    is_known = matches!(name.as_str(), "urlset" | "sitemapindex");
                    if !is_known {
                        let message = format!("this is no sitemap but `{}`", shown(&name));
                        return Err(ReadError::Broken(message));
                    }
                }
                if open.len() == MAX_DEPTH {
                    return Err(ReadError::TooMuch {
                        what: "elements nested too deep",
                        limit: MAX_DEPTH,
                    });
                }
                if matches!(name.as_str(), "url" | "sitemap") {
                    entry = UrlEntry::default();
                }
                open.push(name);
            }
            Ok(Event::Text(part)) => keep(&mut held, &String::from_utf8_lossy(&part)),
            Ok(Event::CData(part)) => keep(&mut held, &String::from_utf8_lossy(&part)),
            Ok(Event::GeneralRef(name)) => {
                keep(&mut held, &format!("&{};", String::from_utf8_lossy(&name)));
            }
            Ok(Event::End(_)) => {
                let Some(name) = open.pop() else { continue };
                let parent = open.last().map_or("", String::as_str);
                let value = value(&held);
                held.clear();
                if matches!(name.as_str(), "url" | "sitemap") {
                    walked.n_entries += 1;
                    walked.take(std::mem::take(&mut entry), &name, document, setting);
                    if walked.n_entries >= MAX_ENTRIES {
                        return Ok(walked);
                    }
                } else if !value.is_empty() {
                    walked.note(&mut entry, parent, &name, value);
                }
                if open.is_empty() {
                    walked.is_complete = true;
                    return Ok(walked);
                }
            }
            Ok(Event::Eof) | Err(_) if is_known => return Ok(walked),
            Ok(Event::Eof) => return Err(ReadError::Broken("this is no sitemap".to_owned())),
            Err(error) => return Err(ReadError::Broken(format!("not XML: {error}"))),
            Ok(_) => {}
        }
    }
}

/// One `<url>` or `<sitemap>` as written.
#[derive(Debug, Default)]
struct UrlEntry {
    loc: Option<String>,
    lastmod: Option<String>,
    title: Option<String>,
    date: Option<String>,
    keywords: Option<String>,
    image: Option<String>,
    language: Option<String>,
}

impl Walked {
    fn note(&mut self, entry: &mut UrlEntry, parent: &str, name: &str, value: String) {
        let place = match (parent, name) {
            ("url" | "sitemap", "loc") => &mut entry.loc,
            ("url" | "sitemap", "lastmod") => &mut entry.lastmod,
            ("news", "title") => &mut entry.title,
            ("news", "publication_date") => &mut entry.date,
            ("news", "keywords") => &mut entry.keywords,
            ("image", "loc") => &mut entry.image,
            ("publication", "name") => &mut self.name,
            ("publication", "language") => {
                self.language.get_or_insert_with(|| value.clone());
                &mut entry.language
            }
            _ => return,
        };
        place.get_or_insert(value);
    }

    fn take(&mut self, entry: UrlEntry, name: &str, document: &Document, setting: &Setting<'_>) {
        let date = |text: Option<String>| parse_feed_date(&text?, setting.now, setting.zone);
        let Some(link) = entry.loc.and_then(|loc| document.url.join(&loc)) else {
            return;
        };
        let changed = date(entry.lastmod);
        if name == "sitemap" {
            self.maps.push((link, changed));
            return;
        }
        let keywords = entry.keywords.unwrap_or_default();
        let keywords = keywords.split([',', '，', ';']).map(str::trim);
        self.drafts.push(Draft {
            link: Some(link),
            title: entry.title,
            published: date(entry.date),
            updated: changed,
            categories: keywords
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            image: entry.image,
            language: entry.language,
            ..Draft::default()
        });
    }
}

fn keep(held: &mut String, part: &str) {
    if held.len() < MAX_TEXT {
        held.push_str(part);
    }
}

fn value(held: &str) -> String {
    let plain = escape::unescape(held).map_or_else(|_| held.to_owned(), |text| text.into_owned());
    crate::source::page::dom::fold(&plain)
}

fn local(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}
