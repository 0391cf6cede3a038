//! Real NATS servers with JetStream, as child processes that a test kills, stops and starts again.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::daemon::kill;

/// How long a test waits for servers that are to agree on something.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a server may think over one question.
const ANSWER: Duration = Duration::from_secs(2);

/// Time between two looks at the servers.
const PAUSE: Duration = Duration::from_millis(50);

/// How often servers whose ports others took are started on other ones.
const TRIES: usize = 5;

/// NATS servers on one loopback address of their own, one cluster if there are several. Killed when it
/// goes out of scope.
///
/// Their ports stay the same over kills. Debian's 2.9 writes to the disk without asking for it to be
/// synced (`sync_interval: always` came with 2.10), so what a test proves is about processes that
/// die, not about machines that lose power.
pub struct NatsCluster {
    folder: TempDir,
    servers: Vec<Server>,
}

/// One of the servers.
struct Server {
    client: SocketAddr,
    monitor: SocketAddr,
    route: SocketAddr,
    /// `None` after a kill.
    child: Option<Child>,
}

impl NatsCluster {
    /// Starts `n` servers and waits until they take streams; `None`, and a word, where the machine has
    /// no nats-server.
    pub fn start(n: usize) -> Option<NatsCluster> {
        NatsCluster::start_with(n, "")
    }

    /// Starts one server that speaks TLS, with this certificate and its key.
    pub fn start_with_tls(certificate: &Path, key: &Path) -> Option<NatsCluster> {
        let tls = format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}\n");
        NatsCluster::start_with(1, &tls)
    }

    /// Starts `n` servers with more lines in their configuration.
    fn start_with(n: usize, more: &str) -> Option<NatsCluster> {
        let program = program()?;
        for _ in 0..TRIES {
            let mut cluster = NatsCluster {
                folder: tempfile::tempdir().unwrap(),
                servers: addresses(n),
            };
            for nth in 0..n {
                let text = cluster.configuration(nth) + more;
                fs::write(cluster.file(nth, "conf"), text).unwrap();
                cluster.spawn(&program, nth);
            }
            if cluster.are_ready() {
                return Some(cluster);
            }
            let logs: Vec<String> = (0..n).map(|nth| cluster.log(nth)).collect();
            let is_taken = logs
                .iter()
                .any(|log| log.contains("address already in use"));
            assert!(is_taken, "the servers do not agree:\n{}", logs.join("\n"));
        }
        panic!("somebody takes every port");
    }

    /// Waits until the log of a server has these words.
    #[track_caller]
    pub fn wait_for_log(&self, nth: usize, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.log(nth).contains(words) {
            assert!(
                Instant::now() < deadline,
                "no `{words}` in:\n{}",
                self.log(nth)
            );
            thread::sleep(PAUSE);
        }
    }

    /// How many servers there are, running or not.
    pub fn len(&self) -> usize {
        self.servers.len()
    }

    /// `127.x.y.z:port`, where clients connect.
    pub fn address(&self, nth: usize) -> SocketAddr {
        self.servers[nth].client
    }

    /// `nats://127.x.y.z:port`
    pub fn url(&self, nth: usize) -> String {
        format!("nats://{}", self.address(nth))
    }

    /// Addresses of all servers.
    pub fn urls(&self) -> Vec<String> {
        (0..self.len()).map(|nth| self.url(nth)).collect()
    }

    /// Kills a server at once (SIGKILL).
    pub fn kill(&mut self, nth: usize) {
        if let Some(mut child) = self.servers[nth].child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts a server that was killed; with the others it is level after
    /// [`NatsCluster::wait_until_ready`].
    pub fn restart(&mut self, nth: usize) {
        assert!(self.servers[nth].child.is_none(), "server {nth} runs");
        self.spawn(&program().unwrap(), nth);
    }

    /// Stops a server's process (SIGSTOP): its connections stay, and nothing comes.
    pub fn stop_process(&self, nth: usize) {
        kill(self.child(nth), "STOP");
    }

    /// Lets a stopped process go on (SIGCONT).
    pub fn cont(&self, nth: usize) {
        kill(self.child(nth), "CONT");
    }

    /// Waits until all servers that run have one leader, and are level with it.
    #[track_caller]
    pub fn wait_until_ready(&mut self) {
        let is_ready = self.are_ready();
        let logs = || (0..self.len()).map(|nth| self.log(nth)).collect::<String>();
        assert!(is_ready, "the servers do not agree:\n{}", logs());
    }

    /// Which of the servers leads a stream; `None` while nobody does.
    pub fn leader_of(&self, stream: &str) -> Option<usize> {
        let is_running = |nth: &usize| self.servers[*nth].child.is_some();
        let mut running = (0..self.len()).filter(is_running);
        running.find(|nth| {
            let told = self.ask(*nth, "/jsz?streams=true");
            let told = told.unwrap_or_default();
            let accounts = told["account_details"].as_array();
            let streams = accounts
                .into_iter()
                .flatten()
                .filter_map(|one| one["stream_detail"].as_array());
            let mut streams = streams.flatten();
            streams.any(|one| one["name"] == stream && one["cluster"]["leader"] == name(*nth))
        })
    }

    fn child(&self, nth: usize) -> &Child {
        let child = self.servers[nth].child.as_ref();
        child.expect("a server that runs")
    }

    fn file(&self, nth: usize, kind: &str) -> PathBuf {
        self.folder.path().join(format!("{}.{kind}", name(nth)))
    }

    fn log(&self, nth: usize) -> String {
        fs::read_to_string(self.file(nth, "log")).unwrap_or_default()
    }

    fn spawn(&mut self, program: &Path, nth: usize) {
        let mut log = File::options();
        let log = log.create(true).append(true).open(self.file(nth, "log"));
        let mut command = Command::new(program);
        command.arg("-c").arg(self.file(nth, "conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log.unwrap()).spawn().unwrap();
        self.servers[nth].child = Some(child);
    }

    /// `no_advertise`, so that clients stay with the addresses that they were given and do not go round a
    /// [`super::Cut`].
    fn configuration(&self, nth: usize) -> String {
        let server = &self.servers[nth];
        let routes = self
            .servers
            .iter()
            .map(|one| format!("nats://{}", one.route));
        let routes = routes.collect::<Vec<_>>().join(", ");
        let cluster = match self.len() {
            1 => String::new(),
            _ => format!(
                "cluster {{ name: test, listen: \"{}\", no_advertise: true, routes: [{routes}] }}\n",
                server.route
            ),
        };
        format!(
            "server_name: {}\nlisten: \"{}\"\nhttp: \"{}\"\n\
             jetstream {{ store_dir: {:?}, max_memory_store: 64MB, max_file_store: 2GB }}\n{cluster}",
            name(nth),
            server.client,
            server.monitor,
            self.file(nth, "data")
        )
    }

    /// Waits until all servers that run are level; false if one ends, or it takes too long.
    fn are_ready(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut children = self
                .servers
                .iter_mut()
                .filter_map(|server| server.child.as_mut());
            if children.any(|child| child.try_wait().unwrap().is_some()) {
                return false;
            }
            if self.are_level() {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Whether each server that runs says that it is well, all name the same leader, and the leader
    /// holds them all for level.
    fn are_level(&self) -> bool {
        let is_running = |nth: &usize| self.servers[*nth].child.is_some();
        let running: Vec<usize> = (0..self.len()).filter(is_running).collect();
        let is_well = |nth: &usize| {
            let told = self.ask(*nth, "/healthz");
            told.is_some_and(|told| told["status"] == "ok")
        };
        if !running.iter().all(is_well) {
            return false;
        }
        if self.len() == 1 {
            return true;
        }
        let told = running.iter().map(|nth| self.ask(*nth, "/jsz"));
        let Some(told) = told.collect::<Option<Vec<Value>>>() else {
            return false;
        };
        let leader = &told[0]["meta_cluster"]["leader"];
        let is_one = told
            .iter()
            .all(|one| one["meta_cluster"]["leader"] == *leader);
        let of_leader = told
            .iter()
            .find_map(|one| one["meta_cluster"]["replicas"].as_array());
        let n_level = of_leader.map_or(0, |others| {
            let level = others
                .iter()
                .filter(|one| one["current"] == true && one["offline"] != true);
            level.count()
        });
        is_one && leader.is_string() && n_level + 1 >= running.len()
    }

    /// Asks a server's monitor; `None` where it does not answer with JSON.
    fn ask(&self, nth: usize, path: &str) -> Option<Value> {
        let address = self.servers[nth].monitor;
        let mut stream = TcpStream::connect_timeout(&address, ANSWER).ok()?;
        stream.set_read_timeout(Some(ANSWER)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (_, body) = text.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok()
    }
}

impl Drop for NatsCluster {
    fn drop(&mut self) {
        for server in &mut self.servers {
            if let Some(child) = &mut server.child {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

fn name(nth: usize) -> String {
    format!("nats-{nth}")
}

/// The server's program; `None`, and a word, where there is none.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let found = folders
        .map(|folder| folder.join("nats-server"))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: nats-server is not on this machine");
    }
    found
}

/// Free ports for `n` servers, on a loopback address that no other test has: nobody takes one while a
/// server is down.
fn addresses(n: usize) -> Vec<Server> {
    static NTH: AtomicU8 = AtomicU8::new(0);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let nth = NTH.fetch_add(1, Ordering::Relaxed) % 128;
    let host = Ipv4Addr::new(127, 128 + nth, high, low.clamp(1, 254));
    let listeners: Vec<TcpListener> = (0..3 * n)
        .map(|_| TcpListener::bind((host, 0)).unwrap())
        .collect();
    let free = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap());
    let free: Vec<SocketAddr> = free.collect();
    let servers = free.chunks(3).map(|ports| Server {
        client: ports[0],
        monitor: ports[1],
        route: ports[2],
        child: None,
    });
    servers.collect()
}
