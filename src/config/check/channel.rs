//! `[[channel]]`, and the tree that channels and sources make.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::defaults::SourceDefaults;
use super::filter::Target;
use super::id::id;
use super::server::{LIMITS, kept};
use crate::config::read::{self, Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::{Channel, Dedupe, Server};
use crate::model::{ChannelId, SourceId, StoryId, WebUrl};

/// Words of `dedupe`.
const DEDUPE: &[(&str, Dedupe)] = &[
    ("off", Dedupe::Off),
    ("exact", Dedupe::Exact),
    ("near", Dedupe::Near),
    ("story", Dedupe::Story),
];

/// Keys of later versions.
const LATER: &[&str] = &[
    "exclude",
    "filter",
    "full_text",
    "hub",
    "image",
    "include",
    "per_source_max",
    "region",
];

/// Keys that are those of sources.
const OF_SOURCES: &[&str] = &[
    "encoding",
    "interval",
    "min_interval",
    "priority",
    "strip_params",
    "timeout",
];

/// One `[[channel]]` table as written; `None` is inherited or a default.
#[derive(Debug)]
pub(super) struct Declared {
    at: Range<usize>,
    /// Position among the tables of channels.
    position: usize,
    timezone: Option<TimeZone>,
    title: Option<String>,
    description: Option<String>,
    link: Option<WebUrl>,
    language: Option<String>,
    limit: Option<usize>,
    max_age: Option<Duration>,
    retention: Option<Duration>,
    max_items: Option<usize>,
    dedupe: Option<Dedupe>,
    dedupe_window: Option<Duration>,
    picks: Option<Vec<StoryId>>,
    places: Option<Vec<String>>,
    /// `[channel.defaults]`.
    pub(super) defaults: SourceDefaults,
}

/// Reads all `[[channel]]` tables, by their id; a second one of the same id is a problem.
pub(super) fn declared(
    tables: Vec<Table<'_>>,
    problems: &mut Diagnostics,
) -> BTreeMap<ChannelId, Declared> {
    let mut all: BTreeMap<ChannelId, Declared> = BTreeMap::new();
    for (position, mut table) in tables.into_iter().enumerate() {
        let id = table.need("id", problems, |value| Ok((id(value)?, value.at())));
        let at = id.as_ref().map_or(table.at(), |(_, at)| at.clone());
        let declared = Declared {
            position,
            ..channel(at, table, problems)
        };
        let Some((id, at)) = id else {
            continue;
        };
        match all.get(&id) {
            Some(first) => problems.add(
                Diagnostic::at(at, format!("channel `{id}` is there twice"))
                    .first_at(first.at.clone()),
            ),
            None => {
                all.insert(id, declared);
            }
        }
    }
    all
}

fn channel(at: Range<usize>, mut table: Table<'_>, problems: &mut Diagnostics) -> Declared {
    let age = Duration::from_secs(60)..=Duration::from_secs(36_500 * 86_400);
    let window = Duration::from_secs(60)..=Duration::from_secs(14 * 86_400);
    let defaults = table.table("defaults", "[channel.defaults]", problems);
    let declared = Declared {
        at,
        position: 0,
        timezone: table.read("timezone", problems, read::timezone),
        title: table.read("title", problems, read::text),
        description: table.read("description", problems, read::text),
        link: table.read("link", problems, read::web_url),
        language: table.read("language", problems, read::language),
        limit: table.read("limit", problems, read::whole(LIMITS)),
        max_age: table.read("max_age", problems, read::duration(age)),
        retention: table.read("retention", problems, read::duration(kept())),
        max_items: table.read("max_items", problems, read::whole(1..=1_000_000)),
        dedupe: table.read("dedupe", problems, read::word(DEDUPE)),
        dedupe_window: table.read("dedupe_window", problems, read::duration(window)),
        picks: table.read_list("picks", problems, story),
        places: table.read_list("places", problems, read::text),
        defaults: defaults.map_or_else(SourceDefaults::default, |table| {
            SourceDefaults::alone(table, problems)
        }),
    };
    table.refuse(OF_SOURCES, "write it in [channel.defaults]", problems);
    table.finish(LATER, problems);
    declared
}

/// Reads the id of a story; the address of its page ends in it.
fn story(value: TomlValue<'_>) -> Result<StoryId, Diagnostic> {
    let text = read::text(value)?;
    let id = text.rsplit('/').next().unwrap_or_default();
    id.parse().map_err(|_| {
        let fault = value.fault(format!("{} is not a story", quoted(&text)));
        fault.help("write its id, as behind /story/ in an address: 32 hexadecimal digits")
    })
}

/// Builds every channel: those declared, those of sources, and all above them.
pub(super) fn tree<'a>(
    mut declared: BTreeMap<ChannelId, Declared>,
    sources: impl Iterator<Item = &'a SourceId>,
    targets: &[Target],
    server: &Server,
    problems: &mut Diagnostics,
) -> BTreeMap<ChannelId, Channel> {
    let with_sources: BTreeSet<ChannelId> = sources.flat_map(|id| id.channel().lineage()).collect();
    let is_target = |id: &ChannelId| targets.iter().any(|(to, _)| to == id);
    for (to, at) in targets {
        if !declared.contains_key(to) && !with_sources.contains(to) {
            let fault = Diagnostic::at(at.clone(), format!("there is no channel `{to}`"));
            problems.add(fault.help("declare it as a [[channel]]"));
        }
    }
    for (id, table) in &declared {
        let has_places = table
            .places
            .as_ref()
            .is_some_and(|places| !places.is_empty());
        if !with_sources.contains(id) && !is_target(id) && !has_places {
            let message = format!("channel `{id}` stays empty: no source stands in or below it");
            problems.warn(Diagnostic::at(table.at.clone(), message));
        }
    }
    let mut ids: BTreeSet<ChannelId> = declared.keys().flat_map(ChannelId::lineage).collect();
    ids.extend(with_sources);
    ids.insert(ChannelId::root());
    let mut channels: BTreeMap<ChannelId, Channel> = BTreeMap::new();
    // Names sort parents before children, so what is inherited is there.
    for id in ids {
        let parent = id.parent().and_then(|parent| channels.get(&parent));
        let language = parent.map_or(&server.language, |parent| &parent.language);
        let mut channel = Channel::new(id.clone(), language);
        if id.is_root() {
            channel.title.clone_from(&server.title);
            channel.limit = server.limit;
        }
        if let Some(parent) = parent {
            channel.dedupe = parent.dedupe;
            channel.dedupe_window = parent.dedupe_window;
            channel.timezone.clone_from(&parent.timezone);
        }
        if let Some(table) = declared.remove(&id) {
            table.tell(&mut channel);
        }
        channels.insert(id, channel);
    }
    channels
}

impl Declared {
    fn tell(self, channel: &mut Channel) {
        let before = channel.clone();
        *channel = Channel {
            id: before.id,
            title: self.title.unwrap_or(before.title),
            description: self.description,
            link: self.link,
            language: self.language.unwrap_or(before.language),
            limit: self.limit.unwrap_or(before.limit),
            max_age: self.max_age,
            retention: self.retention,
            max_items: self.max_items,
            dedupe: self.dedupe.unwrap_or(before.dedupe),
            dedupe_window: self.dedupe_window.unwrap_or(before.dedupe_window),
            timezone: self.timezone.or(before.timezone),
            position: self.position,
            picks: self.picks.unwrap_or_default(),
            places: self.places.unwrap_or_default(),
        };
    }
}
