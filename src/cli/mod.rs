//! The command line: parses the command, runs it, and prints one sentence if it fails.

mod adapters;
mod arguments;
mod bench;
mod compute;
mod data;
mod init;
mod interruption;
mod outputs;
mod progress;
mod study;
mod train;
mod tuning;

use std::io::Write as _;
use std::process::ExitCode;

use emascope::config::ConfigError;

/// Exit code for wrong usage, the same as clap's.
const USAGE: u8 = 2;

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    let matches = arguments::command().get_matches();
    let result = match matches.subcommand() {
        Some(("train", matches)) => train::run(matches),
        Some(("data", matches)) => data::run(matches),
        Some(("adapters", matches)) => adapters::run(matches),
        Some(("bench", matches)) => bench::run(matches),
        Some(("study", matches)) => study::run(matches),
        _ => unreachable!("clap asks for one of the commands"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&format!("error: {error:#}"));
            let usage = error.is::<ConfigError>() || error.is::<arguments::UsageError>();
            ExitCode::from(if usage { USAGE } else { 1 })
        }
    }
}

/// Whether the reader of our output closed it, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes a result to the standard output.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line to standard error. If that fails, there is nowhere left to report it.
fn print_error(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
