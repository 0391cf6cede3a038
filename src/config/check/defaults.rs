//! Keys of a source that are inherited: `[defaults]`, `[channel.defaults]`, `[[source]]`.

use std::ops::Range;
use std::time::Duration;

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use crate::config::read::{self, Table};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::{FullText, Future, IdentityKey, Source, Undated, units};

/// Words of `full_text`.
const FULL_TEXT: &[(&str, FullText)] = &[
    ("auto", FullText::Auto),
    ("always", FullText::Always),
    ("never", FullText::Never),
];

/// Words of `identity`.
const RUNGS: &[(&str, IdentityKey)] = &[
    ("guid", IdentityKey::Guid),
    ("link", IdentityKey::Link),
    ("title+date", IdentityKey::TitleDate),
    ("content", IdentityKey::Content),
];

/// Words of `future`.
const FUTURE: &[(&str, Future)] = &[("clamp", Future::Clamp), ("hold", Future::Hold)];

/// Words of `undated`.
const UNDATED: &[(&str, Undated)] = &[("first_seen", Undated::FirstSeen), ("drop", Undated::Drop)];

/// Keys of a source that are never inherited.
const OWN: &[&str] = &[
    "id", "type", "url", "site_url", "title", "enabled", "list", "article", "expect", "test",
    "auth", "headers", "tls_ca", "tls_cert", "tls_key", "filter", "rewrite",
];

/// Inheritable keys as one table has them: `[defaults]`, `[channel.defaults]` or `[[source]]`;
/// `None` is inherited.
#[derive(Debug, Default)]
pub(super) struct SourceDefaults {
    interval: Option<(Duration, Range<usize>)>,
    min_interval: Option<Duration>,
    max_interval: Option<Duration>,
    timeout: Option<Duration>,
    encoding: Option<&'static Encoding>,
    pub(super) timezone: Option<TimeZone>,
    language: Option<String>,
    priority: Option<i32>,
    dedupe: Option<bool>,
    full_text: Option<FullText>,
    strip_params: Option<Vec<String>>,
    websub: Option<bool>,
    identity: Option<Vec<IdentityKey>>,
    trust_guid: Option<bool>,
    max_new_per_day: Option<u32>,
    future: Option<Future>,
    undated: Option<Undated>,
}

impl SourceDefaults {
    /// Reads these keys out of a table that may hold others too.
    pub(super) fn read(table: &mut Table<'_>, problems: &mut Diagnostics) -> SourceDefaults {
        let pace = || read::duration(Duration::from_secs(1)..=Duration::from_secs(30 * 86_400));
        SourceDefaults {
            interval: table.read("interval", problems, |value| {
                Ok((pace()(value)?, value.at()))
            }),
            min_interval: table.read("min_interval", problems, pace()),
            max_interval: table.read("max_interval", problems, pace()),
            timeout: table.read("timeout", problems, super::server::timeout()),
            encoding: table.read("encoding", problems, read::encoding),
            timezone: table.read("timezone", problems, read::timezone),
            language: table.read("language", problems, read::language),
            priority: table.read("priority", problems, read::whole(-1000..=1000)),
            dedupe: table.read("dedupe", problems, read::flag),
            full_text: table.read("full_text", problems, read::word(FULL_TEXT)),
            strip_params: table.read_list("strip_params", problems, read::text),
            websub: table.read("websub", problems, read::flag),
            identity: table.read_list("identity", problems, read::word(RUNGS)),
            trust_guid: table.read("trust_guid", problems, read::flag),
            max_new_per_day: table.read("max_new_per_day", problems, read::whole(1..=1_000_000)),
            future: table.read("future", problems, read::word(FUTURE)),
            undated: table.read("undated", problems, read::word(UNDATED)),
        }
    }

    /// Reads a table that holds nothing but these keys.
    pub(super) fn alone(mut table: Table<'_>, problems: &mut Diagnostics) -> SourceDefaults {
        let tuning = SourceDefaults::read(&mut table, problems);
        table.refuse(
            OWN,
            "it is not inherited; write it in each [[source]]",
            problems,
        );
        table.finish(&[], problems);
        tuning
    }

    /// Sets the fields of `source` that this table has; `interval_at` becomes the place where its
    /// interval was typed.
    pub(super) fn tell(&self, source: &mut Source, interval_at: &mut Option<Range<usize>>) {
        if let Some((interval, at)) = &self.interval {
            source.interval = *interval;
            *interval_at = Some(at.clone());
        }
        tell(&mut source.min_interval, &self.min_interval);
        tell(&mut source.max_interval, &self.max_interval);
        tell(&mut source.timeout, &self.timeout);
        tell(&mut source.timezone, &self.timezone);
        tell(&mut source.priority, &self.priority);
        tell(&mut source.dedupe, &self.dedupe);
        tell(&mut source.full_text, &self.full_text);
        tell(&mut source.strip_params, &self.strip_params);
        tell(&mut source.websub, &self.websub);
        if self
            .identity
            .as_ref()
            .is_some_and(|ladder| !ladder.is_empty())
        {
            tell(&mut source.identity, &self.identity);
        }
        tell(&mut source.max_new_per_day, &self.max_new_per_day);
        tell(&mut source.future, &self.future);
        tell(&mut source.undated, &self.undated);
        source.trust_guid = self.trust_guid.or(source.trust_guid);
        source.encoding = self.encoding.or(source.encoding);
        if self.language.is_some() {
            source.language.clone_from(&self.language);
        }
    }
}

/// Raises an interval below `min_interval` to it, with a warning where it was typed; raises
/// `max_interval` to the interval.
pub(super) fn raise(
    source: &mut Source,
    interval_at: Option<Range<usize>>,
    problems: &mut Diagnostics,
) {
    if source.interval >= source.min_interval {
        source.max_interval = source.max_interval.max(source.interval);
        return;
    }
    if let Some(at) = interval_at {
        let (asked, floor) = (
            units::written(source.interval),
            units::written(source.min_interval),
        );
        problems.warn(Diagnostic::at(
            at,
            format!("`interval`: {asked} is below `min_interval`, polling every {floor} instead"),
        ));
    }
    source.interval = source.min_interval;
    source.max_interval = source.max_interval.max(source.interval);
}

fn tell<T: Clone>(place: &mut T, told: &Option<T>) {
    if let Some(value) = told {
        place.clone_from(value);
    }
}
