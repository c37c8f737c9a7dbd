//! `cargo xtask test`: every test there is.

use std::env::{self, consts::EXE_SUFFIX};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::count::{self, Count};
use crate::parts::{self, Part as Step};
use crate::prepare::{Preparation, node::npm};
use crate::wasm::Profile;
use crate::{page, process, workspace};

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// Rust, on a graphics card or a software adapter
    Rust,
    /// xtask itself
    Xtask,
    /// TypeScript, in Node
    Unit,
    /// The page, in Chromium and in Firefox
    Browser,
}

/// Runs the given parts, or all when none is given.
pub fn run(preparation: &Preparation, parts: &[Part]) -> Result<()> {
    let wanted = |part: &&Part| parts.is_empty() || parts.contains(part);
    let steps = Part::value_variants().iter().filter(wanted).map(|part| match part {
        Part::Rust => Step { name: "rust", run: Box::new(|| rust(preparation)) },
        Part::Xtask => Step { name: "xtask", run: Box::new(|| counted(&mut cargo_test("xtask"))) },
        Part::Unit => Step { name: "unit", run: Box::new(|| unit(preparation)) },
        Part::Browser => Step { name: "browser", run: Box::new(|| browser(preparation)) },
    });
    parts::run(steps.collect())
}

fn rust(preparation: &Preparation) -> Result<String> {
    process::say(preparation.vulkan()?);
    // Only one test wants it, and leaves itself out where it is not there.
    process::say(preparation.strace().unwrap_or_else(|error| format!("{error:#}")));
    let on_adapter = counted(&mut cargo_test("emascope"))?;
    // The tests of training hold the processor too, which needs no adapter.
    let mut on_processor = cargo_test("emascope");
    on_processor.env("EMASCOPE_TEST_EXECUTOR", "processor");
    on_processor.args(["training", "ema", "live", "example"].iter().flat_map(|name| ["--test", name]));
    let on_processor = counted(&mut on_processor)?;
    Ok(format!("{on_adapter}; on the processor {on_processor}"))
}

/// One package at a time: `--workspace` would give their common dependencies the features that either wants, and compile
/// what this xtask was built from a second time.
fn cargo_test(package: &str) -> Command {
    let mut command = workspace::cargo();
    command.args(["test", "--no-fail-fast", "--package", package]);
    command
}

fn unit(preparation: &Preparation) -> Result<String> {
    process::say(preparation.node_packages()?);
    vitest("test", &[])
}

/// The page's losses are compared with the command line's, so these tests also get the program and its adapter.
fn browser(preparation: &Preparation) -> Result<String> {
    process::say(preparation.vulkan()?);
    let chromium = preparation.chromium()?;
    process::say(format!("Chromium: {}", chromium.display()));
    let firefox = preparation.firefox()?;
    process::say(format!("Firefox: {}", firefox.display()));
    page::build(preparation, Profile::Release)?;
    process::run(cargo_test("emascope").arg("--no-run"))?;
    let program = workspace::target().join("debug").join(format!("emascope{}", EXE_SUFFIX));
    ensure!(program.exists(), "cargo did not build {}", program.display());
    vitest("test:browser", &[("CHROMIUM", chromium), ("FIREFOX", firefox), ("EMASCOPE", program)])
}

/// Runs tests of `cargo test` and counts them.
fn counted(command: &mut Command) -> Result<String> {
    let (status, output) = process::tee(command)?;
    process::check(command, status)?;
    some(count::cargo(&output), command)
}

/// Runs a script of package.json that starts Vitest, and counts its tests by a report that it writes.
fn vitest(script: &str, environment: &[(&str, PathBuf)]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report.json");
    let mut command = npm(&["run", script, "--", "--reporter=default", "--reporter=json"]);
    command.arg(format!("--outputFile.json={}", report.display())).envs(environment.iter().cloned());
    if env::var_os("GITHUB_ACTIONS").is_some() {
        // Vitest takes it by itself only where no other is asked for.
        command.arg("--reporter=github-actions");
    }
    process::run(&mut command)?;
    some(count::vitest(&fs::read_to_string(&report)?)?, &command)
}

/// Finding no test at all is a failure.
fn some(count: Count, command: &Command) -> Result<String> {
    ensure!(count.passed > 0, "`{}` ran no test", process::line(command));
    Ok(count.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn running_no_test_is_a_failure() {
        let error = counted(&mut shell("echo running 0 tests")).unwrap_err();
        assert!(error.to_string().contains("ran no test"), "{error}");
        let skipped = "echo 'test result: ok. 0 passed; 0 failed; 5 ignored'";
        assert!(counted(&mut shell(skipped)).is_err());
    }

    #[test]
    fn a_failing_runner_fails_whatever_it_printed() {
        let script = "echo 'test result: ok. 4 passed; 0 failed; 0 ignored'";
        assert_eq!(counted(&mut shell(script)).unwrap(), "4 passed");
        assert!(counted(&mut shell(&format!("{script}; exit 1"))).is_err());
    }
}
