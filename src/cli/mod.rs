//! The commands: arguments in, exit code out. One file each.

mod ask;
mod check;
mod control;
mod demo;
mod edit;
mod generate;
mod get;
mod inspect;
mod run;
mod store;
mod story;
mod threads;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

/// Exit code for an error in the configuration (`EX_CONFIG` of sysexits.h).
const EXIT_CONFIG: u8 = 78;

const EXAMPLES: &str = "\
Examples:
  gazetted demo                          news from made-up papers, offline
  gazetted check feeds.toml              is this file good?
  gazetted run --config feeds.toml       poll, publish, until Ctrl-C";

/// Polls regional news feeds and pages and publishes one clean, merged feed per region.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Poll every source when it is due and publish, until told to stop
    #[command(after_help = "\
Example:
  gazetted run --config feeds.toml --state /var/lib/gazetted

SIGHUP reads feeds.toml again; SIGTERM and Ctrl-C stop.
Exits with 0 when stopped, 78 if feeds.toml is not good, 1 on other errors.")]
    Run(Run),
    /// Show it all at once: made-up papers on this machine, polled and published
    #[command(after_help = "\
Example:
  gazetted demo

Prints the addresses to open. Needs no network; leaves nothing behind.")]
    Demo(demo::Demo),
    /// Say whether a configuration is good, and if not, everything that is wrong with it
    #[command(after_help = "\
Examples:
  gazetted check feeds.toml
  gazetted check --json feeds.toml

Exits with 0 if the file is good, 78 if not, 1 if a test of rules failed. Asks no network,
but tries each [[source.test]] that has a snapshot. With --live every [[source.test]] is tried
on its page, and sources without are looked at stage by stage (robots, bytes, charset,
containers, items, titles, links, dates, text); --save keeps the pages as snapshots.
  gazetted check --live feeds.toml
  gazetted check --live=shandong/jinan/page feeds.toml
  gazetted check --live --save feeds.toml")]
    Check(check::Check),
    /// Print a JSON Schema of feeds.toml, for editors
    #[command(after_help = "\
Example:
  gazetted schema > feeds.schema.json

Editors that know taplo (Even Better TOML) take it by a first line of feeds.toml:
  #:schema ./feeds.schema.json")]
    Schema,
    /// Poll a source or an address once and print what comes; nothing is stored
    #[command(after_help = "\
Examples:
  gazetted try https://example.cn/rss.xml
  gazetted try shandong/jinan/page --config feeds.toml
  gazetted try --json https://example.cn/news/ | jq .entries

Exits with 0 if something came through, 1 if not.")]
    Try(check::attempt::Try),
    /// Find the feeds of a page, or the list of news on it as a source for feeds.toml
    #[command(after_help = "\
Examples:
  gazetted discover https://example.cn/news/
  gazetted discover --json https://example.cn/ | jq .

Exits with 0 if something was found, 1 if not. Asks the address and the feeds that it names.")]
    Discover(inspect::discover::Discover),
    /// Copy the store into one file, also while the daemon runs
    #[command(after_help = "\
Example:
  gazetted backup /backup/gazetted-$(date +%F) --state /var/lib/gazetted

A running daemon is asked through the socket `control` in that folder; it goes
on serving, and polls wait. The copy is of one moment, is read back before it
takes the place of FILE, and is smaller than the store.")]
    Backup(store::backup::Backup),
    /// Make a store of what `backup` wrote
    #[command(after_help = "\
Example:
  gazetted restore /backup/gazetted-2026-11-25 --state /var/lib/gazetted

The folder has to be empty, or not there. Readers get the same bytes as before.")]
    Restore(store::backup::Restore),
    /// Write the store as lines of JSON, also while the daemon runs
    #[command(after_help = "\
Examples:
  gazetted export --jsonl > gazetted.jsonl
  gazetted export --jsonl | jq -r 'select(.kind == \"item\").item.title'")]
    Export(store::backup::Export),
    /// Make a store of what `export` wrote
    #[command(after_help = "\
Example:
  gazetted import gazetted.jsonl --state /var/lib/gazetted

The folder has to be empty, or not there. Readers get the same bytes as before.")]
    Import(store::backup::Import),
    /// Say whether everything in the store agrees, and mend what can be derived
    #[command(after_help = "\
Examples:
  gazetted fsck --state /var/lib/gazetted
  gazetted fsck --repair --json

Stop the daemon first. A volume that cannot be opened is moved aside, as the
daemon does. Exits as fsck(8) does: 0 all agree, 1 all mended, 4 something is
left, 8 the store could not be checked.")]
    Fsck(store::fsck::Fsck),
    /// Remove what is older than feeds.toml keeps, also where that is most of the store
    #[command(after_help = "\
Examples:
  gazetted retain --config feeds.toml
  gazetted retain --config feeds.toml --yes

The daemon does so every hour, unless most of the store should have gone long ago: then
the clock may be wrong, and it waits for --yes. Exits with 1 if something waits.")]
    Retain(store::retain::Retain),
    /// Pack what is no longer written, and say what that saves
    #[command(after_help = "\
Example:
  gazetted pack --state /var/lib/gazetted

Every volume but the newest two is written anew, in order, with its items packed
by a dictionary that was trained on them. The daemon does this by itself, every
hour where there is something to do; this is for a store that no daemon is using.")]
    Pack(store::pack::Pack),
    #[command(flatten)]
    Admin(control::Admin),
    #[command(flatten)]
    Edit(edit::Edit),
    /// Write man pages and completions of shells, for packages
    #[command(hide = true)]
    Generate(generate::Generate),
    /// Show what gazetted reads from a feed, in a file or on the web
    #[command(after_help = "\
Examples:
  gazetted parse feed.xml
  gazetted parse https://example.cn/rss.xml
  gazetted parse --json feed.xml --url https://example.cn/rss.xml
  gazetted parse --allow-private 127.0.0.0/8 http://127.0.0.1:8000/rss.xml
  gazetted parse < requests.jsonl

Exits with 0 if a feed was read, 1 if not.

A request is a line `{\"id\", \"file\", \"content_type\", \"headers\", \"base_url\"}`.")]
    Parse(inspect::parse::Args),
    /// Say why items are one story; split and join stories
    #[command(subcommand)]
    Story(story::Story),
    /// Change a source in feeds.toml
    #[command(subcommand)]
    #[command(after_help = "\
Example:
  gazetted source rename shandong/jinan/daily shandong/jinan/times")]
    Source(edit::source::Source),
    /// Show what readers get of a piece of markup
    #[command(after_help = "\
Example:
  gazetted sanitize < requests.jsonl

A request is a line `{\"id\", \"html\", \"base_url\"}`.")]
    Sanitize,
    /// Show what gazetted reads from an article page
    #[command(after_help = "\
Examples:
  gazetted extract page.html --url https://example.cn/2026/1.html
  gazetted extract --jsonl < questions.jsonl

A question is a line `{\"id\", \"file\", \"url\", \"content_type\"}`.")]
    Extract(Pages),
    /// Show which articles gazetted finds on a list page
    #[command(after_help = "\
Examples:
  gazetted links list.html --url https://example.cn/news/
  gazetted links --jsonl < questions.jsonl

A question is a line `{\"id\", \"file\", \"url\", \"content_type\"}`.")]
    Links(Pages),
    /// Show which date gazetted finds in a text
    #[command(after_help = "\
Examples:
  gazetted parse-date '来源：济南日报 2018-03-16 12:49'
  gazetted parse-date --jsonl < questions.jsonl

A question is a line `{\"id\", \"text\", \"now\"}`.")]
    ParseDate {
        /// The text
        #[arg(required_unless_present = "jsonl")]
        text: Option<String>,
        /// Answer lines of JSON on standard input
        #[arg(long, conflicts_with = "text")]
        jsonl: bool,
    },
}

/// Arguments of `gazetted extract` and `links`.
#[derive(Args, Debug)]
struct Pages {
    /// A saved page
    #[arg(required_unless_present = "jsonl")]
    file: Option<PathBuf>,
    /// The address that the page came from
    #[arg(long, default_value = "http://localhost/")]
    url: String,
    /// Answer lines of JSON on standard input
    #[arg(long, conflicts_with = "file")]
    jsonl: bool,
}

/// Arguments of `gazetted run`.
#[derive(Args, Debug)]
struct Run {
    /// The configuration
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
    /// The folder to keep items in [default: $STATE_DIRECTORY, or store.path, or
    /// ./gazetted-state]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Poll everything that is due, once, and exit
    #[arg(long)]
    once: bool,
}

/// Lets the process end without a word when nobody reads its output any more, as in
/// `gazetted status | head -1`: by SIGPIPE, which Rust has turned off. Not for the daemon, whose
/// clients may leave.
#[expect(
    unsafe_code,
    reason = "the standard library has no call for it; SIG_DFL runs no code of ours"
)]
fn end_with_the_pipe() {
    // SAFETY: signal(2) with SIG_DFL installs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Runs the command that the arguments name; errors go to stderr and exit with 1.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Run(arguments.run));
    if !matches!(command, Command::Run(_) | Command::Demo(_)) {
        end_with_the_pipe();
    }
    let done = match command {
        Command::Run(run) => run::run(&run),
        Command::Demo(demo) => demo::run(&demo),
        Command::Check(check) => check::run(&check),
        Command::Schema => check::schema(),
        Command::Generate(arguments) => generate::run(&arguments, Arguments::command()),
        Command::Try(arguments) => check::attempt::run(&arguments),
        Command::Discover(arguments) => inspect::discover::run(&arguments),
        Command::Backup(arguments) => store::backup::back_up(&arguments),
        Command::Restore(arguments) => store::backup::restore(&arguments),
        Command::Export(arguments) => store::backup::export(&arguments),
        Command::Import(arguments) => store::backup::import(&arguments),
        Command::Fsck(arguments) => store::fsck::run(&arguments),
        Command::Retain(arguments) => store::retain::run(&arguments),
        Command::Pack(arguments) => store::pack::run(&arguments),
        Command::Admin(admin) => control::run(&admin),
        Command::Edit(edit) => edit::run(&edit),
        Command::Parse(arguments) => inspect::parse::run(&arguments),
        Command::Story(story) => story::run(&story),
        Command::Source(source) => edit::source::run(&source),
        Command::Sanitize => inspect::sanitize::run_lines(),
        Command::Extract(Pages {
            file: Some(file),
            url,
            ..
        }) => inspect::extract::run(&file, &url),
        Command::Extract(_) => inspect::extract::run_lines(),
        Command::Links(Pages {
            file: Some(file),
            url,
            ..
        }) => inspect::links::run(&file, &url),
        Command::Links(_) => inspect::links::run_lines(),
        Command::ParseDate {
            text: Some(text), ..
        } => inspect::parse_date::run(&text),
        Command::ParseDate { .. } => inspect::parse_date::run_lines(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("gazetted: {error:#}");
        ExitCode::FAILURE
    })
}
