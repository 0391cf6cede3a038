//! `[rule."…".list]` and `[rule."…".article]`.

use std::collections::BTreeSet;

use super::page;
use crate::config::HostRules;
use crate::config::read::{self, Table};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;

/// Reads `[rule."…"]`, most specific pattern first.
pub(super) fn rules(table: Option<Table<'_>>, problems: &mut Diagnostics) -> Vec<HostRules> {
    let Some(table) = table else {
        return Vec::new();
    };
    if problems.is_describing() {
        return vec![of_host(String::new(), Table::empty("[rule]"), problems)];
    }
    let mut rules: Vec<HostRules> = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, at, value) in table.rest() {
        let Some(pattern) = read::host_pattern(key) else {
            let fault = Diagnostic::at(at, format!("{} is not a host", quoted(key)));
            problems.add(
                fault.help("write [rule.\"example.cn\".list] or [rule.\"*.example.cn\".article]"),
            );
            continue;
        };
        if !seen.insert(pattern.clone()) {
            let message = format!("{} is there twice", quoted(&pattern));
            problems.add(Diagnostic::at(at, message));
            continue;
        }
        if let Some(table) = problems.take(Table::of("[rule]", value)) {
            rules.push(of_host(pattern, table, problems));
        }
    }
    rules.sort_by_key(|rule| {
        let length = usize::MAX - rule.pattern.len();
        (rule.pattern.starts_with('*'), length)
    });
    rules
}

fn of_host(pattern: String, mut table: Table<'_>, problems: &mut Diagnostics) -> HostRules {
    let list = table.table("list", "[rule.list]", problems);
    let article = table.table("article", "[rule.article]", problems);
    let rules = HostRules {
        pattern,
        list: list.map(|table| page::list_rules(table, problems)),
        article: article.map(|table| page::article_rules(table, problems)),
    };
    table.finish(&[], problems);
    rules
}
