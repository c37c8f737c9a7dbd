//! The program `emascope`: the engine without a page.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
