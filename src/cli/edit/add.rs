//! `gazetted add` and `remove`: one source comes or goes.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use ipnet::IpNet;
use serde_json::json;

use super::Target;
use crate::cli::ask::Asker;
use crate::cli::inspect::discover::{Found, find};
use crate::cli::inspect::jsonl;
use crate::config::edit::{Editor, NewSource, Setting, slug};
use crate::config::{Config, Http};
use crate::model::{ChannelId, SourceId, WebUrl};

/// Channel of a source for which none is named.
const CHANNEL: &str = "news";

/// Arguments of `gazetted add`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Add {
    /// The address of a page, or of a feed
    url: String,
    /// The channel it goes to [default: news]
    #[arg(long, conflicts_with = "id")]
    channel: Option<ChannelId>,
    /// The id of the source [default: the channel, and its title in Latin letters]
    #[arg(long)]
    id: Option<SourceId>,
    /// A network that is not public and may be asked all the same; may be given several times
    #[arg(long, value_name = "CIDR")]
    allow_private: Vec<IpNet>,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted remove`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Remove {
    /// The id of the source
    id: SourceId,
    #[command(flatten)]
    target: Target,
}

/// Finds a source and adds it. Exits with 1 if there is none.
pub(super) fn add(arguments: &Add) -> anyhow::Result<ExitCode> {
    let url = WebUrl::parse(&arguments.url)
        .or_else(|| WebUrl::parse(&format!("https://{}", arguments.url)))
        .with_context(|| format!("{} is no web address", arguments.url))?;
    let mut editor = arguments.target.editor()?;
    let config = Config::load(&arguments.target.config).ok();
    let mut http = config
        .as_ref()
        .map_or_else(Http::default, |config| config.http.clone());
    http.allow_private.extend(&arguments.allow_private);
    let contact = config
        .as_ref()
        .and_then(|config| config.server.contact.as_deref());
    let asker = Asker::reaching(&http, contact)?;
    let found = jsonl::with_setting(|setting| find(&asker, &url, setting))??;
    let Some((mut source, n_entries)) = source(&found) else {
        bail!("there is neither a feed nor a list of news at {url}");
    };
    if editor.values("url").contains(&source.url) {
        bail!("{} is there already", source.url);
    }
    source.id = match (&arguments.id, &arguments.channel) {
        (Some(id), _) => id.to_string(),
        (None, Some(channel)) => format!("{channel}/{}", source.id),
        (None, None) => format!("{CHANNEL}/{}", source.id),
    };
    let id = editor.add_source(&source);
    arguments.target.write(&editor)?;
    match (arguments.target.dry_run, arguments.target.json) {
        (true, _) => {}
        (false, true) => println!(
            "{}",
            json!({"id": id, "url": source.url, "entries": n_entries})
        ),
        (false, false) => {
            println!("added {id}: {}, {n_entries} entries now", source.url);
            println!("`gazetted reload` tells the daemon");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a source of what was found, a feed before a list, with the number of its entries; its id is
/// that below the channel.
fn source(found: &Found) -> Option<(NewSource, usize)> {
    let named = |title: Option<&str>, url: &WebUrl| {
        let name = title.and_then(slug).or_else(|| slug(&url.host()));
        let title = title.map(|title| ("title", Setting::text(title)));
        NewSource {
            id: name.unwrap_or_else(|| "source".to_owned()),
            url: url.to_string(),
            keys: title.into_iter().collect(),
            ..NewSource::default()
        }
    };
    if let Some(feed) = found.feeds.first() {
        let title = feed.reading.about.title.as_deref();
        return Some((named(title, &feed.url), feed.reading.drafts.len()));
    }
    let list = found.list.as_ref().filter(|list| !list.drafts.is_empty())?;
    let mut source = named(list.title.as_deref(), &found.url);
    source.keys.insert(0, ("type", Setting::text("page")));
    if let Some(rules) = &list.rules {
        let rules = [
            ("container", &rules.container),
            ("item", &rules.item),
            ("link", &rules.link),
            ("title", &rules.title),
            ("date", &rules.date),
        ];
        for (key, selector) in rules {
            source.list.extend(
                selector
                    .as_ref()
                    .map(|css| (key, Setting::text(css.clone()))),
            );
        }
    }
    Some((source, list.drafts.len()))
}

/// Takes a source out of the file that has it.
pub(super) fn remove(arguments: &Remove) -> anyhow::Result<ExitCode> {
    let (id, target) = (arguments.id.as_str(), &arguments.target);
    for path in Config::files(&target.config)? {
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let Ok(mut editor) = Editor::parse(&text) else {
            bail!("{} is no TOML; `gazetted check` shows why", path.display());
        };
        if !editor.remove_source(id) {
            continue;
        }
        target.write_to(&path, &editor)?;
        match (target.dry_run, target.json) {
            (true, _) => {}
            (false, true) => println!(
                "{}",
                json!({"removed": id, "file": path.display().to_string()})
            ),
            (false, false) => println!(
                "removed {id} from {}; `gazetted reload` tells the daemon, `gazetted purge {id}` removes what it has brought",
                path.display()
            ),
        }
        return Ok(ExitCode::SUCCESS);
    }
    bail!("there is no source `{id}` in {}", target.config.display())
}
