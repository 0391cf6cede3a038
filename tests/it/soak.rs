//! A world at random: papers bring news, fail and recover, hours go by, the disk is full for a while, the
//! daemon is killed, stopped and told to read its file again, readers ask for anything. Whatever came
//! before, in the end each entry is there, once.
//!
//! `GAZETTED_SOAK=N` plays N games of two hundred steps, some 72 hours of the daemon's clock each, instead
//! of one of thirty.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;

use gazetted::store::{Mode, Store};
use jiff::Timestamp;

use crate::control::told;
use crate::world::{Daemon, Origin, Reply, World, fake_clock};

/// Papers of one game.
const PAPERS: usize = 4;

/// A number that follows from the one before.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// One game: the world, and what its papers have brought so far.
struct Game {
    dice: Dice,
    origins: Vec<Origin>,
    world: World,
    daemon: Option<Daemon>,
    n_entries: Vec<usize>,
    /// Hours by which the daemon's clock is ahead of ours.
    hours: usize,
    log: Vec<String>,
}

fn id(paper: usize) -> String {
    format!("a/c{}/paper-{paper}", paper % 2)
}

/// The feed of a paper with so many entries, the newest first.
fn feed(paper: usize, n_entries: usize) -> String {
    let entry = |n: usize| {
        format!(
            "<item><title>paper {paper} has entry {n}</title><guid>{paper}-{n}</guid>\
             <link>http://paper-{paper}.example/{n}</link></item>"
        )
    };
    let entries: String = (0..n_entries).rev().map(entry).collect();
    format!("<rss version=\"2.0\"><channel><title>P{paper}</title>{entries}</channel></rss>")
}

impl Game {
    fn begin(seed: u64, host: u8) -> Game {
        let origins: Vec<Origin> = (0..PAPERS).map(|_| Origin::start(host)).collect();
        let world = World::new("");
        let mut game = Game {
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            origins,
            world,
            daemon: None,
            n_entries: vec![3; PAPERS],
            hours: 0,
            log: vec![format!("seed {seed}")],
        };
        for paper in 0..PAPERS {
            game.publish(paper);
        }
        game.configure();
        game.start();
        game
    }

    /// Starts the daemon under the clock of the game, where the machine can fake one.
    fn start(&mut self) {
        self.set_clock();
        let mut command = self.world.command("run");
        if let Some(command) = fake_clock(&mut command) {
            // Read at each look at the clock.
            let command = command.env("FAKETIME_NO_CACHE", "1");
            command.env("FAKETIME_TIMESTAMP_FILE", self.clock());
        }
        self.daemon = Some(Daemon::start(command));
    }

    /// File that says how far the daemon's clock is ahead.
    fn clock(&self) -> PathBuf {
        self.world.config().with_file_name("clock")
    }

    /// Writes the file as a whole: the daemon may look at any moment.
    fn set_clock(&self) {
        let draft = self.clock().with_extension("new");
        fs::write(&draft, format!("+{}h\n", self.hours)).unwrap();
        fs::rename(draft, self.clock()).unwrap();
    }

    /// Writes feeds.toml, with something in it that is another each time.
    fn configure(&mut self) {
        let title = self.dice.roll(1000);
        let mut text = format!(
            "dedupe = false\n[[channel]]\nid = \"a\"\ntitle = \"number {title}\"\nlimit = 1000\n"
        );
        for (paper, origin) in self.origins.iter().enumerate() {
            let url = origin.url("/feed");
            let tuning = "interval = \"1h\"\nmin_interval = \"1h\"\n";
            text += &format!(
                "[[source]]\nid = \"{}\"\nurl = \"{url}\"\n{tuning}",
                id(paper)
            );
        }
        self.world.configure(&text);
    }

    fn publish(&self, paper: usize) {
        let feed = Reply::rss(feed(paper, self.n_entries[paper]));
        self.origins[paper].put("/feed", feed);
    }

    /// Has the paper fail in some way.
    fn fail(&mut self, paper: usize) {
        let whole = feed(paper, self.n_entries[paper]);
        let half: String = whole.chars().take(whole.len() / 2).collect();
        let reply = match self.dice.roll(6) {
            0 => Reply::status(500),
            1 => Reply::status(404),
            2 => Reply::html("<h1>Back soon</h1>"),
            3 => Reply::rss(half),
            4 => Reply::rss(""),
            _ => Reply::rss(vec![0xff; 5000]),
        };
        self.origins[paper].put("/feed", reply);
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    fn poll(&self, paper: usize) {
        told(&self.world, "poll", &[&id(paper)]);
    }

    /// Polls a paper that has news while no file can be written.
    fn fill_disk(&self, paper: usize) {
        let daemon = self.daemon();
        let n_before = daemon.log().matches("the store takes no commits").count();
        daemon.limit_files(Some(1));
        thread::scope(|scope| {
            // It waits until what came is stored.
            scope.spawn(|| self.poll(paper));
            daemon.wait_for_nth("the store takes no commits", n_before + 1);
            daemon.limit_files(None);
        });
        daemon.wait_for_nth("the store takes commits again", n_before + 1);
    }

    fn restart(&mut self, signal: &str) {
        let daemon = self.daemon.take().unwrap();
        daemon.signal(signal);
        daemon.wait();
        self.start();
    }

    fn ask(&mut self) {
        let paths = [
            "/",
            "/a/",
            "/a.rss",
            "/a.atom",
            "/a/c0.json",
            "/status",
            "/status.json",
            "/healthz",
            "/a/?before=1-00000000000000000000000000000000",
            "/nothing",
            "/a.rss?limit=1",
        ];
        let path = paths[self.dice.roll(paths.len())];
        let status = self.daemon().get(path).status;
        assert!(status < 500, "{path}: {status}: {:?}", self.log);
    }

    fn step(&mut self) {
        let paper = self.dice.roll(PAPERS);
        let what = self.dice.roll(14);
        self.log.push(format!("{what} of {paper}"));
        match what {
            0..=3 => {
                self.n_entries[paper] += 1 + self.dice.roll(3);
                self.publish(paper);
                self.poll(paper);
            }
            4 | 5 => {
                self.fail(paper);
                self.poll(paper);
            }
            6 => {
                self.configure();
                self.daemon().signal("HUP");
            }
            7 => self.restart("KILL"),
            8 => self.restart("TERM"),
            9 => {
                self.hours += 1 + self.dice.roll(10);
                self.set_clock();
                self.poll(paper);
            }
            10 => {
                self.n_entries[paper] += 1;
                self.publish(paper);
                self.fill_disk(paper);
            }
            _ => self.ask(),
        }
    }

    /// Ends the game: all papers are well, and every entry is there, once.
    fn end(mut self) {
        for paper in 0..PAPERS {
            self.publish(paper);
            self.poll(paper);
        }
        let told = self.daemon().get("/a.json").text();
        let feed: serde_json::Value = serde_json::from_str(&told).unwrap();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for item in feed["items"].as_array().unwrap() {
            *found
                .entry(item["title"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        for (paper, n_entries) in self.n_entries.iter().enumerate() {
            for n in 0..*n_entries {
                let title = format!("paper {paper} has entry {n}");
                assert_eq!(found.remove(&title), Some(1), "{title}: {:?}", self.log);
            }
        }
        assert!(found.is_empty(), "{found:?}: {:?}", self.log);
        let daemon = self.daemon.take().unwrap();
        let log = daemon.log();
        assert!(!log.contains("panicked"), "{log}");
        assert!(daemon.stop().success());
        let now: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
        let store = Store::open(&self.world.state(), now).unwrap();
        let findings = store.check(Mode::Look, &|_| {}).unwrap();
        assert_eq!(findings.n_findings, 0, "{findings:?}: {:?}", self.log);
    }
}

#[test]
fn in_a_world_at_random_each_entry_is_there_once() {
    let games = std::env::var("GAZETTED_SOAK").ok();
    let games: Option<u64> = games.and_then(|games| games.parse().ok());
    let n_steps = if games.is_some() { 200 } else { 30 };
    for seed in 1..=games.unwrap_or(1) {
        let mut game = Game::begin(seed, 149);
        for _ in 0..n_steps {
            game.step();
        }
        game.end();
    }
}
