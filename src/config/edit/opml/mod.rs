//! OPML of another reader as sources: folders become channels, the rules of FreshRSS
//! (`frss:` attributes) and of Miniflux are mapped, and what cannot be is listed.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::text::{slug, slug_of};
use super::{Editor, NewSource, Setting};
use crate::model::{ChannelId, RESERVED, SourceId, WebUrl};

mod rules;

/// Deepest nesting of outlines; deeper ones count as if they stood here.
const MAX_DEPTH: usize = 6;

/// Channel of feeds that stand in no folder.
const HOMELESS: &str = "imported";

/// Reason why a file is no OPML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOpml {
    /// No XML.
    #[error("this is no XML: {0}")]
    Xml(String),
    /// No outline with the address of a feed in it.
    #[error("no outline of it has the address of a feed (xmlUrl)")]
    Empty,
}

/// Result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Ids of the sources that were added.
    pub added: Vec<String>,
    /// Addresses that were there before, or twice in the OPML.
    pub known: Vec<String>,
    /// Sentences about what was left out: a feed, and what of it.
    pub left_out: Vec<String>,
}

/// Attributes of an outline by local name.
pub(super) type Attributes = BTreeMap<String, String>;

/// Adds the feeds of an OPML to a configuration; those in no folder go to `channel`, all others below
/// it, if it is given.
///
/// # Errors
///
/// [`BadOpml`] if there is nothing to import.
pub fn import(
    editor: &mut Editor,
    opml: &str,
    channel: Option<&ChannelId>,
) -> Result<Imported, BadOpml> {
    let known = editor.values("url");
    let mut importing = Importing {
        known: known.iter().filter_map(|url| WebUrl::parse(url)).collect(),
        editor,
        top: channel.map(ToString::to_string),
        folders: Vec::new(),
        imported: Imported::default(),
        n_feeds: 0,
    };
    let mut reader = Reader::from_str(opml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if is_outline(&tag) => {
                let attributes = attributes(&tag)?;
                let folder = importing.outline(&attributes);
                importing.folders.push(folder);
            }
            Ok(Event::Empty(tag)) if is_outline(&tag) => {
                drop(importing.outline(&attributes(&tag)?))
            }
            Ok(Event::End(tag)) if tag.local_name().as_ref() == b"outline" => {
                importing.folders.pop();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(why) => return Err(BadOpml::Xml(why.to_string())),
        }
    }
    match importing.n_feeds {
        0 => Err(BadOpml::Empty),
        _ => Ok(importing.imported),
    }
}

fn is_outline(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref() == b"outline"
}

/// Reads the attributes of an outline, without their prefixes.
fn attributes(tag: &BytesStart<'_>) -> Result<Attributes, BadOpml> {
    let mut all = Attributes::new();
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|why| BadOpml::Xml(why.to_string()))?;
        let name = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        let text = String::from_utf8_lossy(&attribute.value);
        let text = unescape(&text).map_err(|why| BadOpml::Xml(why.to_string()))?;
        all.insert(name, text.trim().to_owned());
    }
    all.retain(|_, text| !text.is_empty());
    Ok(all)
}

/// Import under way.
struct Importing<'a> {
    editor: &'a mut Editor,
    /// Channel below which all goes.
    top: Option<String>,
    /// Folders that are open, the outermost first: id and title; `None` for an outline that is a feed.
    folders: Vec<Option<(String, String)>>,
    imported: Imported,
    /// Addresses of all sources, also those that were added.
    known: BTreeSet<WebUrl>,
    n_feeds: usize,
}

impl Importing<'_> {
    /// Takes an outline; returns the folder that it opens, if it is one.
    fn outline(&mut self, attributes: &Attributes) -> Option<(String, String)> {
        let text = |name: &str| attributes.get(name).map(String::as_str);
        let title = text("title")
            .or(text("text"))
            .unwrap_or_default()
            .to_owned();
        match text("xmlUrl") {
            Some(url) => {
                self.n_feeds += 1;
                self.feed(url, &title, attributes);
                None
            }
            None => {
                let id = slug(&title)?;
                let id = match RESERVED.contains(&id.as_str()) {
                    true => format!("{id}-news"),
                    false => id,
                };
                (self.folders.iter().flatten().count() < MAX_DEPTH).then_some((id, title))
            }
        }
    }

    fn feed(&mut self, url: &str, title: &str, attributes: &Attributes) {
        // Some readers write `feed:https://…`.
        let bare = url.strip_prefix("feed:").unwrap_or(url);
        let Some(address) = WebUrl::parse(bare) else {
            return self
                .imported
                .left_out
                .push(format!("{url}: no web address"));
        };
        let url = address.to_string();
        if !self.known.insert(address.clone()) {
            return self.imported.known.push(url);
        }
        let channel = self.channel();
        let name = slug(title).unwrap_or_else(|| slug_of(&address));
        let mut source = NewSource {
            id: format!("{channel}/{name}"),
            url: url.clone(),
            ..NewSource::default()
        };
        if source.id.parse::<SourceId>().is_err() {
            source.id = format!("{channel}/{}", slug_of(&address));
        }
        if !title.is_empty() {
            source.keys.push(("title", Setting::text(title)));
        }
        let home = attributes
            .get("htmlUrl")
            .and_then(|home| WebUrl::parse(home));
        if let Some(home) = home.filter(|home| *home != address) {
            source
                .keys
                .push(("site_url", Setting::text(home.to_string())));
        }
        let left_out = rules::map(attributes, &mut source);
        let id = self.editor.add_source(&source);
        let left_out = left_out.into_iter().map(|what| format!("{id}: {what}"));
        self.imported.left_out.extend(left_out);
        self.imported.added.push(id);
    }

    /// Returns the channel of the open folders, and declares them with their titles.
    fn channel(&mut self) -> String {
        let mut path = self.top.clone().unwrap_or_default();
        for (id, title) in self.folders.iter().flatten() {
            path = match path.as_str() {
                "" => id.clone(),
                above => format!("{above}/{id}"),
            };
            if path.parse::<ChannelId>().is_ok() {
                self.editor.add_channel(&path, title);
            }
        }
        match path.as_str() {
            "" => HOMELESS.to_owned(),
            _ => path,
        }
    }
}
