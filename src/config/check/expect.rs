//! `[source.expect]` and `[[source.test]]`.

use std::time::Duration;

use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::{Days, Expect, Trial};

/// Reads `[source.expect]`.
pub(super) fn expect(mut table: Table<'_>, problems: &mut Diagnostics) -> Expect {
    let hour = Duration::from_secs(3600);
    let expect = Expect {
        every: table.read("every", problems, read::duration(hour..=24 * 366 * hour)),
        min_items: table.read("min_items", problems, read::whole(1..=2000)),
        new_ratio_max: table.read("new_ratio_max", problems, read::share),
        days: table.read("days", problems, days).unwrap_or_default(),
    };
    table.finish(&[], problems);
    expect
}

fn days(value: TomlValue<'_>) -> Result<Days, Diagnostic> {
    let found = value.str("days in quotes, such as \"mon-fri\"")?;
    Days::parse(found).ok_or_else(|| {
        value
            .fault(format!("{} names no days", quoted(found)))
            .help("write it like \"mon-fri\" or \"mon,wed,sat-sun\"")
    })
}

/// Reads all `[[source.test]]` tables of a source.
pub(super) fn trials(tables: Vec<Table<'_>>, problems: &mut Diagnostics) -> Vec<Trial> {
    let mut trials = Vec::new();
    for mut table in tables {
        let trial = Trial {
            url: table.read("url", problems, read::web_url),
            title: table.read("title", problems, read::text),
            contains: table.read("contains", problems, read::text),
            min_items: table.read("min_items", problems, read::whole(1..=2000)),
            snapshot: table.read("snapshot", problems, read::path),
        };
        let asks_article = trial.title.is_some() || trial.contains.is_some();
        let fault = if asks_article && trial.min_items.is_some() {
            Some(("this is a list and an article", "`min_items` stands alone"))
        } else if asks_article && trial.url.is_none() {
            Some(("`title` and `contains` are of an article", "say its `url`"))
        } else if !asks_article && trial.min_items.is_none() {
            Some((
                "this asks for nothing",
                "say `title`, `contains` or `min_items`",
            ))
        } else {
            None
        };
        if let Some((message, help)) = fault {
            let message = format!("[[source.test]]: {message}");
            problems.lacking(Diagnostic::at(table.at(), message).help(help));
        }
        table.finish(&[], problems);
        trials.push(trial);
    }
    trials
}
