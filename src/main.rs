//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    match std::env::args().nth(1).as_deref() {
        Some("extract") => gazetted::cli::extract::run_lines(),
        Some("links") => gazetted::cli::links::run_lines(),
        _ => Ok(ExitCode::FAILURE),
    }
}
