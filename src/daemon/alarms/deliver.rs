//! Delivery of an alarm: a command of the admin, or a POST to an address.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::warn;

use crate::clock;
use crate::config::Config;
use crate::fetch::{Client, Post, user_agent};
use crate::publish::alarms::Alarm;

/// Time that a command or an address has.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Tells an alarm as `[alarm]` says; what goes wrong is logged.
pub(super) async fn deliver(config: &Config, alarm: Alarm) {
    let about = json!({
        "subject": alarm.subject,
        "code": alarm.code,
        "message": alarm.message,
        "repair": alarm.repair,
        "title": alarm.title(),
        "at": alarm.at.to_string(),
        "id": alarm.id(),
    });
    if !config.alarm.command.is_empty() {
        command(&config.alarm.command, &about).await;
    }
    if config.alarm.webhook.is_some() {
        webhook(config, &about).await;
    }
}

/// Runs a command with the alarm as JSON on its standard input.
async fn command(words: &[String], about: &Value) {
    let (words, about) = (words.to_vec(), about.to_string());
    let name = words.first().cloned().unwrap_or_default();
    let done = tokio::task::spawn_blocking(move || run(&words, about.as_bytes())).await;
    match done {
        Ok(Ok(())) => {}
        Ok(Err(why)) => warn!("alarm.command `{name}`: {why}"),
        Err(why) => warn!("alarm.command `{name}` panicked: {why}"),
    }
}

fn run(words: &[String], about: &[u8]) -> std::io::Result<()> {
    use std::io::{Error, Write};
    let [program, arguments @ ..] = words else {
        return Ok(());
    };
    let mut child = std::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read it is told all the same.
        let _ = input.write_all(about);
    }
    let begun = std::time::Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return match status.success() {
                true => Ok(()),
                false => Err(Error::other(format!("it ended with {status}"))),
            };
        }
        if begun.elapsed() > DELIVERY_TIMEOUT {
            child.kill()?;
            child.wait()?;
            return Err(Error::other("it did not end in time, and was stopped"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Posts the alarm as JSON, guarded as every request is.
async fn webhook(config: &Config, about: &Value) {
    let Some(url) = &config.alarm.webhook else {
        return;
    };
    let Ok(name) = "gazetted/alarm".parse() else {
        return;
    };
    let agent = user_agent(config.server.contact.as_deref(), &name);
    let client = match Client::new(&config.http) {
        Ok(client) => client,
        Err(why) => return warn!("alarm.webhook cannot be asked: {why}"),
    };
    let body = about.to_string();
    let post = Post {
        url,
        body: body.into(),
        content_type: "application/json",
        headers: &[],
        user_agent: &agent,
        timeout: DELIVERY_TIMEOUT,
    };
    match client.post(post, clock::now()).await {
        Ok(posted) if (200..300).contains(&posted.status) => {}
        Ok(posted) => warn!(
            "alarm.webhook {url} answered {} {}",
            posted.status, posted.reason
        ),
        Err(why) => warn!("alarm.webhook {url}: {why}"),
    }
}
