//! Log set-up: one event is one line, whatever strangers put into it.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people, on standard error.
    #[default]
    Text,
    /// Lines of JSON, on standard error.
    Json,
    /// Entries of systemd's journal, with all fields (`SOURCE_ID=`, `DURATION_MS=` …).
    Journal,
}

/// Turns logging on, to standard error; `$RUST_LOG` overrides `filter`.
///
/// On a terminal lines are coloured. Under systemd (`$JOURNAL_STREAM`) they
/// carry no time, the journal has its own.
pub fn init(filter: &str) {
    init_as(filter, LogFormat::Text);
}

/// Turns logging on in another form. Without a journal its entries go to standard error, as text.
pub fn init_as(filter: &str, format: LogFormat) {
    // What the connection to NATS does is told by `cluster`.
    let usual = || EnvFilter::new(format!("{filter},async_nats=off"));
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    let journal = match format {
        LogFormat::Journal => tracing_journald::layer().ok(),
        LogFormat::Text | LogFormat::Json => None,
    };
    // A second caller (a test) keeps the first set-up.
    if let Some(journal) = journal {
        let journal = journal.with_field_prefix(None);
        let _ = tracing_subscriber::registry()
            .with(filter)
            .with(journal)
            .try_init();
        return;
    }
    let is_json = format == LogFormat::Json;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(!is_json && io::stderr().is_terminal())
        .with_target(false)
        .with_writer(OneLine { is_json });
    let _ = if is_json {
        builder.json().flatten_event(true).try_init()
    } else if std::env::var_os("JOURNAL_STREAM").is_some() {
        builder.without_time().try_init()
    } else {
        builder.try_init()
    };
}

/// Writer of events to standard error, each as one line.
#[derive(Clone, Copy, Debug)]
struct OneLine {
    /// Whether events are JSON, in which control characters are written as escapes already.
    is_json: bool,
}

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = OneLine;

    fn make_writer(&'a self) -> OneLine {
        *self
    }
}

impl Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let event_text = String::from_utf8_lossy(event);
        let line = match self.is_json {
            true => escape_json(&event_text),
            false => escape(&event_text),
        };
        // Who no longer reads the log does not end what it tells of.
        let _ = io::stderr().lock().write_all(line.as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a character breaks lines or turns the reading direction, though it is no control character.
fn is_sly(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes in a line of JSON what a terminal would obey.
fn escape_json(event: &str) -> String {
    let mut line = String::with_capacity(event.len());
    for c in event.chars() {
        match c {
            '\n' => line.push(c),
            c if is_sly(c) || c.is_control() => line.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => line.push(c),
        }
    }
    line
}

/// Makes everything visible that could break the line, move the cursor or turn
/// the reading direction; the colours of the formatter itself pass.
fn escape(event: &str) -> String {
    let body = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(event.len() + 1);
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let colour = colour_code(rest);
        if colour > 0 {
            line.push_str(&rest[..colour]);
            rest = &rest[colour..];
            continue;
        }
        match c {
            c if is_sly(c) => line.extend(c.escape_unicode()),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    line.push('\n');
    line
}

/// Returns the length in bytes of the colour code (`ESC [ digits m`) that `text` begins with; 0 if
/// none.
fn colour_code(text: &str) -> usize {
    let Some(code) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let digits = code
        .bytes()
        .take_while(|b| b.is_ascii_digit() || *b == b';')
        .count();
    if digits <= 8 && code[digits..].starts_with('m') {
        digits + 3
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(escape(given), want);
    }

    #[test]
    fn an_event_is_one_line() {
        check("a\n", "a\n");
        check("a\n ERROR fake\n", "a\\n ERROR fake\n");
        check("a\u{2028}b\r\n", "a\\u{2028}b\\r\n");
    }

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_text() {
        check("\u{1b}[2J\u{9b}31m", "\\u{1b}[2J\\u{9b}31m\n");
        check("\u{202e}abc", "\\u{202e}abc\n");
    }

    #[test]
    fn json_stays_json() {
        let line = escape_json("{\"a\":\"\u{202e}x\u{9b}\"}\n");
        assert_eq!(line, "{\"a\":\"\\u202ex\\u009b\"}\n");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["a"], "\u{202e}x\u{9b}");
    }

    #[test]
    fn colours_pass() {
        check("\u{1b}[32m INFO\u{1b}[0m x", "\u{1b}[32m INFO\u{1b}[0m x\n");
    }
}
