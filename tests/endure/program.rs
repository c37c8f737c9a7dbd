//! A small run of the program, much of which is saving.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The file that the run saves.
pub const FILE: &str = "run.safetensors";

/// The file of its settings.
pub const CONFIG: &str = "run.json";

/// Longer than any of these runs takes on any machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The run, but for its length: steps of a millisecond or so, and a file of a megabyte.
const CONFIGURATION: &str = r#"{
    "data": "synthetic", "batch": 4, "limit_train": 32, "limit_test": 8, "eval_every": 8,
    "ema": ["0.9", "0.98,every=2,warmup=ramp", "0.99,buffers=recompute"],
    "model": {"name": "endured", "layers": ["max_pool", "max_pool", {"conv": {"out": 64, "bias": false}}, "batch_norm",
        "relu", {"conv": {"out": 64}}, "global_average_pool", "flatten", {"dense": {"out": 10}}]}
}"#;

/// A folder for a run.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(CONFIG), CONFIGURATION).expect("a file in a temporary folder");
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The file that the run saves.
    pub fn file(&self) -> PathBuf {
        self.folder().join(FILE)
    }

    /// Its bytes, if it is there.
    pub fn saved(&self) -> Option<Vec<u8>> {
        std::fs::read(self.file()).ok()
    }

    /// Files that a run left in the folder, but for the one saved.
    pub fn litter(&self) -> usize {
        let entries = std::fs::read_dir(self.folder()).expect("the folder is there").flatten();
        entries.filter(|entry| entry.file_name() != FILE && entry.file_name() != CONFIG).count()
    }

    /// The arguments of a run from its start that saves at its end.
    pub fn train(&self, seed: u32, steps: u32) -> Vec<String> {
        let (config, file) =
            (self.folder().join(CONFIG).display().to_string(), self.file().display().to_string());
        let (seed, steps) = (seed.to_string(), steps.to_string());
        let words =
            ["train", "--config", &config, "--seed", &seed, "--steps", &steps, "--save", &file, "--quiet"];
        words.map(str::to_owned).to_vec()
    }

    /// The arguments of a run that goes on where [`Place::file`] stands, and saves there.
    pub fn resume(&self) -> Vec<String> {
        let file = self.file().display().to_string();
        ["train", "--resume", &file, "--save", &file, "--quiet"].map(str::to_owned).to_vec()
    }
}

/// The program, whose messages are kept and whose tables are not.
pub fn emascope(arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
    command.args(arguments);
    quietly(&mut command);
    command
}

/// Without a display, a layer of Mesa's complains on our standard error output.
pub fn quietly(command: &mut Command) {
    command.env("NODEVICE_SELECT", "1").stdin(Stdio::null()).stdout(Stdio::null());
}

/// Waits for a program that must end.
#[track_caller]
pub fn wait(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().expect("a child can be killed");
            panic!("the program hangs: it did not end in {} s", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(2));
    }
}
