//! Preparing and running each peer. A peer prints one JSON line per configuration; other output goes to stderr.

use std::env::{self, consts::EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Deserialize;

use super::Options;
use super::row::{Line, OURS, Place, Row};
use super::work::Work;
use crate::prepare::{Preparation, node};
use crate::wasm::Profile;
use crate::{page, process, workspace};

/// The command that runs a work file.
pub type Doing = Box<dyn Fn(&Work) -> Command>;

/// A program to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Emascope, on the native adapter
    Emascope,
    /// Emascope, on the processor
    EmascopeProcessor,
    /// Rust: burn, on the same adapter
    Burn,
    /// The same with SPIR-V kernels; by default only with an NVIDIA card
    BurnVulkan,
    /// The same on CUDA; by default only with an NVIDIA card
    BurnCuda,
    /// PyTorch, on the CPU, and on CUDA if available
    Pytorch,
    /// TensorFlow.js, jax-js and Emascope, in one Chromium
    Browser,
}

impl Peer {
    pub fn place(self) -> Place {
        match self {
            Self::Browser => Place::Browser,
            _ => Place::Native,
        }
    }

    /// Whether it is timed by default.
    pub fn is_usual(self) -> bool {
        match self {
            // Elsewhere they cannot run, or crash.
            Self::BurnVulkan | Self::BurnCuda => process::find_program(&["nvidia-smi"]).is_some(),
            _ => true,
        }
    }

    /// Installs and builds what the peer needs, and returns the command that takes a work's file.
    pub fn prepare(self, preparation: &Preparation, options: &Options) -> Result<Doing> {
        let &Options { samples, minutes, .. } = options;
        match self {
            Self::Emascope | Self::EmascopeProcessor => {
                let program = workspace::emascope();
                let compute = if self == Self::Emascope { "gpu" } else { "processor" };
                Ok(Box::new(move |work| {
                    let mut command = Command::new(&program);
                    command.args([
                        "bench",
                        "--compute",
                        compute,
                        "--json",
                        "--samples",
                        &samples.to_string(),
                    ]);
                    command.args(["--preset", &work.network, "--batch", &work.batch.to_string()]);
                    command
                }))
            }
            Self::Burn => burn("burn", &[], autotune()?, samples),
            Self::BurnVulkan => burn("burn-vulkan", &["--features", "vulkan"], autotune()?, samples),
            Self::BurnCuda => {
                burn("burn-cuda", &["--no-default-features", "--features", "cuda,fusion"], None, samples)
            }
            Self::Pytorch => {
                let folder = folder("pytorch");
                let python = python(&folder)?;
                Ok(Box::new(move |work| {
                    let mut command = Command::new(&python);
                    command.arg(folder.join("bench.py"));
                    with_work(command, work, samples)
                }))
            }
            Self::Browser => {
                let folder = folder("browser");
                process::say(preparation.node_packages()?);
                let chromium = preparation.chromium()?;
                page::build(preparation, Profile::Release)?;
                process::run(node::npm(&["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
                Ok(Box::new(move |work| {
                    let mut command = Command::new("node");
                    command.args(["run.mjs", "--minutes", &minutes.to_string()]);
                    command.current_dir(&folder).env("CHROMIUM", &chromium);
                    with_work(command, work, samples)
                }))
            }
        }
    }

    /// Time limit per work file. The browser's program stops its configurations itself.
    pub fn limit(self, minutes: u32) -> Duration {
        match self {
            Self::Browser => Duration::MAX,
            _ => Duration::from_secs(60 * u64::from(minutes)),
        }
    }

    /// The rows that a peer printed. Only Emascope prints its figures in its own format.
    pub fn rows(self, printed: &str, work: &Work) -> Result<Vec<Row>> {
        let read = |line: &str| Row::read(self.place(), line, work.losses[0]);
        match self {
            Self::Emascope | Self::EmascopeProcessor => {
                Ok(vec![read(&serde_json::to_string(&own(printed, work)?)?)?])
            }
            _ => printed.lines().map(read).collect(),
        }
    }
}

/// Level of burn's autotuning; its program reports it in its note.
const AUTOTUNE: &str = "CUBECL_AUTOTUNE_LEVEL";

/// The level for the adapter that wgpu finds: nothing where the environment sets one, and burn's own on a graphics card.
/// On a software adapter that one takes more than minutes.
fn autotune() -> Result<Option<&'static str>> {
    if env::var_os(AUTOTUNE).is_some() {
        return Ok(None);
    }
    let mut probe = Command::new(workspace::emascope());
    let printed = process::output(probe.args([
        "bench",
        "--compute",
        "gpu",
        "--json",
        "--no-tune",
        "--samples=1",
        "--batch=2",
    ]))?;
    Ok(Report::read(&printed)?.is_on_software().then_some("minimal"))
}

/// Builds burn's program with these features in its own target folder.
fn burn(target: &str, features: &[&str], autotune: Option<&'static str>, samples: u32) -> Result<Doing> {
    let target = workspace::target().join("peers").join(target);
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked"]).args(features).current_dir(folder("burn"));
    process::run(build.env("CARGO_TARGET_DIR", &target))?;
    let program = target.join("release").join(format!("emascope-peer-burn{EXE_SUFFIX}"));
    Ok(Box::new(move |work| {
        let mut command = Command::new(&program);
        if let Some(level) = autotune {
            // Where burn finds a configuration that has each candidate timed once.
            command.env(AUTOTUNE, level).current_dir(folder("burn").join("software"));
        }
        with_work(command, work, samples)
    }))
}

fn folder(name: &str) -> PathBuf {
    workspace::root().join("benches/peers").join(name)
}

fn with_work(mut command: Command, work: &Work, samples: u32) -> Command {
    command.arg("--work").arg(&work.file).args(["--samples", &samples.to_string()]);
    command
}

/// A Python of the peer's own, with the packages that its requirements name.
fn python(folder: &Path) -> Result<PathBuf> {
    let home = workspace::target().join("peers/pytorch");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let (wanted, stamp) = (folder.join("requirements.txt"), home.join("requirements.txt"));
    let requirements = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&home))
        .context("PyTorch needs Python 3 with its venv module: `apt install python3-venv`")?;
    process::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
    fs::copy(&wanted, &stamp)?;
    Ok(python)
}

/// The output of `emascope bench --json`.
#[derive(Deserialize)]
struct Report {
    adapter: String,
    averages: usize,
    steps_a_sample: u32,
    images_per_second: Vec<f64>,
}

impl Report {
    fn read(printed: &str) -> Result<Self> {
        serde_json::from_str(printed.trim()).context("`emascope bench --json` printed no report")
    }

    /// Whether the adapter computes on the CPU.
    fn is_on_software(&self) -> bool {
        self.adapter.ends_with("software)")
    }
}

/// The report as a row. Its losses are the work's by definition.
fn own(printed: &str, work: &Work) -> Result<Line> {
    let report = Report::read(printed)?;
    Ok(Line {
        peer: OURS.to_owned(),
        runtime: if report.adapter.contains("(processor") { "Rust" } else { "wgpu" }.to_owned(),
        adapter: report.adapter,
        network: work.network.clone(),
        batch: work.batch,
        averages: report.averages,
        losses: work.losses.clone(),
        steps_a_sample: report.steps_a_sample,
        images_per_second: report.images_per_second,
        note: "also gathers and augments its images".to_owned(),
        failed: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_software_adapter_says_so() {
        let on = |adapter: &str| {
            let text = serde_json::json!({
                "adapter": adapter, "averages": 4, "steps_a_sample": 2, "images_per_second": [1.0],
            });
            Report::read(&text.to_string()).unwrap().is_on_software()
        };
        assert!(on("llvmpipe (LLVM 15.0.6, 256 bits) (vulkan, software)"));
        assert!(!on("NVIDIA H100 80GB HBM3 (vulkan)"));
        assert!(Report::read("").is_err());
    }
}
