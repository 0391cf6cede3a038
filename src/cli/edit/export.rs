//! `gazetted export-opml`: the sources as OPML, for other readers.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::cli::EXIT_CONFIG;
use crate::config::{Config, Source};
use crate::model::ChannelId;
use crate::source::Reader;

/// Arguments of `gazetted export-opml`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportOpml {
    /// The configuration
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
}

/// Writes the sources on standard output, nested by channel.
pub(super) fn run(arguments: &ExportOpml) -> anyhow::Result<ExitCode> {
    let config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{problems}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    let mut out = io::stdout().lock();
    out.write_all(&opml(&config)?)?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}

fn opml(config: &Config) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("opml")
        .with_attribute(("version", "2.0"))
        .write_inner_content(|xml| {
            xml.create_element("head").write_inner_content(|xml| {
                let title = BytesText::new(&config.server.title);
                xml.create_element("title").write_text_content(title)?;
                Ok(())
            })?;
            xml.create_element("body")
                .write_inner_content(|xml| branch(xml, config, &ChannelId::root()))?;
            Ok(())
        })?;
    Ok(xml.into_inner())
}

/// Writes the sources of a channel, and a folder for each channel below it that has any.
fn branch(xml: &mut Writer<Vec<u8>>, config: &Config, channel: &ChannelId) -> io::Result<()> {
    let own = config.sources.values();
    for source in own.filter(|source| source.id.channel() == *channel) {
        xml.write_event(Event::Empty(outline(source)))?;
    }
    for child in config.children(channel) {
        let is_below = |source: &&std::sync::Arc<Source>| {
            source.id.channel().lineage().any(|above| above == child.id)
        };
        if !config.sources.values().any(|source| is_below(&source)) {
            continue;
        }
        let mut folder = BytesStart::new("outline");
        folder.push_attribute(("text", child.title.as_str()));
        xml.write_event(Event::Start(folder))?;
        branch(xml, config, &child.id)?;
        xml.write_event(Event::End(BytesEnd::new("outline")))?;
    }
    Ok(())
}

/// Makes the outline of a source: a feed to subscribe to, or a link to a page that is none.
fn outline(source: &Source) -> BytesStart<'static> {
    let title = source
        .title
        .clone()
        .unwrap_or_else(|| source.id.to_string());
    let mut outline = BytesStart::new("outline");
    outline.push_attribute(("text", title.as_str()));
    match &source.reader {
        Reader::Feed => {
            outline.push_attribute(("type", "rss"));
            outline.push_attribute(("xmlUrl", source.url.as_str()));
        }
        Reader::Page(_) | Reader::Json(_) | Reader::Sitemap(_) => {
            outline.push_attribute(("type", "link"));
            outline.push_attribute(("url", source.url.as_str()));
        }
    }
    if let Some(home) = &source.site_url {
        outline.push_attribute(("htmlUrl", home.as_str()));
    }
    outline
}
