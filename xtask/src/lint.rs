//! `cargo xtask lint`: static checks of the code.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use crate::parts::{self, Part as Step};
use crate::prepare::wasm_target::Lints;
use crate::prepare::{Preparation, node::npm, tools};
use crate::process::run as execute;
use crate::{process, wasm, workspace};

/// How long fetching the database of advisories may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the lints.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// rustfmt
    Format,
    /// Clippy for this machine
    Clippy,
    /// Clippy for WebAssembly
    ClippyWasm,
    /// rustdoc's warnings
    Docs,
    /// TypeScript's types, ESLint, Prettier
    Typescript,
    /// Spelling
    Typos,
    /// Licences, bans, sources and, where the database can be fetched, advisories
    Deny,
}

/// Runs the given parts, or all when none is given.
pub fn run(preparation: &Preparation, parts: &[Part]) -> Result<()> {
    let wanted = |part: &&Part| parts.is_empty() || parts.contains(part);
    let steps = Part::value_variants().iter().filter(wanted).map(|&part| match part {
        Part::Format => Step { name: "format", run: Box::new(format) },
        Part::Clippy => Step { name: "clippy", run: Box::new(clippy) },
        Part::ClippyWasm => Step { name: "clippy wasm", run: Box::new(|| clippy_wasm(preparation)) },
        Part::Docs => Step { name: "docs", run: Box::new(docs) },
        Part::Typescript => Step { name: "typescript", run: Box::new(|| typescript(preparation)) },
        Part::Typos => Step { name: "typos", run: Box::new(|| typos(preparation)) },
        Part::Deny => Step { name: "deny", run: Box::new(|| deny(preparation)) },
    });
    parts::run(steps.collect())
}

/// rustfmt follows declarations of modules; those that automod declares are passed to it by name.
fn format() -> Result<String> {
    let mut command = workspace::cargo();
    command.args(["fmt", "--all", "--check", "--"]);
    for folder in ["tests/layers", "tests/kernels"] {
        for entry in fs::read_dir(workspace::root().join(folder))? {
            command.arg(entry?.path());
        }
    }
    execute(&mut command)?;
    Ok(String::new())
}

fn clippy() -> Result<String> {
    for package in ["emascope", "xtask"] {
        execute(workspace::cargo().args([
            "clippy",
            "--package",
            package,
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))?;
    }
    Ok(String::new())
}

fn clippy_wasm(preparation: &Preparation) -> Result<String> {
    let toolchain = preparation.wasm_target(Lints::Yes)?;
    execute(wasm::clippy(&toolchain).args(["--", "-D", "warnings"]))?;
    Ok(String::new())
}

fn docs() -> Result<String> {
    let mut command = workspace::cargo();
    // The program has the library's name; its items are private and would land on the library's pages.
    command.args(["doc", "--package", "emascope", "--lib", "--no-deps", "--document-private-items"]);
    execute(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(String::new())
}

/// The types of the page include those of the engine's module, so that is built first.
fn typescript(preparation: &Preparation) -> Result<String> {
    preparation.node_packages()?;
    wasm::build(&preparation.wasm_target(Lints::No)?, wasm::Profile::Release)?;
    execute(&mut npm(&["run", "check"]))?;
    execute(&mut npm(&["run", "lint"]))?;
    Ok(String::new())
}

fn typos(preparation: &Preparation) -> Result<String> {
    let program = preparation.tool(&tools::TYPOS)?;
    execute(Command::new(program).arg("--hidden").current_dir(workspace::root()))?;
    Ok(String::new())
}

fn deny(preparation: &Preparation) -> Result<String> {
    let program = preparation.tool(&tools::CARGO_DENY)?;
    let check = |what: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--workspace", "--all-features", "check"]).args(what).current_dir(workspace::root());
        command
    };
    execute(&mut check(&["bans", "licenses", "sources"]))?;
    let mut fetch = Command::new(&program);
    fetch.arg("fetch").arg("db").current_dir(workspace::root());
    if let Err(error) = process::run_within(&mut fetch, PATIENCE) {
        process::say(format!("{error:#}"));
        return Ok("advisories not checked: their database cannot be fetched here".to_owned());
    }
    execute(&mut check(&["--disable-fetch", "advisories"]))?;
    Ok(String::new())
}
