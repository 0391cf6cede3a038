//! What comes out is valid, whatever feed came in, and passes on what it said.
//!
//! The rules are those of RFC 4287, RSS 2.0 and JSON Feed 1.1 that a schema of them
//! would hold, checked on documents made of everything in a corpus.

use std::fs;
use std::path::{Path, PathBuf};

use gazetted::ingest::item::arrival::Arrival;
use gazetted::ingest::item::sort_key::Observation;
use gazetted::ingest::item::{self, Origin, headline, notes};
use gazetted::model::{Document, Item, ItemId, WebUrl};
use gazetted::publish::{Format, html};
use gazetted::source::{Setting, feed, gate};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::press::{Press, at};
use crate::schema::SchemaCheck;
use crate::world::beside_the_project;

/// An element of a document.
#[derive(Debug, Default)]
struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    text: String,
}

impl Node {
    fn parse(xml: &[u8]) -> Node {
        let mut reader = Reader::from_reader(xml);
        let mut open = vec![Node::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => open.push(Node::of(&tag)),
                Event::Empty(tag) => open.last_mut().unwrap().children.push(Node::of(&tag)),
                Event::End(_) => {
                    let node = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(node);
                }
                Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
                Event::CData(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
                Event::GeneralRef(name) => {
                    let name = format!("&{};", name.decode().unwrap());
                    let text = quick_xml::escape::unescape(&name).unwrap().into_owned();
                    open.last_mut().unwrap().text += &text;
                }
                Event::Eof => break,
                _ => {}
            }
        }
        open.pop().unwrap().children.pop().unwrap()
    }

    fn of(tag: &quick_xml::events::BytesStart<'_>) -> Node {
        let attributes = tag.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            let value = quick_xml::escape::unescape(&value).unwrap().into_owned();
            (name, value)
        });
        Node {
            name: String::from_utf8_lossy(tag.name().as_ref()).into_owned(),
            attributes: attributes.collect(),
            ..Node::default()
        }
    }

    fn all(&self, name: &str) -> Vec<&Node> {
        self.children
            .iter()
            .filter(|child| child.name == name)
            .collect()
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Names of the places below this one, attributes among them, that hold `probe`.
    fn places(&self, probe: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for child in &self.children {
            let inner = child.places(probe);
            let is_container = matches!(
                &*child.name,
                "source" | "author" | "contributor" | "media:content"
            );
            found.extend(inner.into_iter().map(|place| match is_container {
                true => format!("{}/{place}", child.name),
                false => place,
            }));
            if child.text.contains(probe) {
                found.push(child.name.clone());
            }
            for (name, value) in &child.attributes {
                let rel = child.attribute("rel").map(|rel| format!("[{rel}]"));
                let rel = rel.unwrap_or_default();
                if value.contains(probe) {
                    found.push(format!("{}{rel}@{name}", child.name));
                }
            }
        }
        found
    }
}

/// Complaints about one document.
struct Judge {
    about: String,
    complaints: Vec<String>,
}

impl Judge {
    fn hold(&mut self, is_right: bool, rule: &str, found: &str) {
        if !is_right {
            let about = &self.about;
            self.complaints
                .push(format!("{about}: {rule}: {found:.200}"));
        }
    }

    fn one(&mut self, node: &Node, name: &str) -> String {
        let found = node.all(name);
        self.hold(
            found.len() == 1,
            &format!("one {name} in {}", node.name),
            "",
        );
        found
            .first()
            .map_or_else(String::new, |node| node.text.clone())
    }

    fn at_most_one(&mut self, node: &Node, name: &str) {
        self.hold(
            node.all(name).len() < 2,
            &format!("at most one {name}"),
            &node.name,
        );
    }

    fn rfc3339(&mut self, text: &str) {
        let is_date = text.ends_with('Z') || text.ends_with("+00:00");
        let is_date = is_date && text.parse::<Timestamp>().is_ok();
        self.hold(is_date, "a date of RFC 3339", text);
    }

    fn address(&mut self, text: &str) {
        self.hold(url::Url::parse(text).is_ok(), "an absolute address", text);
    }

    fn media_type(&mut self, text: &str) {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let bare = text.split(';').next().unwrap_or_default().trim();
        let is_good = bare
            .split_once('/')
            .is_some_and(|(a, b)| is_name(a) && is_name(b));
        self.hold(is_good, "a media type", text);
    }

    fn language(&mut self, text: &str) {
        let mut parts = text.split('-');
        let first = parts.next().unwrap_or_default();
        let is_good = (1..=8).contains(&first.len())
            && first.bytes().all(|b| b.is_ascii_alphabetic())
            && parts.all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        self.hold(is_good, "a language tag", text);
    }

    fn person(&mut self, node: &Node) {
        let name = self.one(node, "name");
        self.hold(!name.trim().is_empty(), "a person has a name", "");
    }

    /// RFC 4287, 4.1: what feed, entry and source must and may hold.
    fn atom_common(&mut self, node: &Node) {
        for name in ["id", "title", "updated"] {
            let text = self.one(node, name);
            match name {
                "id" => self.address(&text),
                "updated" => self.rfc3339(&text),
                _ => {}
            }
        }
        for name in [
            "rights",
            "published",
            "subtitle",
            "generator",
            "summary",
            "content",
        ] {
            self.at_most_one(node, name);
        }
        for person in node.all("author").iter().chain(&node.all("contributor")) {
            self.person(person);
        }
        for link in node.all("link") {
            self.address(link.attribute("href").unwrap_or_default());
            if let Some(kind) = link.attribute("type") {
                self.media_type(kind);
            }
            if let Some(length) = link.attribute("length") {
                self.hold(length.parse::<u64>().is_ok(), "a length", length);
            }
        }
        for category in node.all("category") {
            let term = category.attribute("term").unwrap_or_default();
            self.hold(!term.is_empty(), "a category has a term", "");
        }
        for child in node.children.iter().chain([node]) {
            if let Some(language) = child.attribute("xml:lang") {
                self.language(language);
            }
        }
    }

    fn atom(&mut self, feed: &Node) {
        self.hold(feed.name == "feed", "a feed", &feed.name);
        self.atom_common(feed);
        let mut ids: Vec<String> = Vec::new();
        for entry in feed.all("entry") {
            self.atom_common(entry);
            let id = self.one(entry, "id");
            self.hold(!ids.contains(&id), "an id stands once", &id);
            ids.push(id);
            let alternates = entry.all("link");
            let n_alternates = alternates
                .iter()
                .filter(|link| link.attribute("rel") == Some("alternate"))
                .count();
            self.hold(n_alternates == 1, "one alternate", "");
            for date in entry.all("published") {
                self.rfc3339(&date.text);
            }
            for source in entry.all("source") {
                self.atom_common(source);
            }
            let has_author = !entry.all("author").is_empty()
                || entry
                    .all("source")
                    .iter()
                    .any(|source| !source.all("author").is_empty());
            self.hold(has_author, "somebody is the author", "");
        }
    }

    fn rss(&mut self, rss: &Node) {
        self.hold(rss.attribute("version") == Some("2.0"), "version 2.0", "");
        let channel = rss.all("channel")[0];
        for name in ["title", "link", "description"] {
            self.one(channel, name);
        }
        let mut guids: Vec<String> = Vec::new();
        for item in channel.all("item") {
            for name in [
                "title",
                "link",
                "description",
                "guid",
                "pubDate",
                "enclosure",
                "source",
                "comments",
            ] {
                self.at_most_one(item, name);
            }
            let has_text = !item.all("title").is_empty() || !item.all("description").is_empty();
            self.hold(has_text, "a title or a description", "");
            let guid = self.one(item, "guid");
            self.hold(!guids.contains(&guid), "a guid stands once", &guid);
            guids.push(guid);
            for date in item.all("pubDate") {
                let parser = jiff::fmt::rfc2822::DateTimeParser::new();
                let is_date = parser.parse_timestamp(&date.text).is_ok();
                self.hold(is_date, "a date of RFC 822", &date.text);
            }
            for date in item.all("atom:updated") {
                self.rfc3339(&date.text);
            }
            for link in item.all("link").iter().chain(&item.all("comments")) {
                self.address(&link.text);
            }
            for file in item.all("enclosure") {
                self.address(file.attribute("url").unwrap_or_default());
                self.media_type(file.attribute("type").unwrap_or_default());
                let length = file.attribute("length").unwrap_or_default();
                self.hold(length.parse::<u64>().is_ok(), "a length", length);
            }
            for media in item.all("media:content") {
                self.address(media.attribute("url").unwrap_or_default());
                if let Some(kind) = media.attribute("type") {
                    self.media_type(kind);
                }
            }
            for language in item.all("dc:language") {
                self.language(&language.text);
            }
        }
    }

    fn json(&mut self, feed: &Value) {
        let version = &feed["version"];
        self.hold(
            version == "https://jsonfeed.org/version/1.1",
            "its version",
            "",
        );
        self.hold(feed["title"].is_string(), "a title", "");
        let mut ids: Vec<&str> = Vec::new();
        for item in feed["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap_or_default();
            self.hold(
                !id.is_empty() && !ids.contains(&id),
                "an id stands once",
                id,
            );
            ids.push(id);
            let has_text = item["content_html"].is_string() || item["content_text"].is_string();
            self.hold(has_text, "a text", id);
            for name in ["date_published", "date_modified"] {
                self.rfc3339(item[name].as_str().unwrap_or_default());
            }
            for name in ["url", "image"] {
                if let Some(address) = item[name].as_str() {
                    self.address(address);
                }
            }
            if let Some(language) = item["language"].as_str() {
                self.language(language);
            }
            for file in item["attachments"].as_array().into_iter().flatten() {
                self.address(file["url"].as_str().unwrap_or_default());
                self.media_type(file["mime_type"].as_str().unwrap_or_default());
            }
            for author in item["authors"].as_array().into_iter().flatten() {
                let name = author["name"].as_str().unwrap_or_default();
                self.hold(!name.is_empty(), "an author has a name", "");
            }
        }
    }
}

/// What would be stored of a document.
fn items(body: Vec<u8>, base: &WebUrl) -> Vec<Item> {
    let now = at("2026-11-29T12:00:00Z");
    let document = Document {
        url: base.clone(),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.into(),
    };
    let setting = Setting {
        now,
        zone: &TimeZone::UTC,
        encoding: None,
        limits: gate::Limits::default(),
    };
    let Ok(read) = feed::read(&document, &setting) else {
        return Vec::new();
    };
    let source = "shandong/jinan/daily".parse().unwrap();
    let (feed, names) = (
        notes::feed(&read.about, base),
        headline::names(read.about.title.as_deref()),
    );
    let origin = Origin {
        source: &source,
        language: read.about.language.as_deref(),
        base,
        feed: &feed,
        names: &names,
        fingerprint: 1,
    };
    let entries = read.drafts.iter().enumerate().map(|(index, draft)| {
        let sight = Observation {
            now,
            zone: &TimeZone::UTC,
            index,
            arrival: Arrival {
                is_archive: true,
                ..Arrival::alone(now, index)
            },
        };
        let id = ItemId::of(&source, &index.to_string());
        item::item(id, draft, None, None, &origin, &sight)
    });
    entries.collect()
}

/// Complaints about the feeds made of `items`, which are added to those for a schema.
fn judged(about: &str, items: Vec<Item>, for_schema: &mut SchemaCheck) -> Vec<String> {
    let press = Press::of(items);
    let edition = press.edition("shandong/jinan");
    let mut judge = Judge {
        about: about.to_owned(),
        complaints: Vec::new(),
    };
    let (rss, atom) = (Format::Rss.render(&edition), Format::Atom.render(&edition));
    judge.rss(&Node::parse(&rss));
    judge.atom(&Node::parse(&atom));
    judge.json(&serde_json::from_slice(&Format::Json.render(&edition)).unwrap());
    for_schema.add(about, &rss, &atom);
    judge.complaints
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn whatever_came_in_what_comes_out_is_valid() {
    let Some(corpus) = beside_the_project("corpora/feeds/dev/cases") else {
        return;
    };
    let mut paths = Vec::new();
    files(&corpus, &mut paths);
    let base = WebUrl::parse("https://corpus.example/feed?token=s3cr3t").unwrap();
    let (mut n_items, mut complaints) = (0, Vec::new());
    let mut schema = SchemaCheck::new();
    for path in &paths {
        let items = items(fs::read(path).unwrap(), &base);
        n_items += items.len();
        complaints.extend(judged(&path.display().to_string(), items, &mut schema));
    }
    complaints.extend(schema.complaints());
    println!("{n_items} items of {} documents", paths.len());
    assert!(n_items > 1000, "{n_items}");
    assert!(
        complaints.is_empty(),
        "{}:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// A feed in which every element that is passed on says a word of its own.
const RICH: &str = r#"<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"
 xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule">
<channel><title>Paper</title><link>https://paper.example/</link><description>d</description>
<item><title>probe-title</title><link>https://paper.example/probe-link</link>
<guid isPermaLink="false">probe-guid</guid><pubDate>Mon, 02 Nov 2020 08:00:00 GMT</pubDate>
<atom:updated>2021-03-04T05:06:07Z</atom:updated><dc:creator>probe-creator</dc:creator>
<dc:contributor>probe-contributor</dc:contributor><category>probe-category</category>
<dc:language>fr-CH</dc:language><dc:rights>probe-rights</dc:rights>
<creativeCommons:license>https://cc.example/probe-licence</creativeCommons:license>
<comments>https://paper.example/probe-comments</comments><slash:comments>4711</slash:comments>
<wfw:commentRss>https://paper.example/probe-commentrss</wfw:commentRss>
<dc:source>probe-origin</dc:source><description>probe-description</description>
<content:encoded><![CDATA[<p>probe-content</p><iframe src="https://film.example/probe-iframe"></iframe>]]></content:encoded>
<enclosure url="https://paper.example/probe-enclosure.mp3" length="8150" type="audio/mpeg"/>
<itunes:duration>1:02:03</itunes:duration><itunes:episode>8642</itunes:episode>
<itunes:season>7531</itunes:season><itunes:episodeType>trailer</itunes:episodeType><itunes:explicit>yes</itunes:explicit>
<podcast:transcript url="https://paper.example/probe-transcript.vtt" type="text/vtt" language="fr"/>
<podcast:chapters url="https://paper.example/probe-chapters.json" type="application/json+chapters"/>
<thr:in-reply-to ref="tag:paper.example,2020:probe-reply" href="https://paper.example/probe-reply"/>
<media:content url="https://paper.example/probe-film.mp4" type="video/mp4" fileSize="9150"/>
<media:content url="https://paper.example/probe-picture.jpg" medium="image">
<media:description>probe-caption</media:description><media:credit>probe-credit</media:credit></media:content>
</item></channel></rss>"#;

/// Elements of [`RICH`] with what they say.
const PROBES: [(&str, &str); 30] = [
    ("title", "probe-title"),
    ("link", "probe-link"),
    ("guid", "probe-guid"),
    ("pubDate", "2020"),
    ("atom:updated", "2021"),
    ("dc:creator, author", "probe-creator"),
    ("dc:contributor, contributor", "probe-contributor"),
    ("category", "probe-category"),
    ("dc:language, xml:lang", "fr-CH"),
    ("dc:rights, rights", "probe-rights"),
    ("creativeCommons:license, link rel=license", "probe-licence"),
    ("comments, link rel=replies", "probe-comments"),
    ("slash:comments, thr:total", "4711"),
    ("wfw:commentRss", "probe-commentrss"),
    ("dc:source, 来源", "probe-origin"),
    ("description, summary", "probe-description"),
    ("content:encoded, content", "probe-content"),
    ("iframe, video, audio, object in a text", "probe-iframe"),
    ("enclosure", "probe-enclosure"),
    ("itunes:duration, duration", "3723"),
    ("itunes:episode", "8642"),
    ("itunes:season", "7531"),
    ("itunes:episodeType", "trailer"),
    ("itunes:explicit, media:rating", "true"),
    ("podcast:transcript", "probe-transcript"),
    ("podcast:chapters", "probe-chapters"),
    ("thr:in-reply-to", "probe-reply"),
    ("media:content that plays", "probe-film"),
    ("media:content that is a picture", "probe-picture"),
    ("media:description, media:credit", "probe-credit"),
];

/// Where a JSON value below this one holds `probe`.
fn json_places(value: &Value, name: &str, probe: &str) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let inner = map.iter().filter(|(key, _)| *key != "sightings");
            let inner = inner.flat_map(|(key, value)| {
                let name = match name {
                    "" => key.clone(),
                    name => format!("{name}.{key}"),
                };
                json_places(value, &name, probe)
            });
            inner.collect()
        }
        Value::Array(all) => all
            .iter()
            .flat_map(|value| json_places(value, name, probe))
            .collect(),
        Value::String(text) if text.contains(probe) => vec![name.to_owned()],
        Value::Bool(is_so) if is_so.to_string() == probe => vec![name.to_owned()],
        Value::Number(number) if number.to_string() == probe => vec![name.to_owned()],
        _ => Vec::new(),
    }
}

#[test]
fn the_table_of_what_is_passed_on_is_true() {
    let base = WebUrl::parse("https://paper.example/feed").unwrap();
    let press = Press::of(items(RICH.into(), &base));
    let edition = press.edition("shandong/jinan");
    let rss = Node::parse(&Format::Rss.render(&edition));
    let atom = Node::parse(&Format::Atom.render(&edition));
    let json: Value = serde_json::from_slice(&Format::Json.render(&edition)).unwrap();
    let page = html::story(
        &press.site(),
        &press.stories[0],
        &[],
        &html::Beside::default(),
    );
    let page = String::from_utf8(page).unwrap();
    let cell = |mut places: Vec<String>| {
        places.sort();
        places.dedup();
        match places.is_empty() {
            true => "–".to_owned(),
            false => places
                .iter()
                .map(|place| format!("`{place}`"))
                .collect::<Vec<_>>()
                .join(" "),
        }
    };
    let mut table = String::from(
        "# What is passed on\n\nAn element of a feed, and where readers find what it said. Made by \
         `UPDATE_EXPECT=1 cargo test --test it valid` from one rich feed.\n\n\
         | in the feed | RSS | Atom | JSON Feed | page |\n|---|---|---|---|---|\n",
    );
    for (element, probe) in PROBES {
        let entry = atom.all("entry")[0];
        let item = rss.all("channel")[0].all("item")[0];
        let places = [
            cell(item.places(probe)),
            cell(entry.places(probe)),
            cell(json_places(&json["items"][0], "", probe)),
        ];
        let shown = if page.contains(probe) { "yes" } else { "–" };
        table += &format!("| {element} | {} | {shown} |\n", places.join(" | "));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/passed-on.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, table, "UPDATE_EXPECT=1 writes {}", path.display());
}
