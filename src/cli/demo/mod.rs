//! `gazetted demo`: the same daemon, offline, on papers that it prints itself.
//!
//! ```text
//! texts   what the made-up papers write, as a function of a number
//! press   which articles a paper has printed at a given time
//! sites   the papers' web sites, on loopback addresses
//! ```

mod picture;
mod press;
mod sites;
mod texts;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::run::{SHUTDOWN_TIMEOUT, signals};
use crate::clock;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::store::Store;
use crate::telemetry;

/// Default address of the listing; taken by another program, any free port of 127.0.0.1 does.
const LISTEN: &str = "127.0.0.1:8080";

/// Arguments of `gazetted demo`.
#[derive(Args, Debug)]
pub(super) struct Demo {
    /// Address to show the listing at [default: 127.0.0.1:8080, or any free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Prints made-up papers and polls them until Ctrl-C, by the real daemon with a store in a
/// temporary folder.
pub(super) fn run(arguments: &Demo) -> anyhow::Result<ExitCode> {
    telemetry::init("info");
    let folder = Scratch::new()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    let done = runtime.block_on(async {
        let listener = listen(arguments.listen).await?;
        let papers = sites::open(clock::now()).await?;
        let config = Config::parse("demo", &papers.config)
            .context("the demo's own configuration is not good; please report this")?;
        let store = Arc::new(Store::open(&folder.0, clock::now())?);
        let events = signals()?;
        // Who does not read the addresses may still open them.
        let _ = greet(&mut io::stdout(), listener.local_addr()?, &config, &papers);
        Daemon {
            config,
            config_path: None,
            store,
            readers: tokio::runtime::Handle::current(),
            connections: Vec::new(),
        }
        .run(Some(listener), events)
        .await
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    done.map(|()| ExitCode::SUCCESS)
}

async fn listen(told: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    match told {
        Some(address) => TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}; name a free one with --listen")),
        None => match TcpListener::bind(LISTEN).await {
            Ok(listener) => Ok(listener),
            Err(_) => TcpListener::bind("127.0.0.1:0")
                .await
                .context("no free port on 127.0.0.1"),
        },
    }
}

/// Writes the addresses of the listing, the feeds and the papers.
fn greet(
    out: &mut dyn Write,
    local: SocketAddr,
    config: &Config,
    papers: &sites::Papers,
) -> io::Result<()> {
    writeln!(
        out,
        "gazetted demo: news from made-up papers, all on this machine\n"
    )?;
    writeln!(out, "  open in a browser    http://{local}/")?;
    for channel in config
        .channels
        .values()
        .filter(|channel| !channel.id.is_root())
    {
        writeln!(
            out,
            "    {:<18} http://{local}/{}/",
            channel.title, channel.id
        )?;
    }
    writeln!(
        out,
        "  in a feed reader     http://{local}/index.atom (or .rss, .json)"
    )?;
    writeln!(out, "  all channels         http://{local}/channels.opml\n")?;
    writeln!(out, "  the papers' own sites:")?;
    for (name, address) in &papers.addresses {
        writeln!(out, "    {name:<18} {address}")?;
    }
    writeln!(
        out,
        "\nNew articles appear every few seconds; below is one line per poll. Ctrl-C stops.\n"
    )
}

/// Temporary folder, removed with all in it when the demo is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("gazetted-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
