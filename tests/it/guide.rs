//! The guide for the first hour, run as it is written: its files are written, its commands run, what they
//! print compared, against sites of the test.
//!
//! In the guide, `<!-- file: NAME -->` stands before a block that is a file, `<!-- append: NAME -->` before
//! one that goes to its end, `<!-- edit: NAME -->` before a difference, `<!-- scene: NAME -->` where something
//! happens on the web. A `…` stands for any text, a line of it for any lines; times, ids, durations and sizes
//! count as equal. `UPDATE_EXPECT=1` writes what was printed where it is not what stands there.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::world::{Daemon, Origin, Reply, gazetted};

const GUIDE: &str = "docs/guide/first-hour.md";

/// Sites that the guide speaks of, and the loopback address of each.
const SITES: [(&str, u8); 4] = [
    ("https://daily.example", 2),
    ("https://town.example", 3),
    ("https://county.example", 4),
    ("https://many.example", 5),
];

/// Times that a page is asked for until it is as shown.
const MAX_ASKED: usize = 40;

/// What the test adds to feeds.toml, so that sites on loopback may be asked, and at once.
const LOOPBACK: &str =
    "\n[http]\nallow_private = [\"127.0.0.0/8\"]\n[host.\"*\"]\nspacing = \"0s\"\n";

/// Command of the guide, with what it prints there.
struct Shown {
    command: String,
    output: Vec<String>,
    /// Number of the line that its output begins at, from 0.
    line: usize,
}

enum Step {
    File { name: String, text: String },
    Append { name: String, text: String },
    Edit { name: String, lines: Vec<String> },
    Scene(String),
    Run(Shown),
}

/// Reads the steps of a guide.
fn steps(guide: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut mark: Option<(String, String)> = None;
    let mut lines = guide.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- ") {
            let words = comment.trim_end_matches("-->").trim().split_once(": ");
            match words {
                Some(("scene", name)) => steps.push(Step::Scene(name.to_owned())),
                Some((kind, name)) => mark = Some((kind.to_owned(), name.to_owned())),
                None => panic!("{line}"),
            }
            continue;
        }
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, line)| *line != "```")
            .collect();
        let text: String = block.iter().map(|(_, line)| format!("{line}\n")).collect();
        match mark.take() {
            Some((kind, name)) => steps.push(match kind.as_str() {
                "file" => Step::File { name, text },
                "append" => Step::Append { name, text },
                "edit" => Step::Edit {
                    name,
                    lines: text.lines().map(str::to_owned).collect(),
                },
                other => panic!("{other}"),
            }),
            None if language == "console" => steps.extend(shown(&block).into_iter().map(Step::Run)),
            None => {}
        }
    }
    steps
}

/// Reads the commands of one block.
fn shown(block: &[(usize, &str)]) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    for (number, line) in block {
        match line.strip_prefix("$ ") {
            Some(command) => found.push(Shown {
                command: command.to_owned(),
                output: Vec::new(),
                line: number + 1,
            }),
            None => found
                .last_mut()
                .expect("a block of commands begins with one")
                .output
                .push((*line).to_owned()),
        }
    }
    found
}

/// The sites, a folder to work in, and the daemon once it runs.
struct Stage {
    folder: tempfile::TempDir,
    origins: Vec<Origin>,
    listen: String,
    daemon: Option<Daemon>,
}

impl Stage {
    fn new() -> Stage {
        let origins: Vec<Origin> = SITES.iter().map(|(_, host)| Origin::start(*host)).collect();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let stage = Stage {
            folder: tempfile::tempdir().unwrap(),
            origins,
            listen: free.local_addr().unwrap().to_string(),
            daemon: None,
        };
        let [daily, town, county, _] = stage.origins.as_slice() else {
            unreachable!("four sites")
        };
        let story = |n: usize, title: &str| {
            format!(
                "<item><title>{title}</title><link>{}</link><guid>daily-{n}</guid><description>{title}, and more of it \
                 in the paper.</description></item>",
                daily.url(&format!("/{n}.html"))
            )
        };
        daily.put(
            "/rss.xml",
            Reply::rss(format!(
                "<rss version='2.0'><channel><title>Jinan Daily</title><link>{}</link><description>d</description>{}{}{}</channel></rss>",
                daily.url("/"),
                story(1, "The bridge over the river is closed for a week"),
                story(2, "Three new schools open their doors in September"),
                story(3, "Council passes the budget after a long night"),
            )),
        );
        town.put("/news/", town_page("ul class=news", "li", "span"));
        for n in 1..=6 {
            town.put(&format!("/2026/{n:04}.html"), town_article(n));
        }
        county.put("/feed.xml", Reply::status(404));
        stage
    }

    /// What the guide calls things, and what they are here.
    fn names(&self) -> Vec<(String, String)> {
        let sites = SITES.iter().zip(&self.origins);
        let mut names: Vec<(String, String)> = sites
            .map(|((name, _), origin)| ((*name).to_owned(), origin.url("")))
            .collect();
        names.push(("127.0.0.1:8080".to_owned(), self.listen.clone()));
        names.push((
            "/srv/papers".to_owned(),
            self.folder.path().display().to_string(),
        ));
        names
    }

    /// From the words of the guide to those of this stage.
    fn real(&self, text: &str) -> String {
        let names = self.names();
        names.iter().fold(text.to_owned(), |text, (name, real)| {
            text.replace(name, real)
        })
    }

    /// And back.
    fn told(&self, text: &str) -> String {
        let names = self.names();
        names.iter().fold(text.to_owned(), |text, (name, real)| {
            text.replace(real, name)
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn scene(&self, name: &str) {
        let (town, many) = (&self.origins[1], &self.origins[3]);
        match name {
            "the town's page is rebuilt" => {
                town.put("/news/", town_page("div class=fresh", "p class=row", "i"));
            }
            "fifty feeds of another reader" => {
                let mut outlines = String::new();
                for n in 1..=50 {
                    let path = format!("/{n}.xml");
                    outlines.push_str(&format!(
                        "<outline type=\"rss\" text=\"Village {n}\" xmlUrl=\"{}\"/>\n",
                        many.url(&path)
                    ));
                    many.put(
                        &path,
                        Reply::rss(format!(
                            "<rss version='2.0'><channel><title>Village {n}</title><link>http://v.example/</link>\
                             <description>d</description><item><title>News of village number {n}</title>\
                             <guid>{n}</guid></item></channel></rss>"
                        )),
                    );
                }
                let opml = format!(
                    "<opml version=\"2.0\"><head><title>My feeds</title></head><body>\
                     <outline text=\"villages\">\n{outlines}</outline></body></opml>\n"
                );
                fs::write(self.path("subscriptions.opml"), opml).unwrap();
            }
            other => panic!("no scene `{other}`"),
        }
    }

    /// Runs a command, or takes it as the start or end of the daemon; what it prints.
    fn run(&mut self, shown: &Shown) -> Vec<String> {
        let command = self.real(&shown.command);
        if let Some(arguments) = command.strip_prefix("gazetted run ") {
            let mut run = gazetted();
            run.arg("run")
                .args(arguments.trim_end_matches('&').split_whitespace())
                .current_dir(self.folder.path());
            let lines = shown.output.iter();
            let wanted: Vec<String> = lines.map(|line| self.real(&logged(line))).collect();
            let daemon = self.daemon.insert(Daemon::start(run));
            for line in wanted.iter().filter(|line| !line.is_empty()) {
                daemon.wait_for(line);
            }
            return shown.output.clone();
        }
        if command == "kill %1" {
            let daemon = self.daemon.take().expect("a daemon runs");
            assert!(daemon.stop().success());
            return Vec::new();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_gazetted"));
        let path = format!(
            "{}:{}",
            program.parent().unwrap().display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env_remove("RUST_LOG")
            .output()
            .unwrap();
        let printed = self.told(&String::from_utf8(output.stdout).unwrap());
        printed
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }
}

/// The list page of the town, in these elements.
fn town_page(list: &str, item: &str, date: &str) -> Reply {
    let items: String = (1..=6)
        .map(|n| {
            let end = item.split(' ').next().unwrap();
            format!(
                "<{item}><a href='/2026/{n:04}.html'>{}</a> <{date}>2026-11-{n:02}</{date}></{end}>",
                headline(n)
            )
        })
        .collect();
    let end = list.split(' ').next().unwrap();
    Reply::html(format!(
        "<html><head><meta charset=utf-8><title>Town of Zhangqiu</title></head><body><h1>News</h1>\
         <{list}>{items}</{end}></body></html>"
    ))
}

fn headline(n: usize) -> &'static str {
    [
        "Market square gets new trees before the winter",
        "Bus line seven runs every ten minutes from Monday",
        "Library stays open on Sundays for the first time",
        "Waterworks warn of low pressure in the old town",
        "Volunteers plant two thousand oaks on the hill",
        "Night train to the coast returns after ten years",
    ][n - 1]
}

fn town_article(n: usize) -> Reply {
    let text =
        "<p>The mayor said so on Tuesday, and the council agreed after two hours of talk.</p>"
            .repeat(5);
    Reply::html(format!(
        "<html><head><meta charset=utf-8><title>{0}</title></head><body><h1>{0}</h1><div id=text>{text}</div></body></html>",
        headline(n)
    ))
}

/// A line of the log without its time and level, up to the first `…`.
fn logged(line: &str) -> String {
    let message = line.split_once(" INFO ").or(line.split_once(" WARN "));
    let message = message.map_or(line, |(_, message)| message);
    message.split('…').next().unwrap().trim().to_owned()
}

/// Takes out what is never the same: times, ids, durations, sizes.
fn normal(line: &str) -> String {
    let patterns = [
        (
            r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?",
            "TIME",
        ),
        (
            r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            "ID",
        ),
        (r"\d+(\.\d+)? ?(ms|s)\b", "DURATION"),
        (r"\d+(\.\d+)? (bytes|[kKM]i?B)", "SIZE"),
    ];
    patterns
        .iter()
        .fold(line.trim_end().to_owned(), |line, (pattern, name)| {
            Regex::new(pattern)
                .unwrap()
                .replace_all(&line, *name)
                .into_owned()
        })
}

/// Whether what was printed is what is shown.
fn is_as_shown(shown: &[String], printed: &[String]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == "…" => {
            (0..=printed.len()).any(|n| is_as_shown(rest, &printed[n..]))
        }
        (Some((line, rest)), Some((said, more))) => {
            is_line(&normal(line), &normal(said)) && is_as_shown(rest, more)
        }
        _ => false,
    }
}

/// Whether a line is the one shown; `…` in that stands for any text.
fn is_line(shown: &str, said: &str) -> bool {
    let parts: Vec<String> = shown.split('…').map(regex::escape).collect();
    Regex::new(&format!("^{}$", parts.join(".*")))
        .unwrap()
        .is_match(said)
}

/// Carries a difference out in a file: lines with `-` are there, one after the other, and those with `+`
/// take their place.
fn edit(text: &str, difference: &[String]) -> String {
    let old: Vec<&str> = difference
        .iter()
        .filter_map(|line| line.strip_prefix('-'))
        .collect();
    let new: Vec<&str> = difference
        .iter()
        .filter_map(|line| line.strip_prefix('+'))
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.windows(old.len()).position(|window| window == old);
    let at = at.unwrap_or_else(|| panic!("{old:#?} is not in:\n{text}"));
    let lines = [&lines[..at], &new, &lines[at + old.len()..]].concat();
    lines.join("\n") + "\n"
}

#[test]
fn the_first_hour_goes_as_it_is_told() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let guide = fs::read_to_string(&place).unwrap();
    let mut stage = Stage::new();
    let mut wrong = Vec::new();
    let mut n_commands = 0;
    for step in steps(&guide) {
        match step {
            Step::File { name, text } => {
                let more = if name == "feeds.toml" { LOOPBACK } else { "" };
                fs::write(stage.path(&name), stage.real(&text) + more).unwrap();
            }
            Step::Append { name, text } => {
                let before = fs::read_to_string(stage.path(&name)).unwrap();
                fs::write(stage.path(&name), before + "\n" + &stage.real(&text)).unwrap();
            }
            Step::Edit { name, lines } => {
                let lines: Vec<String> = lines.iter().map(|line| stage.real(line)).collect();
                let before = fs::read_to_string(stage.path(&name)).unwrap();
                fs::write(stage.path(&name), edit(&before, &lines)).unwrap();
            }
            Step::Scene(name) => stage.scene(&name),
            Step::Run(shown) => {
                n_commands += 1;
                let mut printed = stage.run(&shown);
                // Alarms and pages follow a poll at once, but after it.
                for _ in 0..MAX_ASKED {
                    if !shown.command.starts_with("curl ") || is_as_shown(&shown.output, &printed) {
                        break;
                    }
                    printed = stage.run(&shown);
                }
                if !is_as_shown(&shown.output, &printed) {
                    wrong.push((shown, printed));
                }
            }
        }
    }
    assert!(n_commands >= 20, "{n_commands} commands");
    if wrong.is_empty() {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let mut lines: Vec<String> = guide.lines().map(str::to_owned).collect();
        for (shown, printed) in wrong.into_iter().rev() {
            lines.splice(shown.line..shown.line + shown.output.len(), printed);
        }
        fs::write(&place, lines.join("\n") + "\n").unwrap();
        return;
    }
    let (shown, printed) = &wrong[0];
    panic!(
        "{} commands of {GUIDE} print something else, the first is `{}`, in line {}:\n{}\nit is shown with\n{}",
        wrong.len(),
        shown.command,
        shown.line,
        printed.join("\n"),
        shown.output.join("\n")
    );
}
