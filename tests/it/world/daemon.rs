//! The daemon as a child process, watched through its log.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Answer, get};

/// How long a test waits for a line before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    came: Condvar,
}

/// A running daemon; killed when it goes out of scope.
pub struct Daemon {
    child: Child,
    log: Arc<Log>,
    reading: Option<thread::JoinHandle<()>>,
    address: String,
}

impl Daemon {
    /// Starts `command` and waits until it serves.
    #[track_caller]
    pub fn start(mut command: Command) -> Daemon {
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let log = Arc::new(Log::default());
        let shared = Arc::clone(&log);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let reading = thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                shared.lines.lock().unwrap().push(line);
                shared.came.notify_all();
            }
        });
        let mut daemon = Daemon {
            child,
            log,
            reading: Some(reading),
            address: String::new(),
        };
        let line = daemon.wait_for("serving http");
        let (_, address) = line.rsplit_once(" at ").unwrap();
        daemon.address = address.trim().to_owned();
        daemon
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Limits the size of files that the daemon writes, in bytes, or lifts the limit.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let process = rustix::process::Pid::from_raw(self.pid().cast_signed());
        let limit = rustix::process::Rlimit {
            current: bytes,
            maximum: None,
        };
        let resource = rustix::process::Resource::Fsize;
        rustix::process::prlimit(process, resource, limit).unwrap();
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks the daemon.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        get(&self.address, path)
    }

    /// Waits for a line of the log that contains `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_for_nth(text, 1)
    }

    /// Waits for the `n`th line of the log that contains `text`.
    #[track_caller]
    pub fn wait_for_nth(&self, text: &str, n: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.log.lines.lock().unwrap();
        loop {
            if let Some(line) = lines.iter().filter(|line| line.contains(text)).nth(n - 1) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no line number {n} with `{text}` in:\n{}",
                lines.join("\n")
            );
            lines = self.log.came.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Waits until `source` has been polled `n` times well.
    #[track_caller]
    pub fn wait_for_polls(&self, source: &str, n: usize) {
        self.wait_for_nth(&format!("{source}: polled"), n);
    }

    /// All of the log so far.
    pub fn log(&self) -> String {
        self.log.lines.lock().unwrap().join("\n")
    }

    /// All of the log, once the daemon has ended.
    pub fn log_to_the_end(mut self) -> String {
        self.child.wait().unwrap();
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
        self.log()
    }

    /// Sends a signal: `TERM`, `HUP`, `INT`, `KILL`.
    pub fn signal(&self, name: &str) {
        kill(&self.child, name);
    }

    /// Tells the daemon to stop and waits until it has.
    #[track_caller]
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().unwrap()
    }

    /// Waits until the daemon ends by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

/// Sends a signal to a child.
#[track_caller]
pub fn kill(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.unwrap().success());
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
