//! `[[source]]` tables.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::channel::Declared;
use super::defaults;
use super::defaults::SourceDefaults;
use super::expect;
use super::filter::{self, Target};
use super::id::id;
use super::page;
use crate::config::read::{self, Table};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::{Access, Expect, Filter, HostRules, Rewrite, Source, Trial};
use crate::model::{ChannelId, SourceId, WebUrl};
use crate::source::page::{ArticleRules, Rules};
use crate::source::{Reader, json};
use crate::text::identifiers::secret;

/// Words of `type`.
const KINDS: &[(&str, SourceKind)] = &[
    ("auto", SourceKind::Feed),
    ("feed", SourceKind::Feed),
    ("page", SourceKind::Page),
    ("json", SourceKind::Json),
    ("sitemap", SourceKind::Sitemap),
];

/// Tables that feeds do not have.
const OF_LISTS: &[&str] = &["list"];

#[derive(Clone, Copy)]
enum SourceKind {
    Feed,
    Page,
    Json,
    Sitemap,
}

/// Tables that sources inherit from.
pub(super) struct Ground<'a> {
    /// `[http] timeout`.
    pub(super) timeout: Duration,
    /// `[defaults]`.
    pub(super) defaults: &'a SourceDefaults,
    /// Declared channels, for their `[channel.defaults]`.
    pub(super) channels: &'a BTreeMap<ChannelId, Declared>,
    /// `[rule."…"]`, most specific pattern first.
    pub(super) rules: &'a [HostRules],
}

/// Reads all `[[source]]` tables, by their id.
///
/// A second one of the same id is a problem, of the same address a warning. The channels that
/// filters name are added to `targets`.
pub(super) fn sources(
    tables: Vec<Table<'_>>,
    ground: &Ground<'_>,
    targets: &mut Vec<Target>,
    problems: &mut Diagnostics,
) -> BTreeMap<SourceId, Source> {
    let mut all = BTreeMap::new();
    let mut ids: BTreeMap<SourceId, Range<usize>> = BTreeMap::new();
    let mut urls: BTreeMap<WebUrl, SourceId> = BTreeMap::new();
    for mut table in tables {
        let id = table.need("id", problems, |value| Ok((id(value)?, value.at())));
        let url = table.need("url", problems, |value| {
            Ok((read::web_url(value)?, value.at()))
        });
        let own = Own::read(table, targets, problems);
        let Some((id, id_at)) = id else {
            continue;
        };
        if let Some(first) = ids.get(&id) {
            let message = format!("source `{id}` is there twice");
            problems.add(Diagnostic::at(id_at, message).first_at(first.clone()));
            continue;
        }
        ids.insert(id.clone(), id_at);
        let (Some((url, url_at)), Some(own)) = (url, own) else {
            continue;
        };
        if secret::is_in(&url) {
            let message = format!("there is a secret in the address of `{id}`");
            let help = "readers are not shown it; give it as `auth` or `headers`, from a file or \
                        the environment, if the server takes it so";
            problems.warn(Diagnostic::at(url_at.clone(), message).help(help));
        }
        if let Some(other) = urls.insert(url.clone(), id.clone()) {
            let message = format!("`{id}` has the same address as `{other}`: it is polled twice");
            problems.warn(Diagnostic::at(url_at, message));
        }
        all.insert(id.clone(), own.source(id, url, ground, problems));
    }
    for source in all.values() {
        let live = source.was.iter().find(|former| ids.contains_key(*former));
        if let (Some(former), Some(at)) = (live, ids.get(&source.id)) {
            let message = format!("`{}` was `{former}`, and that is a source still", source.id);
            problems.add(Diagnostic::at(at.clone(), message));
        }
    }
    all
}

/// One `[[source]]` table as written, without its id and address; `None` is inherited or a default.
struct Own {
    was: Option<Vec<SourceId>>,
    title: Option<String>,
    site_url: Option<WebUrl>,
    enabled: Option<bool>,
    tuning: SourceDefaults,
    access: Access,
    reader: Reader,
    article: Option<ArticleRules>,
    expect: Expect,
    trials: Vec<Trial>,
    filters: Vec<Filter>,
    rewrites: Vec<Rewrite>,
}

impl Own {
    fn read(
        mut table: Table<'_>,
        targets: &mut Vec<Target>,
        problems: &mut Diagnostics,
    ) -> Option<Own> {
        let kind = match table.get("type") {
            None if !problems.is_describing() => Some(SourceKind::Feed),
            _ => table.read("type", problems, read::word(KINDS)),
        };
        let own = Own {
            was: table.read_list("was", problems, id),
            title: table.read("title", problems, read::text),
            site_url: table.read("site_url", problems, read::web_url),
            enabled: table.read("enabled", problems, read::flag),
            tuning: SourceDefaults::read(&mut table, problems),
            access: super::access::access(&mut table, problems),
            reader: reader(kind, &mut table, problems),
            article: table
                .table("article", "[source.article]", problems)
                .map(|table| page::article_rules(table, problems)),
            expect: table
                .table("expect", "[source.expect]", problems)
                .map_or_else(Expect::default, |table| expect::expect(table, problems)),
            trials: expect::trials(table.tables("test", "[[source.test]]", problems), problems),
            filters: filter::filters(
                table.tables("filter", "[[source.filter]]", problems),
                targets,
                problems,
            ),
            rewrites: filter::rewrites(
                table.tables("rewrite", "[[source.rewrite]]", problems),
                problems,
            ),
        };
        table.finish(&[], problems);
        kind.map(|_| own)
    }

    fn source(
        self,
        id: SourceId,
        url: WebUrl,
        ground: &Ground<'_>,
        problems: &mut Diagnostics,
    ) -> Source {
        let lineage: Vec<ChannelId> = id.channel().lineage().collect();
        let mut reader = self.reader;
        if let Reader::Page(rules) = &mut reader
            && rules.list.is_none()
        {
            let mut shared = ground.rules.iter().filter(|rule| rule.matches(&url.host()));
            rules.list = shared.find_map(|rule| rule.list.clone());
        }
        let mut source = Source::new(id, url, reader);
        source.article = self.article;
        source.expect = self.expect;
        source.trials = self.trials;
        source.access = self.access;
        source.filters = self.filters;
        source.rewrites = self.rewrites;
        source.was = self.was.unwrap_or_default();
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
        defaults::raise(&mut source, interval_at, problems);
        source
    }
}

fn reader(kind: Option<SourceKind>, table: &mut Table<'_>, problems: &mut Diagnostics) -> Reader {
    let feed = match kind {
        Some(SourceKind::Feed) => Reader::Feed,
        Some(SourceKind::Json) => {
            let list = table.table("list", "[source.list]", problems);
            let list = list.map(|table| page::json_rules(table, problems));
            return Reader::Json(Box::new(json::Rules {
                list: list.unwrap_or_default(),
            }));
        }
        Some(SourceKind::Sitemap) => {
            let list = table.table("list", "[source.list]", problems);
            let rules = list.map(|table| page::sitemap_rules(table, problems));
            return Reader::Sitemap(Box::new(rules.unwrap_or_default()));
        }
        // Whatever it was meant to be, its rules can be looked at.
        Some(SourceKind::Page) | None => {
            let list = table.table("list", "[source.list]", problems);
            let list = list.map(|table| page::list_rules(table, problems));
            return Reader::Page(Box::new(Rules { list }));
        }
    };
    let help = "it is read only where `type` is \"page\", \"json\" or \"sitemap\"";
    table.refuse(OF_LISTS, help, problems);
    feed
}
