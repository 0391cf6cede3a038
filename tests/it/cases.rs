//! Which test holds which case of the catalogue of hostile inputs and faults
//! (188 numbers; the catalogue itself is no part of the project).
//!
//! A test that is named here exists, and the README states how many cases have
//! one: `UPDATE_EXPECT=1 cargo test --test it cases` writes that number.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A case, and the file and name of a test that fails where it is not held.
type Held = (u16, &'static str, &'static str);

/// How many cases the catalogue has.
const ALL: u16 = 188;

/// Addresses that must not be asked.
const ADDRESSES: &[Held] = &[
    (
        1,
        "src/fetch/guard.rs",
        "this_machine_is_refused_in_every_spelling",
    ),
    (
        2,
        "src/fetch/guard.rs",
        "an_address_inside_another_is_found",
    ),
];

/// Hostile HTTP origins.
const ORIGINS: &[Held] = &[
    (
        33,
        "tests/it/polite.rs",
        "who_does_not_let_us_in_is_asked_hours_later",
    ),
    (
        34,
        "tests/it/polite.rs",
        "gone_is_not_asked_again_and_the_operator_is_told",
    ),
    (
        35,
        "src/ingest/pace/tests.rs",
        "failures_double_the_wait_up_to_a_day_and_disable_nothing",
    ),
];

/// XML, JSON and HTML that attack the parser.
const PARSERS: &[Held] = &[];

/// Text and encodings.
const TEXTS: &[Held] = &[];

/// Links and content.
const CONTENTS: &[Held] = &[];

/// Identity, dates and updates.
const IDENTITIES: &[Held] = &[];

/// Polling, caching and politeness.
const POLITENESS: &[Held] = &[
    (
        104,
        "tests/it/polite.rs",
        "retry_after_is_kept_over_a_restart",
    ),
    (
        105,
        "tests/it/polite.rs",
        "a_retry_after_that_says_nothing_is_an_ordinary_back_off",
    ),
    (
        106,
        "tests/it/polite.rs",
        "a_throttling_host_holds_all_its_sources_and_one_broken_page_none",
    ),
    (
        107,
        "tests/it/survive.rs",
        "validators_are_shown_byte_for_byte_also_when_only_they_have_changed",
    ),
    (
        108,
        "tests/it/survive.rs",
        "validators_are_shown_byte_for_byte_also_when_only_they_have_changed",
    ),
    (
        109,
        "src/ingest/pace/tests.rs",
        "a_server_that_never_notices_a_change_is_asked_for_everything",
    ),
    (
        110,
        "tests/it/survive.rs",
        "not_modified_without_having_been_asked_so_is_a_failure",
    ),
    (
        111,
        "tests/it/survive.rs",
        "validators_of_what_could_not_be_read_are_not_kept",
    ),
    (
        114,
        "tests/it/polite.rs",
        "hints_of_the_document_and_of_http_are_maxima_within_limits",
    ),
    (116, "tests/it/polite.rs", "twenty_restarts_ask_once"),
    (
        117,
        "src/ingest/pace/tests.rs",
        "the_start_of_many_is_spread_and_that_of_few_is_soon",
    ),
    (
        118,
        "tests/it/polite.rs",
        "names_and_addresses_of_one_machine_are_one_host",
    ),
    (
        120,
        "src/poll/queue/tests.rs",
        "slow_sources_hold_half_of_the_places",
    ),
];

/// Our own server under attack.
const SERVER: &[Held] = &[
    (
        125,
        "src/serve/accept/tests.rs",
        "silence_and_half_requests_end_at_the_deadline",
    ),
    (
        125,
        "src/serve/accept/tests.rs",
        "a_client_that_reads_nothing_is_given_up",
    ),
    (125, "src/serve/accept/tests.rs", "one_too_many_is_told_so"),
    (
        126,
        "tests/it/protocol.rs",
        "ten_thousand_readers_who_hold_it_get_no_body",
    ),
    (
        127,
        "tests/it/protocol.rs",
        "a_process_without_files_left_serves_again_when_it_has_some",
    ),
    (
        128,
        "tests/it/serve.rs",
        "a_feed_is_sent_once_and_then_confirmed",
    ),
    (128, "tests/it/serve.rs", "a_restart_changes_no_byte"),
    (
        128,
        "tests/it/protocol.rs",
        "a_head_is_an_answer_without_its_body",
    ),
    (
        129,
        "tests/it/protocol.rs",
        "only_the_coding_that_is_asked_for_changes_a_document",
    ),
    (
        129,
        "tests/it/serve.rs",
        "gzip_is_the_same_document_under_a_name_of_its_own",
    ),
    (
        130,
        "tests/it/protocol.rs",
        "what_proxies_read_differently_is_refused",
    ),
    (
        130,
        "tests/it/protocol.rs",
        "what_is_odd_but_clear_is_answered",
    ),
    (
        131,
        "tests/it/serve.rs",
        "links_to_ourselves_do_not_believe_the_client",
    ),
    (
        132,
        "tests/it/serve.rs",
        "a_wrong_address_gets_a_plain_page",
    ),
    (
        133,
        "tests/it/protocol.rs",
        "parameters_without_number_change_nothing",
    ),
    (
        134,
        "tests/it/protocol.rs",
        "nothing_is_done_for_who_only_asks_to",
    ),
    (
        134,
        "tests/it/websub.rs",
        "a_push_is_read_only_so_far_and_only_for_those_who_know_where",
    ),
    (
        135,
        "tests/it/protocol.rs",
        "nothing_is_done_for_who_only_asks_to",
    ),
    (
        137,
        "tests/it/protocol.rs",
        "only_the_coding_that_is_asked_for_changes_a_document",
    ),
    (
        137,
        "tests/it/protocol.rs",
        "what_went_wrong_is_kept_by_no_cache",
    ),
    (
        138,
        "tests/it/protocol.rs",
        "every_answer_says_what_browsers_may_do_with_it_and_not_who_we_are",
    ),
];

/// Storage, process and machine.
const MACHINE: &[Held] = &[
    (
        142,
        "tests/it/crash.rs",
        "what_was_reported_survives_kill_9",
    ),
    (
        143,
        "tests/it/crash.rs",
        "what_was_reported_survives_a_power_loss",
    ),
    (
        144,
        "tests/it/disk.rs",
        "a_full_disk_stops_fetching_and_nothing_else_also_at_start",
    ),
    (
        145,
        "tests/it/disk.rs",
        "a_limit_on_the_size_of_files_is_a_full_disk",
    ),
    (
        146,
        "tests/it/disk.rs",
        "a_disk_that_cannot_be_written_is_named_and_not_tried_for_ever",
    ),
    (
        147,
        "tests/it/store.rs",
        "every_kind_of_damage_costs_no_more_than_its_volume",
    ),
    (
        148,
        "tests/it/store.rs",
        "a_second_instance_is_told_and_the_first_goes_on",
    ),
    (
        149,
        "tests/it/store.rs",
        "a_newer_layout_is_refused_untouched",
    ),
    (
        151,
        "tests/it/backup.rs",
        "a_backup_of_the_running_daemon_restores_to_the_same_bytes",
    ),
    (
        152,
        "tests/it/retention.rs",
        "an_old_volume_goes_whole_and_its_space_comes_back_at_once",
    ),
    (
        155,
        "tests/it/survive.rs",
        "a_feed_that_kills_the_process_twice_is_skipped_and_the_others_are_not",
    ),
    (
        163,
        "src/ingest/pace/tests.rs",
        "an_outage_of_a_day_leaves_the_schedule_as_it_is",
    ),
    (
        164,
        "src/ingest/pace/tests.rs",
        "failures_double_the_wait_up_to_a_day_and_disable_nothing",
    ),
    (
        166,
        "src/poll/run.rs",
        "a_clock_that_was_wrong_freezes_nothing",
    ),
];

/// Configuration and reload.
const CONFIGURATION: &[Held] = &[];

/// WebSub, and several nodes.
const HUBS: &[Held] = &[
    (
        179,
        "tests/it/websub.rs",
        "only_what_we_asked_for_is_confirmed_and_only_once",
    ),
    (
        180,
        "tests/it/websub.rs",
        "a_push_counts_only_under_a_good_signature",
    ),
    (
        180,
        "tests/it/websub.rs",
        "a_push_is_read_only_so_far_and_only_for_those_who_know_where",
    ),
    (
        181,
        "tests/it/websub.rs",
        "a_hub_at_a_forbidden_address_is_not_asked",
    ),
    (
        181,
        "tests/it/websub.rs",
        "of_a_thousand_hubs_two_are_asked",
    ),
    (
        182,
        "tests/it/websub.rs",
        "every_subscription_has_a_secret_and_an_address_of_its_own",
    ),
];

fn all() -> impl Iterator<Item = Held> {
    let sections = [
        ADDRESSES,
        ORIGINS,
        PARSERS,
        TEXTS,
        CONTENTS,
        IDENTITIES,
        POLITENESS,
        SERVER,
        MACHINE,
        CONFIGURATION,
        HUBS,
    ];
    sections.into_iter().flatten().copied()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_names_a_test_that_is_there() {
    for (case, file, name) in all() {
        assert!((1..=ALL).contains(&case), "there is no case {case}");
        let text = fs::read_to_string(root().join(file))
            .unwrap_or_else(|why| panic!("case {case}: {file}: {why}"));
        assert!(
            is_test(&text, name),
            "case {case}: {file} has no test `{name}`"
        );
    }
}

/// Whether `text` has a function of that name with `#[test]` or
/// `#[tokio::test…]` among its attributes, and not ignored.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_named = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("fn ").and_then(|l| l.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('('))
    };
    let Some(at) = lines.iter().position(|line| is_named(line)) else {
        return false;
    };
    let head: Vec<&str> = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .copied()
        .collect();
    let is_marked = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    // Property tests stand inside `proptest!`, with the same attribute.
    head.iter().any(is_marked) && !head.iter().any(|line| line.starts_with("#[ignore"))
}

#[test]
fn the_readme_states_how_many_cases_are_held() {
    let held: BTreeSet<u16> = all().map(|(case, ..)| case).collect();
    let (before, after) = ("**", " of 188 catalogued hostile inputs and faults**");
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let end = text.find(after).expect("the README states the count");
    let start = text[..end].rfind(before).unwrap() + before.len();
    let stated = &text[start..end];
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = format!("{}{}{}", &text[..start], held.len(), &text[end..]);
        fs::write(&path, text).unwrap();
        return;
    }
    assert_eq!(
        stated,
        held.len().to_string(),
        "UPDATE_EXPECT=1 writes it into the README"
    );
}

#[test]
fn a_test_is_found_by_its_name_and_attribute() {
    let text = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\nasync fn three() {}\n\
                #[test]\n#[ignore]\nfn four() {}\n";
    for (name, want) in [
        ("one", true),
        ("two", false),
        ("three", true),
        ("four", false),
        ("thre", false),
    ] {
        assert_eq!(is_test(text, name), want, "{name}");
    }
}
