//! Lists of our own documents: OPML 2.0 of all channels, nested by region, and a sitemap.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::xml::legal;
use super::{Address, Format, Site, View, tree};
use crate::config::Channel;
use crate::model::ChannelId;

/// Channels directly below each.
type Tree<'a> = BTreeMap<ChannelId, Vec<&'a Channel>>;

/// Renders the list of all channels, each once, with their feeds in one format.
///
/// A story has one id in all formats, and readers that know entries by id alone keep one copy of
/// it, in whichever feed they saw it last: so no list names two feeds of one channel.
#[must_use]
pub fn render(site: &Site<'_>, format: Format) -> Vec<u8> {
    write(site, format).expect("memory can be written to")
}

/// Renders a sitemap (sitemaps.org 0.9) of whole addresses, each with the time of its last change.
#[must_use]
pub fn sitemap(pages: &[(String, Option<Timestamp>)]) -> Vec<u8> {
    write_sitemap(pages).expect("memory can be written to")
}

fn write_sitemap(pages: &[(String, Option<Timestamp>)]) -> io::Result<Vec<u8>> {
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 1);
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = out.create_element("urlset");
    let all = all.with_attribute(("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"));
    all.write_inner_content(|out| {
        for (address, changed) in pages {
            out.create_element("url").write_inner_content(|out| {
                let address = BytesText::new(address);
                out.create_element("loc").write_text_content(address)?;
                if let Some(changed) = changed {
                    let changed = changed.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                    let changed = BytesText::new(&changed);
                    out.create_element("lastmod").write_text_content(changed)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(out.into_inner())
}

fn write(site: &Site<'_>, format: Format) -> io::Result<Vec<u8>> {
    let root = ChannelId::root();
    let tree = tree(site.config);
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("opml")
        .with_attribute(("version", "2.0"))
        .write_inner_content(|xml| {
            xml.create_element("head").write_inner_content(|xml| {
                let title = legal(&site.config.server.title);
                xml.create_element("title")
                    .write_text_content(BytesText::new(&title))?;
                xml.create_element("docs")
                    .write_text_content(BytesText::new("https://opml.org/spec2.opml"))?;
                Ok(())
            })?;
            xml.create_element("body").write_inner_content(|xml| {
                if let Some(root) = site.config.channels.get(&root) {
                    xml.write_event(Event::Empty(outline(site, root, format)))?;
                }
                branch(xml, (site, &tree, format), &root)
            })?;
            Ok(())
        })?;
    let mut document = xml.into_inner();
    document.push(b'\n');
    Ok(document)
}

/// Writes every channel directly below `parent`, and what is below that. As deep as a
/// channel's name has segments, which is little.
///
/// A channel with children is a folder that holds its own feed first: importers (Miniflux,
/// for one) do not look below an outline that is a feed itself.
fn branch(
    xml: &mut Writer<Vec<u8>>,
    list @ (site, tree, format): (&Site<'_>, &Tree<'_>, Format),
    parent: &ChannelId,
) -> io::Result<()> {
    for channel in tree.get(parent).into_iter().flatten() {
        let is_folder = tree.contains_key(&channel.id);
        if is_folder {
            xml.write_event(Event::Start(folder(site, channel)))?;
        }
        xml.write_event(Event::Empty(outline(site, channel, format)))?;
        if is_folder {
            branch(xml, list, &channel.id)?;
            xml.write_event(Event::End(BytesEnd::new("outline")))?;
        }
    }
    Ok(())
}

fn folder(site: &Site<'_>, channel: &Channel) -> BytesStart<'static> {
    let mut folder = BytesStart::new("outline");
    folder.push_attribute(("text", &*legal(site.title(channel))));
    folder
}

/// Builds the outline of a channel's feed. Its `type` is `rss` whatever the format, as no importer
/// looks for another (OPML 2.0: any of RSS 1.0, RSS 2.0, Atom).
fn outline(site: &Site<'_>, channel: &Channel, format: Format) -> BytesStart<'static> {
    let title = legal(site.title(channel));
    let feed = Address::Feed(&channel.id, View::Newest, format).under(site.public_url);
    let listing = Address::Listing(&channel.id, View::Newest).under(site.public_url);
    let mut outline = BytesStart::new("outline");
    outline.push_attribute(("text", &*title));
    outline.push_attribute(("title", &*title));
    outline.push_attribute(("type", "rss"));
    outline.push_attribute(("xmlUrl", feed.as_str()));
    outline.push_attribute(("htmlUrl", listing.as_str()));
    outline.push_attribute(("language", &*legal(&channel.language)));
    if let Some(description) = &channel.description {
        outline.push_attribute(("description", &*legal(description)));
    }
    outline
}
