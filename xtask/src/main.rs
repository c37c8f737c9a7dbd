//! The commands of `cargo xtask`.
//!
//! `prepare/` has one file per tool: look for it, install it, or explain in one sentence how to. `wasm.rs` and
//! `page.rs` build, `demo.rs` serves, `test.rs` and `lint.rs` are lists of parts that `parts.rs` runs and sums up,
//! `endure.rs` makes some tests longer.

mod bench;
mod count;
mod demo;
mod endure;
mod evidence;
mod images;
mod lint;
mod page;
mod parts;
mod prepare;
mod process;
mod test;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use prepare::Preparation;
use wasm::Profile;

/// Build, serve, test and measure Emascope.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Chore,

    /// Install nothing; print the command for anything missing, and fail
    #[arg(long, global = true)]
    no_install: bool,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what building and testing need
    Setup,
    /// Build the page, serve it on localhost and open a browser
    Demo(demo::Options),
    /// Run every test: Rust, TypeScript, and the page in a real Chromium and a real Firefox
    Test {
        /// Run only these parts
        #[arg(value_enum)]
        parts: Vec<test::Part>,
    },
    /// Build the WebAssembly module and the page into dist/
    Build(BuildOptions),
    /// Recreate the included images from CIFAR-10's official files
    Images(images::Options),
    /// Time a training step against TensorFlow.js, jax-js, burn and PyTorch
    Bench(bench::Options),
    /// Bring docs/evidence.md and the page up to date with the results of the studies
    Evidence(evidence::Options),
    /// Run endurance tests for minutes or hours: kills, failing disks, lost devices, damaged files
    Endure(endure::Options),
    /// Check formatting, lints, documentation, spelling and licences
    Lint {
        /// Run only these parts
        #[arg(value_enum)]
        parts: Vec<lint::Part>,
    },
}

/// How the WebAssembly module is built.
#[derive(Args)]
struct BuildOptions {
    /// Optimise for size and speed (the default)
    #[arg(long, conflicts_with = "dev")]
    release: bool,
    /// Build faster; the module is larger
    #[arg(long)]
    dev: bool,
}

impl BuildOptions {
    fn profile(&self) -> Profile {
        if self.dev { Profile::Dev } else { Profile::Release }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let preparation = Preparation::new(cli.no_install);
    match cli.command {
        Chore::Setup => preparation.everything(),
        Chore::Demo(options) => demo::run(&preparation, &options),
        Chore::Test { parts } => test::run(&preparation, &parts),
        Chore::Build(options) => page::build(&preparation, options.profile()),
        Chore::Images(options) => images::run(&preparation, &options),
        Chore::Bench(options) => bench::run(&preparation, &options),
        Chore::Evidence(options) => evidence::run(&options),
        Chore::Endure(options) => endure::run(&preparation, &options),
        Chore::Lint { parts } => lint::run(&preparation, &parts),
    }
}
