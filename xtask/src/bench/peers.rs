//! How each peer is prepared and asked. A peer prints one JSON line a configuration; what else it says goes to stderr.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::Options;
use super::row::{Line, OURS, Place};
use super::work::Work;
use crate::prepare::{Preparation, node};
use crate::wasm::Profile;
use crate::{page, process, workspace};

/// The command that does a work.
pub type Doing = Box<dyn Fn(&Work) -> Command>;

/// Somebody who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Our engine, on the native adapter
    Emascope,
    /// Rust: burn, on the same adapter
    Burn,
    /// The same with kernels as SPIR-V; where nobody is named, if there is an NVIDIA card
    BurnVulkan,
    /// The same on CUDA; where nobody is named, if there is an NVIDIA card
    BurnCuda,
    /// PyTorch, on the processor, and on CUDA where there is one
    Pytorch,
    /// TensorFlow.js, jax-js and our engine, in one Chromium
    Browser,
}

impl Peer {
    pub fn place(self) -> Place {
        match self {
            Self::Browser => Place::Browser,
            _ => Place::Native,
        }
    }

    /// Whether it is timed where nobody is named.
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
            Self::Emascope => {
                let program = emascope();
                Ok(Box::new(move |work| {
                    let mut command = Command::new(&program);
                    command.args(["bench", "--json", "--samples", &samples.to_string()]);
                    command.args(["--preset", &work.network, "--batch", &work.batch.to_string()]);
                    command
                }))
            }
            Self::Burn => burn("burn", &[], samples),
            Self::BurnVulkan => burn("burn-vulkan", &["--features", "vulkan"], samples),
            Self::BurnCuda => {
                burn("burn-cuda", &["--no-default-features", "--features", "cuda,fusion"], samples)
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

    /// The lines of what a peer printed. Ours alone tells its figures in its own way.
    pub fn lines(self, printed: &str, work: &Work) -> Result<Vec<String>> {
        match self {
            Self::Emascope => Ok(vec![serde_json::to_string(&own(printed, work)?)?]),
            _ => Ok(printed.lines().map(str::to_owned).collect()),
        }
    }
}

/// Builds burn's part with so many features in a target folder of its own.
fn burn(target: &str, features: &[&str], samples: u32) -> Result<Doing> {
    let target = workspace::target().join("peers").join(target);
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked"]).args(features).current_dir(folder("burn"));
    process::run(build.env("CARGO_TARGET_DIR", &target))?;
    let program = target.join("release").join(format!("emascope-peer-burn{EXE_SUFFIX}"));
    Ok(Box::new(move |work| with_work(Command::new(&program), work, samples)))
}

/// The command line, which `bench` builds before anything else.
pub fn emascope() -> PathBuf {
    workspace::target().join("release").join(format!("emascope{EXE_SUFFIX}"))
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
        .context("PyTorch wants Python 3 with its venv module: `apt install python3-venv`")?;
    process::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
    fs::copy(&wanted, &stamp)?;
    Ok(python)
}

/// The report of `emascope bench --json` as a row. Its losses are the work's by definition.
fn own(printed: &str, work: &Work) -> Result<Line> {
    #[derive(serde::Deserialize)]
    struct Report {
        adapter: String,
        averages: usize,
        steps_a_sample: u32,
        images_per_second: Vec<f64>,
    }
    let report: Report =
        serde_json::from_str(printed.trim()).context("`emascope bench --json` printed no report")?;
    Ok(Line {
        peer: OURS.to_owned(),
        runtime: "wgpu".to_owned(),
        adapter: report.adapter,
        network: work.network.clone(),
        batch: work.batch,
        averages: report.averages,
        losses: work.losses.clone(),
        steps_a_sample: report.steps_a_sample,
        images_per_second: report.images_per_second,
        note: "images gathered and augmented on the adapter, which the peers are spared".to_owned(),
        failed: None,
    })
}
