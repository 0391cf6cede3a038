//! Log set-up: one event is one line, whatever strangers put into it.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Turns logging on, to standard error; `$RUST_LOG` overrides `filter`.
///
/// On a terminal lines are coloured. Under systemd (`$JOURNAL_STREAM`) they
/// carry no time, the journal has its own.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let is_terminal = io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_target(false)
        .with_writer(OneLine);
    // A second caller (a test) keeps the first set-up.
    let _ = if std::env::var_os("JOURNAL_STREAM").is_some() {
        builder.without_time().try_init()
    } else {
        builder.try_init()
    };
}

/// Writer of events to standard error, each as one line.
#[derive(Clone, Copy, Debug)]
struct OneLine;

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = OneLine;

    fn make_writer(&'a self) -> OneLine {
        OneLine
    }
}

impl Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = escape(&String::from_utf8_lossy(event));
        // Who no longer reads the log does not end what it tells of.
        let _ = io::stderr().lock().write_all(line.as_bytes());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                line.extend(c.escape_unicode());
            }
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
    fn colours_pass() {
        check("\u{1b}[32m INFO\u{1b}[0m x", "\u{1b}[32m INFO\u{1b}[0m x\n");
    }
}
