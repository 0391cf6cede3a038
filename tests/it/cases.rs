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
        "tests/it/guard.rs",
        "no_spelling_of_this_machine_is_connected",
    ),
    (
        2,
        "src/fetch/guard.rs",
        "an_address_inside_another_is_found",
    ),
    (
        2,
        "tests/it/guard.rs",
        "names_are_judged_by_what_they_stand_for",
    ),
    (
        3,
        "tests/it/guard.rs",
        "every_kind_of_redirect_is_judged_at_every_hop",
    ),
    (
        4,
        "tests/it/guard.rs",
        "the_address_that_was_judged_is_the_one_that_is_connected",
    ),
    (
        4,
        "tests/it/guard.rs",
        "of_mixed_answers_only_the_allowed_are_connected",
    ),
    (
        5,
        "tests/it/guard.rs",
        "names_are_judged_by_what_they_stand_for",
    ),
    (
        6,
        "tests/it/guard.rs",
        "only_the_schemes_of_the_web_are_fetched",
    ),
    (
        7,
        "tests/it/guard.rs",
        "a_redirect_to_another_scheme_is_named_and_its_body_is_no_feed",
    ),
    (
        8,
        "tests/it/guard.rs",
        "ports_of_other_services_are_not_asked",
    ),
    (
        9,
        "tests/it/guard.rs",
        "userinfo_and_backslashes_hide_nothing",
    ),
    (
        10,
        "tests/it/guard.rs",
        "what_an_entry_points_to_is_not_asked_either",
    ),
    (
        11,
        "tests/it/guard.rs",
        "pictures_of_private_addresses_are_not_passed_on",
    ),
    (
        12,
        "tests/it/guard.rs",
        "a_proxy_of_the_environment_is_not_used",
    ),
    (
        12,
        "tests/it/guard.rs",
        "behind_a_proxy_the_target_is_judged_all_the_same",
    ),
    (
        13,
        "tests/it/access.rs",
        "credentials_stay_with_their_origin",
    ),
    (
        14,
        "tests/it/transport.rs",
        "nothing_secure_is_led_into_the_clear",
    ),
];

/// Hostile HTTP origins.
const ORIGINS: &[Held] = &[
    (
        31,
        "tests/it/drift.rs",
        "an_empty_container_is_no_news_and_a_missing_one_is_trouble",
    ),
    (
        15,
        "tests/it/origins.rs",
        "a_body_that_drips_ends_at_the_deadline",
    ),
    (
        16,
        "tests/it/origins.rs",
        "a_head_that_drips_ends_at_the_deadline",
    ),
    (17, "tests/it/origins.rs", "who_never_accepts_is_given_up"),
    (18, "tests/it/origins.rs", "an_endless_body_ends_at_the_cap"),
    (
        19,
        "tests/it/origins.rs",
        "a_bomb_of_any_encoding_ends_at_the_cap",
    ),
    (
        20,
        "tests/it/origins.rs",
        "no_encoding_is_handed_on_half_undone",
    ),
    (
        21,
        "tests/it/origins.rs",
        "all_members_of_a_gzip_count_and_garbage_behind_them_is_an_error",
    ),
    (22, "tests/it/origins.rs", "a_cut_gzip_costs_nothing"),
    (23, "tests/it/origins.rs", "a_cut_answer_is_no_answer"),
    (
        24,
        "tests/it/origins.rs",
        "a_length_that_is_too_short_costs_nothing",
    ),
    (
        25,
        "tests/it/origins.rs",
        "a_feed_cut_by_a_clean_close_costs_nothing",
    ),
    (
        25,
        "src/ingest/plan.rs",
        "a_page_without_its_end_is_whole_only_if_it_is_as_long_as_it_was",
    ),
    (
        26,
        "tests/it/origins.rs",
        "a_length_beside_chunks_does_not_count",
    ),
    (26, "tests/it/origins.rs", "a_cut_answer_is_no_answer"),
    (27, "tests/it/origins.rs", "heads_have_a_limit"),
    (
        27,
        "tests/it/origins.rs",
        "hints_before_the_answer_are_passed_over",
    ),
    (
        28,
        "tests/it/origins.rs",
        "validators_are_sent_back_byte_for_byte_or_not_at_all",
    ),
    (29, "tests/it/origins.rs", "only_a_whole_document_is_one"),
    (30, "tests/it/origins.rs", "a_login_page_costs_nothing"),
    (30, "tests/it/origins.rs", "walls_are_told_from_refusals"),
    (
        31,
        "tests/it/moves.rs",
        "an_empty_feed_takes_nothing_back_and_is_named_when_it_lasts",
    ),
    (
        32,
        "tests/it/origins.rs",
        "no_cookie_is_kept_and_a_loop_ends",
    ),
    (
        36,
        "tests/it/transport.rs",
        "who_vouches_for_a_server_is_checked",
    ),
    (
        36,
        "tests/it/transport.rs",
        "a_handshake_that_stalls_ends_at_the_deadline",
    ),
    (
        37,
        "tests/it/transport.rs",
        "http2_is_spoken_and_its_floods_end",
    ),
    (
        38,
        "tests/it/origins.rs",
        "a_feed_is_known_by_its_content_not_its_label",
    ),
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
const PARSERS: &[Held] = &[
    (53, "src/source/page/guard.rs", "what_nests_is_counted"),
    (
        54,
        "tests/it/hostile_pages.rs",
        "pages_that_attack_are_bounded_and_delay_nobody",
    ),
    (
        57,
        "src/source/page/selector.rs",
        "a_bad_selector_says_where",
    ),
    (
        58,
        "src/source/page/selector.rs",
        "other_parts_are_checked_too",
    ),
];

/// Text and encodings.
const TEXTS: &[Held] = &[];

/// Links and content.
const CONTENTS: &[Held] = &[];

/// Identity, dates and updates.
const IDENTITIES: &[Held] = &[(
    95,
    "tests/it/stories.rs",
    "five_copies_are_one_entry_and_a_correction_lasts",
)];

/// Polling, caching and politeness.
const POLITENESS: &[Held] = &[
    (
        108,
        "tests/it/origins.rs",
        "validators_are_sent_back_byte_for_byte_or_not_at_all",
    ),
    (
        112,
        "tests/it/moves.rs",
        "a_permanent_redirect_is_followed_told_and_not_written_into_the_file",
    ),
    (
        112,
        "tests/it/moves.rs",
        "a_redirect_to_what_is_no_feed_changes_nothing",
    ),
    (
        112,
        "src/ingest/moved.rs",
        "a_move_is_believed_after_a_week",
    ),
    (
        112,
        "src/ingest/moved.rs",
        "a_portal_for_a_day_counts_for_nothing",
    ),
    (
        113,
        "tests/it/moves.rs",
        "temporary_redirects_are_followed_each_time_and_never_remembered",
    ),
    (
        121,
        "tests/it/robots.rs",
        "every_answer_means_what_rfc_9309_says",
    ),
    (
        121,
        "tests/it/robots.rs",
        "redirects_are_followed_as_far_as_they_must_be",
    ),
    (
        121,
        "tests/it/robots.rs",
        "half_a_mebibyte_is_read_and_no_more_waited_for",
    ),
    (
        121,
        "tests/it/robots.rs",
        "an_answer_counts_for_a_day_also_after_a_restart",
    ),
    (
        122,
        "tests/it/robots.rs",
        "rules_for_all_bind_pages_and_not_feeds",
    ),
    (
        122,
        "tests/it/robots.rs",
        "rules_that_name_us_bind_feeds_too",
    ),
    (
        123,
        "tests/it/robots.rs",
        "a_delay_spaces_the_requests_of_pages",
    ),
    (
        124,
        "tests/it/access.rs",
        "every_request_says_who_asks_and_nothing_more",
    ),
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
        164,
        "tests/it/guard.rs",
        "a_flood_of_addresses_and_a_silent_name_server_are_survived",
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
const CONFIGURATION: &[Held] = &[
    (
        175,
        "tests/it/access.rs",
        "credentials_stay_with_their_origin",
    ),
    (
        175,
        "tests/it/access.rs",
        "no_secret_is_taken_from_the_file_itself",
    ),
];

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
