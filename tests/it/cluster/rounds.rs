//! Nodes and servers die, stop and are cut off in every way, while papers bring news all the time. In the
//! end every entry is there once, on all nodes, the same byte for byte, no paper was asked more often
//! than by one node, and no reader was left without an answer.
//!
//! `GAZETTED_CLUSTER_ROUNDS=20` plays so many rounds instead of five.

use std::time::Duration;

use super::alike::{check_stores, wait_until_alike};
use super::nodes::Nodes;
use super::press::Press;
use super::readers::Readers;

/// Nodes, and servers.
const N: usize = 3;

/// Rounds, unless the environment says otherwise: each fault once.
const ROUNDS: usize = FAULTS.len();

/// Faults in the order of the rounds.
const FAULTS: [Fault; 5] = [
    Fault::NodeDies,
    Fault::ServerDies,
    Fault::NodeStops,
    Fault::NodeIsCutOff,
    Fault::EverythingDies,
];

/// Fault of a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// `kill -9` of a node.
    NodeDies,
    /// `kill -9` of a nats-server.
    ServerDies,
    /// `SIGSTOP` of a node that polls, until others have taken over, and `SIGCONT`.
    NodeStops,
    /// Nothing passes between a node and all servers.
    NodeIsCutOff,
    /// `kill -9` of all nodes and all servers.
    EverythingDies,
}

#[test]
fn whatever_dies_every_entry_is_there_once_on_all_nodes() {
    let press = Press::open();
    let Some(nodes) = Nodes::start(N, &press) else {
        return;
    };
    nodes.wait_for_news(&nodes.all(), &press);
    let readers = Readers::start(nodes.addresses());
    let mut game = Game {
        press,
        nodes,
        readers,
    };
    let rounds = std::env::var("GAZETTED_CLUSTER_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"));
    for round in 0..rounds {
        // Each fault meets each node in turn.
        let (fault, nth) = (round % FAULTS.len(), round / FAULTS.len());
        game.play(FAULTS[fault], (fault + nth) % N);
    }
    let Game {
        press,
        mut nodes,
        readers,
    } = game;
    press.close();
    nodes.wait_for_news(&nodes.all(), &press);
    let alike = wait_until_alike(&nodes);
    let tally = readers.end();
    nodes.stop();
    check_stores(&nodes, &press);
    let n_documents = alike.unwrap_or_else(|difference| panic!("{difference}"));
    press.check_spacing();
    assert_eq!(tally.n_failed, 0, "readers had no answer: {tally:?}");
    println!("{rounds} rounds, {n_documents} documents alike on {N} nodes; {tally:?}");
}

/// All that takes part.
struct Game {
    press: Press,
    nodes: Nodes,
    readers: Readers,
}

impl Game {
    /// Plays one round; in its end all nodes have what the papers had after the fault.
    #[track_caller]
    fn play(&mut self, fault: Fault, victim: usize) {
        let took_over = match fault {
            Fault::NodeDies => self.kill_node(victim),
            Fault::ServerDies => self.kill_server(victim),
            Fault::NodeStops => self.stop_node(victim),
            Fault::NodeIsCutOff => self.cut_off(victim),
            Fault::EverythingDies => self.kill_everything(),
        };
        let nodes = &self.nodes;
        let level = nodes.wait_for_news(&nodes.all(), &self.press);
        println!(
            "{fault:?} {victim}: news again after {took_over:.1?}, all level {level:.1?} after the repair"
        );
    }

    fn kill_node(&mut self, victim: usize) -> Duration {
        self.nodes.kill_node(victim);
        let others = self.nodes.others(victim);
        let took = self.nodes.wait_for_news(&others, &self.press);
        self.nodes.start_node(victim);
        took
    }

    fn kill_server(&mut self, victim: usize) -> Duration {
        self.nodes.servers.kill(victim);
        let took = self.nodes.wait_for_news(&self.nodes.all(), &self.press);
        self.nodes.servers.restart(victim);
        self.nodes.servers.wait_until_ready();
        took
    }

    fn stop_node(&self, victim: usize) -> Duration {
        self.nodes.daemon(victim).signal("STOP");
        let others = self.nodes.others(victim);
        let took = self.nodes.wait_for_news(&others, &self.press);
        self.nodes.daemon(victim).signal("CONT");
        took
    }

    fn cut_off(&self, victim: usize) -> Duration {
        self.nodes.cut_off(victim);
        let others = self.nodes.others(victim);
        let took = self.nodes.wait_for_news(&others, &self.press);
        let alone = self.nodes.daemon(victim);
        assert_eq!(
            alone.get("/index.rss").status,
            200,
            "readers are served what is there"
        );
        let ready = alone.get("/readyz").text();
        assert!(ready.contains("cut off from the cluster since"), "{ready}");
        self.nodes.mend(victim);
        took
    }

    fn kill_everything(&mut self) -> Duration {
        self.readers.pause();
        let nodes = &mut self.nodes;
        for nth in nodes.all() {
            nodes.kill_node(nth);
            nodes.servers.kill(nth);
        }
        nodes
            .all()
            .into_iter()
            .for_each(|nth| nodes.servers.restart(nth));
        nodes.servers.wait_until_ready();
        nodes
            .all()
            .into_iter()
            .for_each(|nth| nodes.start_node(nth));
        self.readers.resume();
        self.nodes.wait_for_news(&self.nodes.all(), &self.press)
    }
}
