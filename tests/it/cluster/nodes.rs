//! Nodes of a cluster: real daemons on stores of their own, each with ways of its own to the servers.

use std::thread;
use std::time::{Duration, Instant};

use super::press::{Press, SPACING};
use super::readers::Addresses;
use crate::world::{Cut, Daemon, NatsCluster, World, get_with};

/// How long news may take to be everywhere, whatever has happened.
const PATIENCE: Duration = Duration::from_secs(90);

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Servers, and as many nodes.
pub(super) struct Nodes {
    pub(super) servers: NatsCluster,
    nodes: Vec<Node>,
    addresses: Addresses,
}

struct Node {
    world: World,
    cuts: Vec<Cut>,
    /// `None` after a kill.
    daemon: Option<Daemon>,
}

impl Nodes {
    /// Starts everything; `None`, and a word, where there is no nats-server.
    pub(super) fn start(n: usize, press: &Press) -> Option<Nodes> {
        let servers = NatsCluster::start(n)?;
        let nodes = (0..n).map(|nth| {
            let cuts: Vec<Cut> = (0..n).map(|to| Cut::to(servers.address(to))).collect();
            let world = World::with_config(&configuration(nth, &cuts, press));
            Node {
                world,
                cuts,
                daemon: None,
            }
        });
        let mut nodes = Nodes {
            nodes: nodes.collect(),
            servers,
            addresses: Addresses::default(),
        };
        (0..n).for_each(|nth| nodes.start_node(nth));
        Some(nodes)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.len()).collect()
    }

    /// All but one.
    pub(super) fn others(&self, than: usize) -> Vec<usize> {
        (0..self.len()).filter(|nth| *nth != than).collect()
    }

    pub(super) fn world(&self, nth: usize) -> &World {
        &self.nodes[nth].world
    }

    pub(super) fn daemon(&self, nth: usize) -> &Daemon {
        self.nodes[nth].daemon.as_ref().expect("a node that runs")
    }

    pub(super) fn start_node(&mut self, nth: usize) {
        let node = &mut self.nodes[nth];
        let daemon = node.world.start();
        let mut addresses = self.addresses.lock().unwrap();
        let n_known = addresses.len();
        addresses.resize(n_known.max(nth + 1), String::new());
        daemon.address().clone_into(&mut addresses[nth]);
        node.daemon = Some(daemon);
    }

    /// Where readers ask.
    pub(super) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Kills a node at once.
    pub(super) fn kill_node(&mut self, nth: usize) {
        if let Some(daemon) = self.nodes[nth].daemon.take() {
            daemon.signal("KILL");
            daemon.wait();
        }
    }

    /// Stops all nodes in peace.
    pub(super) fn stop(&mut self) {
        for node in &mut self.nodes {
            if let Some(daemon) = node.daemon.take() {
                assert!(daemon.stop().success());
            }
        }
    }

    /// Separates a node from all servers.
    pub(super) fn cut_off(&self, nth: usize) {
        self.nodes[nth].cuts.iter().for_each(Cut::block);
    }

    /// Ends the separation.
    pub(super) fn mend(&self, nth: usize) {
        self.nodes[nth].cuts.iter().for_each(Cut::unblock);
    }

    /// Waits until these nodes serve what every paper has now; returns how long that took.
    #[track_caller]
    pub(super) fn wait_for_news(&self, nodes: &[usize], press: &Press) -> Duration {
        let began = Instant::now();
        for (channel, titles) in press.newest() {
            for &nth in nodes {
                let daemon = self.daemon(nth);
                let path = format!("/{channel}.rss");
                loop {
                    let feed = get_with(daemon.address(), &path, &[]).text();
                    let lacks = titles
                        .iter()
                        .find(|title| !feed.contains(&format!("<title>{title}</title>")));
                    let Some(lacks) = lacks else {
                        break;
                    };
                    assert!(
                        began.elapsed() < PATIENCE,
                        "node {nth} lacks `{lacks}`; its log:\n{}",
                        daemon.log()
                    );
                    thread::sleep(PAUSE);
                }
            }
        }
        began.elapsed()
    }
}

/// feeds.toml of a node: all the same but for its name and its ways to the servers.
fn configuration(nth: usize, cuts: &[Cut], press: &Press) -> String {
    let servers: Vec<String> = cuts.iter().map(|cut| format!("{:?}", cut.url())).collect();
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://news.example/\"\nindexing = true\n\
         renders_per_address = 0\n[http]\nallow_private = [\"127.0.0.0/8\"]\ntimeout = \"5s\"\n\
         [host.\"*\"]\nspacing = \"{}s\"\n\
         [defaults]\ninterval = \"2s\"\nmin_interval = \"2s\"\nfull_text = \"never\"\n\
         [cluster]\nname = \"rounds\"\nnode = \"node-{nth}\"\nservers = [{}]\n{}",
        SPACING.as_secs(),
        servers.join(", "),
        press.sources()
    )
}
