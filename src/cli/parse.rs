//! `gazetted parse`: what is in a feed.
//!
//! With a file or an address, for people. Without, a protocol for programs: one
//! JSON request per line on standard input, one JSON answer per line on standard
//! output, in the same order.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::get::{self, Reach};
use crate::clock;
use crate::fetch::Accept;
use crate::model::{Document, WebUrl};
use crate::source::gate::Limits;
use crate::source::{ReadError, Reading, Setting, feed};

mod answer;

/// Time zone of requests whose dates name none.
static UTC: TimeZone = TimeZone::UTC;

/// Arguments of `gazetted parse`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// A file, a web address, or `-` for standard input; without it, requests
    /// are read from standard input
    #[arg(value_name = "FILE|URL")]
    pub(super) feed: Option<String>,
    /// The address that the file came from, for relative links
    #[arg(long, value_parser = web_url)]
    pub(super) url: Option<WebUrl>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// The encoding of the feed, whatever it says itself, as in feeds.toml
    #[arg(long, value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// The zone of dates that name none, as in feeds.toml
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = timezone)]
    timezone: TimeZone,
    #[command(flatten)]
    reach: Reach,
}

/// Request of one line: an id to repeat, a saved feed, its address, media type and HTTP
/// headers.
#[derive(Deserialize)]
struct Request {
    id: Value,
    file: PathBuf,
    content_type: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    base_url: Option<String>,
}

/// Reads the feed that `args` name, or answers requests on standard input, and prints the
/// result.
///
/// # Errors
///
/// If it cannot be read, is no feed, or the output is closed.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let Some(feed) = &args.feed else {
        if io::stdin().is_terminal() {
            anyhow::bail!("name a file or a web address, or `-`; see gazetted parse --help");
        }
        return answer_all(io::stdin().lock(), &mut out);
    };
    let setting = Setting {
        zone: &args.timezone,
        encoding: args.encoding,
        ..setting()
    };
    let reading = match get::address(feed) {
        Some(url) => feed::read(&get::get(&url, Accept::Feed, &args.reach)?, &setting),
        None => read(from_file(feed)?, args.url.clone(), &setting),
    };
    let reading = reading.with_context(|| format!("cannot read {feed}"))?;
    if args.json {
        serde_json::to_writer_pretty(&mut out, &answer::of(&reading))?;
        writeln!(out)?;
    } else {
        answer::summary(&reading, &mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a file, or standard input for `-`.
fn from_file(name: &str) -> anyhow::Result<Document> {
    let body = if name == "-" {
        let mut body = Vec::new();
        io::stdin().lock().read_to_end(&mut body).map(|_| body)
    } else {
        std::fs::read(Path::new(name))
    };
    let body = body.with_context(|| format!("cannot read {name}"))?;
    Ok(document(body, None, None))
}

/// Answers each request with a line, an object with `error` if its feed cannot be read.
fn answer_all(requests: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    for line in requests.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Request =
            serde_json::from_str(&line).context("this is no request; see gazetted parse --help")?;
        let id = request.id.clone();
        let mut answer = match answer_one(request) {
            Ok(reading) => answer::of(&reading),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        answer["id"] = id;
        serde_json::to_writer(&mut *out, &answer)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn answer_one(request: Request) -> anyhow::Result<Reading> {
    let header = |wanted: &str| {
        let (_, value) = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        value.as_str().map(str::to_owned)
    };
    let body = std::fs::read(&request.file)
        .with_context(|| format!("cannot read {}", request.file.display()))?;
    let language = header("Content-Language");
    let document = document(body, request.content_type.clone(), language);
    let url = request.base_url.as_deref().and_then(WebUrl::parse);
    Ok(read(document, url, &setting())?)
}

/// Makes a document of bytes that have no address.
fn document(
    body: Vec<u8>,
    content_type: Option<String>,
    content_language: Option<String>,
) -> Document {
    Document {
        url: WebUrl::parse("http://unknown.invalid/").expect("this is a web address"),
        content_type,
        content_language,
        robots: Vec::new(),
        body: body.into(),
    }
}

fn read(
    document: Document,
    url: Option<WebUrl>,
    setting: &Setting<'_>,
) -> Result<Reading, ReadError> {
    match url {
        Some(url) => feed::read(&Document { url, ..document }, setting),
        None => feed::read_detached(&document, setting),
    }
}

fn setting() -> Setting<'static> {
    Setting {
        now: clock::now(),
        zone: &UTC,
        encoding: None,
        limits: Limits::default(),
    }
}

fn web_url(text: &str) -> Result<WebUrl, String> {
    WebUrl::parse(text).ok_or_else(|| "use a whole address such as https://example.cn/".to_owned())
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(text.as_bytes())
        .ok_or_else(|| "use a name such as utf-8, gb18030 or windows-1251".to_owned())
}

fn timezone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "use a name such as Asia/Shanghai or UTC".to_owned())
}
