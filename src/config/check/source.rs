//! `[[source]]`

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::channel::Declared;
use super::page;
use super::tuning::{self, Tuning};
use crate::config::Source;
use crate::config::fault::{Fault, Problems};
use crate::config::read::{self, Table, Value};
use crate::model::{ChannelId, SourceId, WebUrl};
use crate::source::Reader;

/// The words of `type`.
const KINDS: &[(&str, Kind)] = &[
    ("auto", Kind::Auto),
    ("feed", Kind::Feed),
    ("page", Kind::Page),
];

/// Tables of a page.
const OF_PAGES: &[&str] = &["article", "list"];

/// What the least of a list is.
const ENTRIES: &str = "say at least which elements are entries: `item = \"ul.news li\"`";

#[derive(Clone, Copy)]
enum Kind {
    Auto,
    Feed,
    Page,
}

/// What sources stand on.
pub(super) struct Ground<'a> {
    /// `[http] timeout`
    pub(super) timeout: Duration,
    /// `[defaults]`
    pub(super) defaults: &'a Tuning,
    /// For their `[channel.defaults]`.
    pub(super) channels: &'a BTreeMap<ChannelId, Declared>,
}

/// All `[[source]]` tables by their id.
pub(super) fn sources(
    tables: Vec<Table<'_>>,
    ground: &Ground<'_>,
    problems: &mut Problems,
) -> BTreeMap<SourceId, Source> {
    let mut all = BTreeMap::new();
    let mut ids: BTreeMap<SourceId, Range<usize>> = BTreeMap::new();
    let mut urls: BTreeMap<WebUrl, SourceId> = BTreeMap::new();
    for mut table in tables {
        let id = table.need("id", problems, |value| Ok((id(value)?, value.at())));
        let url = table.need("url", problems, |value| {
            Ok((read::web_url(value)?, value.at()))
        });
        let own = Own::read(table, problems);
        let Some((id, id_at)) = id else {
            continue;
        };
        if let Some(first) = ids.get(&id) {
            let message = format!("source `{id}` is there twice");
            problems.add(Fault::at(id_at, message).first_at(first.clone()));
            continue;
        }
        ids.insert(id.clone(), id_at);
        let (Some((url, url_at)), Some(own)) = (url, own) else {
            continue;
        };
        if let Some(other) = urls.insert(url.clone(), id.clone()) {
            let message = format!("`{id}` has the same address as `{other}`: it is polled twice");
            problems.warn(Fault::at(url_at, message));
        }
        all.insert(id.clone(), own.source(id, url, ground, problems));
    }
    all
}

/// What one `[[source]]` says besides its id and address.
struct Own {
    title: Option<String>,
    site_url: Option<WebUrl>,
    enabled: Option<bool>,
    tuning: Tuning,
    reader: Reader,
}

impl Own {
    fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Own> {
        let kind = match table.get("type") {
            Some(_) => table.read("type", problems, read::word(KINDS)),
            None => Some(Kind::Auto),
        };
        let own = Own {
            title: table.read("title", problems, read::text),
            site_url: table.read("site_url", problems, read::web_url),
            enabled: table.read("enabled", problems, read::flag),
            tuning: Tuning::read(&mut table, problems),
            reader: reader(kind, &mut table, problems),
        };
        table.finish(tuning::LATER, problems);
        kind.map(|_| own)
    }

    fn source(
        self,
        id: SourceId,
        url: WebUrl,
        ground: &Ground<'_>,
        problems: &mut Problems,
    ) -> Source {
        let lineage: Vec<ChannelId> = id.channel().lineage().collect();
        let mut source = Source::new(id, url, self.reader);
        source.title = self.title;
        source.site_url = self.site_url;
        source.enabled = self.enabled.unwrap_or(source.enabled);
        source.timeout = ground.timeout;
        let mut interval_at = None;
        let channels = lineage.iter().rev();
        let inherited = channels.filter_map(|channel| ground.channels.get(channel));
        let inherited = inherited.map(|channel| &channel.defaults);
        for tuning in [ground.defaults]
            .into_iter()
            .chain(inherited)
            .chain([&self.tuning])
        {
            tuning.tell(&mut source, &mut interval_at);
        }
        tuning::raise(&mut source, interval_at, problems);
        source
    }
}

fn reader(kind: Option<Kind>, table: &mut Table<'_>, problems: &mut Problems) -> Reader {
    let kind = match kind {
        Some(Kind::Page) => {
            if table.get("list").is_none() {
                let fault = Fault::at(table.at(), "a page needs [source.list]");
                problems.lacking(fault.help(ENTRIES));
            }
            None
        }
        // Whatever it was meant to be, its rules can be looked at.
        None => None,
        Some(Kind::Auto) => Some(Reader::Auto),
        Some(Kind::Feed) => Some(Reader::Feed),
    };
    match kind {
        Some(reader) => {
            table.refuse(
                OF_PAGES,
                "it is read only where `type = \"page\"`",
                problems,
            );
            reader
        }
        None => Reader::Page(Box::new(page::rules(table, problems))),
    }
}

fn id(value: Value<'_>) -> Result<SourceId, Fault> {
    let found = value.str("a name in quotes")?;
    let id = found
        .parse()
        .map_err(|error| super::bad_id(value, found, &error))?;
    match super::reserved(found) {
        Some(word) => Err(super::taken(value, word)),
        None => Ok(id),
    }
}
