//! Sitemaps: `urlset` with or without the news and image extensions, indexes of sitemaps, plain
//! lists of addresses; gzipped or not.
//!
//! <https://www.sitemaps.org/protocol.html> and Google's news sitemaps. Entries
//! come newest first, as far as they are dated; only news sitemaps have titles,
//! the others' are on the pages themselves.

mod walk;

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::page::{ListRules, Selector, list};
use super::{About, ParsedDocument, ReadError, Setting, gate};
use crate::model::{Document, Draft, ExtractionCounts, WebUrl};
use crate::text::charset;

/// Most entries of a source that names no `limit`: a sitemap holds all that a site ever had.
const DEFAULT_MAX_ENTRIES: usize = 200;

/// Rules of a sitemap source.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `[source.list]`: `url_pattern`, `limit` and `max_pages`.
    pub list: ListRules<Selector>,
}

impl Default for Rules {
    fn default() -> Rules {
        let list = ListRules {
            limit: Some(DEFAULT_MAX_ENTRIES),
            ..ListRules::default()
        };
        Rules { list }
    }
}

/// Reads a sitemap; of an index, the sitemaps to read, newest first, in `next`.
///
/// # Errors
///
/// [`ReadError::Broken`] if it is none or its gzip is damaged; [`ReadError::Empty`];
/// [`ReadError::TooMuch`] beyond a limit.
pub fn read(
    rules: &Rules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<ParsedDocument, ReadError> {
    let body = unpacked(&document.body, setting.limits.bytes)?;
    let decoded = charset::decode_xml(&body, document.content_type.as_deref(), setting.encoding);
    let text = gate::legal(decoded.text);
    let text = text.trim();
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    let mut walked = if text.starts_with('<') {
        walk::read(text, document, setting)?
    } else {
        listed(text)?
    };
    walked
        .maps
        .sort_by_key(|(_, at)| std::cmp::Reverse(at.map(|moment| moment.at)));
    let drafts = list::wanted(&rules.list, newest_first(walked.drafts));
    let mut counts = ExtractionCounts::of(&drafts);
    counts.items = u32::try_from(walked.n_entries).unwrap_or(u32::MAX);
    Ok(ParsedDocument {
        about: About {
            title: walked.name,
            language: walked.language,
            ..About::default()
        },
        drafts,
        format: "sitemap",
        encoding: decoded.encoding,
        replaced: decoded.replaced,
        complete: walked.is_complete,
        counts,
        next: walked.maps.into_iter().map(|(url, _)| url).collect(),
        ..ParsedDocument::default()
    })
}

/// Sorts newest first. Undated ones keep their order behind the dated.
pub(super) fn newest_first(mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by_key(|draft| {
        let dated = draft.published.or(draft.updated);
        std::cmp::Reverse(dated.map(|moment| moment.at))
    });
    drafts
}

/// Unpacks the body if it is gzipped: `sitemap.xml.gz` is a file, not an encoding.
///
/// # Errors
///
/// [`ReadError::TooMuch`] beyond `limit` bytes, [`ReadError::Broken`] if the gzip is damaged.
fn unpacked(body: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, ReadError> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(body));
    }
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Vec::new();
    let done = MultiGzDecoder::new(body).take(most).read_to_end(&mut plain);
    done.map_err(|error| ReadError::Broken(format!("the gzip is damaged: {error}")))?;
    if plain.len() > limit {
        return Err(ReadError::TooMuch {
            what: "more bytes than we read",
            limit,
        });
    }
    Ok(Cow::Owned(plain))
}

/// Reads a sitemap of plain lines; more than half have to be addresses.
fn listed(text: &str) -> Result<walk::Walked, ReadError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let drafts: Vec<Draft> = lines
        .clone()
        .filter_map(WebUrl::parse)
        .map(|link| Draft {
            link: Some(link),
            ..Draft::default()
        })
        .collect();
    let n_entries = lines.count();
    if drafts.len() * 2 <= n_entries {
        return Err(ReadError::Broken("this is no sitemap".to_owned()));
    }
    Ok(walk::Walked {
        drafts,
        n_entries,
        is_complete: true,
        ..walk::Walked::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::pattern;
    use crate::source::page::testing::{at, document, setting};

    const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://news.example.cn/1.html</loc>
 <news:news><news:publication><news:name>济南日报</news:name><news:language>zh</news:language></news:publication>
 <news:publication_date>2018-03-16T12:49:00+08:00</news:publication_date>
 <news:title>园区建设加速 &amp; 落地</news:title><news:keywords>园区, 济南</news:keywords></news:news>
 <image:image><image:loc>https://news.example.cn/1.jpg</image:loc><image:title>别</image:title></image:image></url>
<url><loc>
  https://news.example.cn/2.html </loc><lastmod>2018-03-17</lastmod></url>
<url><loc><![CDATA[https://news.example.cn/3.html]]></loc></url>
<url><loc>javascript:alert(1)</loc></url>
</urlset>"#;

    fn reading(text: &str) -> Result<ParsedDocument, ReadError> {
        setting(|setting| read(&Rules::default(), &document(text), setting))
    }

    fn links(reading: &ParsedDocument) -> Vec<&str> {
        let links = reading
            .drafts
            .iter()
            .filter_map(|draft| draft.link.as_ref());
        links.map(WebUrl::as_str).collect()
    }

    #[test]
    fn news_come_with_title_and_date_newest_first() {
        let reading = reading(NEWS).unwrap();
        assert_eq!(
            links(&reading),
            [
                "https://news.example.cn/2.html",
                "https://news.example.cn/1.html",
                "https://news.example.cn/3.html"
            ]
        );
        let first = &reading.drafts[1];
        assert_eq!(first.title.as_deref(), Some("园区建设加速 & 落地"));
        let published = first.published.unwrap();
        assert_eq!(published.at, at("2018-03-16T12:49:00+08:00"));
        assert_eq!(
            first.image.as_deref(),
            Some("https://news.example.cn/1.jpg")
        );
        assert_eq!(first.categories, ["园区", "济南"]);
        assert_eq!(reading.about.title.as_deref(), Some("济南日报"));
        assert_eq!(reading.drafts[0].title, None);
        assert!(reading.complete);
        assert_eq!((reading.counts.items, reading.counts.links), (4, 3));
    }

    #[test]
    fn an_index_names_sitemaps_newest_first() {
        let index = r#"<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            <sitemap><loc>https://news.example.cn/old.xml.gz</loc><lastmod>2017-01-01</lastmod></sitemap>
            <sitemap><loc>/new.xml</loc><lastmod>2018-03-16T10:00:00Z</lastmod></sitemap></sitemapindex>"#;
        let reading = reading(index).unwrap();
        let next: Vec<&str> = reading.next.iter().map(WebUrl::as_str).collect();
        assert_eq!(
            next,
            [
                "https://news.example.cn/new.xml",
                "https://news.example.cn/old.xml.gz"
            ]
        );
        assert!(reading.drafts.is_empty());
    }

    #[test]
    fn packed_and_plain_ones_are_read() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, NEWS.as_bytes()).unwrap();
        let mut packed_document = document("");
        packed_document.body = packed.finish().unwrap().into();
        let got = setting(|setting| read(&Rules::default(), &packed_document, setting));
        assert_eq!(got.unwrap().drafts.len(), 3);
        let plain = "https://news.example.cn/1.html\r\nhttps://news.example.cn/2.html\n";
        assert_eq!(reading(plain).unwrap().drafts.len(), 2);
    }

    #[test]
    fn what_is_no_sitemap_is_an_error() {
        let others = [
            ("", "empty"),
            ("<html><body>404</body></html>", "broken"),
            ("<rss><channel/></rss>", "broken"),
            ("not found", "broken"),
        ];
        for (given, code) in others {
            assert_eq!(reading(given).unwrap_err().code(), code, "given {given}");
        }
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut bomb, &vec![b' '; 11 << 20]).unwrap();
        let mut document = document("");
        document.body = bomb.finish().unwrap().into();
        let got = setting(|setting| read(&Rules::default(), &document, setting));
        assert_eq!(got.unwrap_err().code(), "too_much");
    }

    #[test]
    fn an_early_end_is_noticed_and_what_was_there_is_read() {
        let cut = &NEWS[..NEWS.find("<url><loc><![CDATA").unwrap()];
        let reading = reading(cut).unwrap();
        assert!(!reading.complete);
        assert_eq!(reading.drafts.len(), 2);
    }

    #[test]
    fn a_pattern_keeps_others_out() {
        let mut rules = Rules::default();
        rules.list.url_pattern = Some(pattern("/[13]").unwrap());
        let reading = setting(|setting| read(&rules, &document(NEWS), setting)).unwrap();
        assert_eq!(reading.drafts.len(), 2);
    }
}
