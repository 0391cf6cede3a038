//! Commands that are killed in the middle of what they do.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs a command to its end; how long that takes.
#[track_caller]
pub fn time(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}: {said}");
    begun.elapsed()
}

/// Starts a command and kills it after a while; whether it was still at work.
pub fn kill_after(command: &mut Command, after: Duration) -> bool {
    let child = start(command);
    thread::sleep(after);
    end(child)
}

/// Starts a command and kills it at the moment that `is_time` says; whether it was still at work.
pub fn kill_when(command: &mut Command, mut is_time: impl FnMut() -> bool) -> bool {
    let mut child = start(command);
    while !is_time() && child.try_wait().unwrap().is_none() {
        thread::yield_now();
    }
    end(child)
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn end(mut child: Child) -> bool {
    let was_at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    was_at_work
}
