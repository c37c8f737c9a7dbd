//! The program as people use it: flags, files, errors, and runs that stop and go on.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;

/// Flags of a run that takes seconds: four steps an epoch, and an evaluation after each.
#[rustfmt::skip]
const SMALL: [&str; 12] = [
    "--batch", "16", "--limit-train", "64", "--limit-test", "32", "--steps", "6", "--ema", "0.9",
    "--eval-early", "false",
];

/// Without it, drivers complain on our standard error if they are given a display.
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";

/// A folder for a test's files.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), contents).expect("a file in a temporary folder");
        self.path(name)
    }

    /// Runs the program in the folder.
    #[track_caller]
    fn emascope(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
        command.current_dir(self.0.path()).env_remove(RUNTIME_DIR).args(arguments);
        command.output().expect("the program starts")
    }

    /// Trains a small network; later flags win over [`SMALL`].
    #[track_caller]
    fn train(&self, arguments: &[&str]) -> Output {
        let output = self.emascope(&[&["train"], &SMALL[..], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        output
    }

    /// Runs a command that must fail, and returns its sentence.
    #[track_caller]
    fn failure(&self, arguments: &[&str], code: i32) -> String {
        let output = self.emascope(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(said.starts_with("error: "), "{arguments:?}: {said}");
        said
    }

    /// As [`Place::failure`], of `train` with small settings.
    #[track_caller]
    fn train_failure(&self, arguments: &[&str], code: i32) -> String {
        self.failure(&[&["train"], &SMALL[..], arguments].concat(), code)
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// The objects of a JSONL file.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a log");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Every tensor of a checkpoint as bytes, by name.
fn tensors(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).expect("a checkpoint");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let mut tensors: Vec<_> =
        file.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
    tensors.sort();
    tensors
}

#[track_caller]
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[track_caller]
fn assert_same_tensors(one: &Path, other: &Path) {
    let (one, other) = (tensors(one), tensors(other));
    assert_eq!(one.len(), other.len());
    for ((name, ours), (other_name, theirs)) in one.iter().zip(&other) {
        assert_eq!(name, other_name);
        assert!(ours == theirs, "{name} differs");
    }
}

#[test]
fn evaluations_come_early_and_leave_the_figures_of_the_run_as_they_are() {
    let place = Place::new();
    let rows = |early: &str, log: &str| {
        place.train(&["--eval-early", early, "--log", log]);
        let log = lines(&place.path(log));
        let epochs = log.iter().filter(|line| line["event"] == "epoch");
        let steps: Vec<u64> = epochs.map(|line| line["step"].as_u64().unwrap()).collect();
        (steps, log.last().unwrap()["rows"].clone())
    };
    let (early, late) = (rows("true", "early.jsonl"), rows("false", "late.jsonl"));
    assert_eq!((early.0, late.0), (vec![1, 2, 4, 6], vec![4, 6]));
    assert_eq!(early.1, late.1);
}

#[test]
fn a_run_prints_its_table_and_logs_every_event() {
    let place = Place::new();
    let output = place.train(&["--ema", "0.99,warmup=ramp", "--log", "run.jsonl", "--log-steps"]);
    let table = stdout(&output);
    assert_contains(&table, &["raw", "ema-0.9 ", "ema-0.99-ramp", "chosen on the test data", "adapter: "]);
    assert_contains(
        &table,
        &["CIFAR-10 subset", "64 training and 32 test", "72954 parameters", "6 steps of 16"],
    );
    assert_contains(&stderr(&output), &["epoch 1 · step 4 · loss ", "epoch 1.50 · step 6 · "]);

    let log = lines(&place.path("run.jsonl"));
    let events: Vec<&str> = log.iter().map(|line| line["event"].as_str().unwrap()).collect();
    let step = "step";
    assert_eq!(events, ["start", step, step, step, step, "epoch", step, step, "epoch", "summary"]);
    assert_eq!(log[0]["config"]["batch"], 16);
    assert_eq!((&log[1]["step"], &log[5]["epoch"], &log[5]["step"]), (&1.into(), &1.into(), &4.into()));
    assert!(log[1]["loss"].as_f64().unwrap() > 1.0);
    let losses: f64 = log[1..5].iter().map(|line| line["loss"].as_f64().unwrap()).sum();
    assert!((log[5]["train_loss"].as_f64().unwrap() - losses / 4.0).abs() < 1e-9);
    let accuracy = log[5]["raw"]["accuracy"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&accuracy) && log[5]["raw"]["loss"].as_f64().unwrap() > 0.0);
    assert_eq!(log[5]["ema"][0]["name"], "ema-0.9");
    assert_eq!(log[5]["ema"][1]["beta"], 0.99);
    let summary = &log[9];
    assert_eq!(summary["rows"][0]["method"], "raw");
    assert_eq!(summary["rows"][0]["accuracy"], log[8]["raw"]["accuracy"]);
    assert_eq!(summary["rows"][2]["method"], "ema-0.99-ramp");
    let kept = summary["averages"][0]["initial_share"].as_f64().unwrap();
    assert!((kept - 0.9_f64.powi(6)).abs() < 1e-9, "{kept}");
    assert!(summary["images_per_second"].as_f64().unwrap() > 0.0);
    assert!(!summary["adapter"].as_str().unwrap().is_empty());
    assert_eq!(summary["interrupted"], false);
}

#[test]
fn a_recorded_run_holds_what_the_page_shows_of_it() {
    let place = Place::new();
    place.train(&["--ema", "0.8,from=2", "--record", "run.json", "--log", "run.jsonl", "--log-steps"]);
    let run: Value = serde_json::from_slice(&std::fs::read(place.path("run.json")).unwrap()).unwrap();
    assert_eq!((&run["format"], &run["version"]), (&"emascope-recording".into(), &1.into()));
    assert_eq!(run["description"]["total_steps"], 6);
    assert_eq!(run["description"]["methods"][2]["name"], "ema-0.8-from2");
    assert_eq!((&run["experiment"]["batch"], &run["points"][1]["step"]), (&16.into(), &6.into()));
    let close = |a: &Value, b: &Value| {
        let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
        assert!((a - b).abs() <= 1e-5 * b.abs(), "{a} is not {b}");
    };
    let log = lines(&place.path("run.jsonl"));
    let steps: Vec<&Value> = log.iter().filter(|line| line["event"] == "step").collect();
    for (k, step) in steps.iter().enumerate() {
        close(&run["steps"]["loss"][k], &step["loss"]);
    }
    let summary = log.last().unwrap();
    assert_eq!(run["summaries"][1], summary["rows"]);
    close(&run["images_per_second"], &summary["images_per_second"]);
    close(&run["averages"][1]["initial_share"][6], &summary["averages"][1]["initial_share"]);
    let length = |value: &Value| value.as_array().unwrap().len();
    assert_eq!(length(&run["steps"]["accuracy"]), 6);
    assert_eq!([length(&run["averages"]), length(&run["averages"][0]["half_life"])], [2, 7]);
    // Eight weights of the raw weights and two averages; up to its first step an average is the raw weights.
    assert_eq!((length(&run["probes"]["probes"]), length(&run["probes"]["values"])), (8, 6 * 8 * 3));
    let value = |step: usize, method: usize| &run["probes"]["values"][(step - 1) * 24 + method];
    assert_eq!(value(2, 2), value(2, 0));
    assert_ne!(value(3, 2), value(3, 0));
    assert_eq!((length(&run["predictions"]), length(&run["predictions"][1]["classes"])), (2, 32 * 3));
    assert_eq!(run["filters"]["shape"], serde_json::json!([16, 3, 3, 3]));
    let frames: Vec<&Value> =
        run["filters"]["frames"].as_array().unwrap().iter().map(|frame| &frame["step"]).collect();
    assert_eq!(frames, [0, 4, 6]);
    assert_eq!(length(&run["filters"]["frames"][2]["methods"][2]), 16 * 27);
    assert_eq!(length(&run["test_images"]["labels"]), 32);
    let said = place.train_failure(&["--record", "no/folder/here"], 1);
    assert_contains(&said, &["no/folder/here: cannot be written"]);
    place.train_failure(&["--record", "a", "--resume", "b"], 2);
}

#[test]
fn json_and_quiet_leave_nothing_else() {
    let place = Place::new();
    let output = place.train(&["--json", "--steps", "1"]);
    let result: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&result["event"], &result["steps"]), (&"summary".into(), &1.into()));
    assert_eq!(stderr(&output), "");
    let output = place.train(&["--quiet", "--steps", "1"]);
    assert_eq!(stderr(&output), "");
    assert_contains(&stdout(&output), &["method"]);
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let place = Place::new();
    for (file, seed) in [("a", "0"), ("b", "0"), ("c", "1")] {
        place.train(&["--steps", "3", "--seed", seed, "--save", file]);
    }
    assert_same_tensors(&place.path("a"), &place.path("b"));
    assert_eq!(std::fs::read(place.path("a")).unwrap(), std::fs::read(place.path("b")).unwrap());
    assert_ne!(tensors(&place.path("a")), tensors(&place.path("c")));
}

#[test]
fn resuming_gives_the_same_bits_as_never_having_stopped() {
    let place = Place::new();
    let averages =
        ["--ema", "0.98,every=2,warmup=bias-corrected", "--ema", "0.95,buffers=copy", "--ema", "0.8,from=3"];
    let schedule = ["--schedule", "cosine", "--weight-decay", "0.01", "--label-noise", "0.2"];
    let settings = [&averages[..], &schedule].concat();
    place.train(&[&settings[..], &["--save", "straight", "--log", "straight.jsonl"]].concat());
    // Step 2 lies within the first epoch, step 5 within the second.
    place.train(&[&settings[..], &["--save", "stopped", "--save-every", "2", "--log", "all.jsonl"]].concat());
    assert_same_tensors(&place.path("straight"), &place.path("stopped"));

    let half = [&settings[..], &["--steps", "5", "--schedule", "constant", "--lr", "1e-3"]].concat();
    let whole = [&half[..], &["--steps", "6"]].concat();
    place.train(&[&whole[..], &["--save", "straight", "--log", "straight.jsonl"]].concat());
    place.train(&[&half[..], &["--save", "half", "--log", "half.jsonl"]].concat());
    let resume = ["train", "--resume", "half", "--steps", "6", "--save", "resumed", "--log", "half.jsonl"];
    let output = place.emascope(&resume);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_same_tensors(&place.path("straight"), &place.path("resumed"));

    let (straight, resumed) = (lines(&place.path("straight.jsonl")), lines(&place.path("half.jsonl")));
    let epochs = |lines: &[Value]| -> Vec<Value> {
        lines.iter().filter(|line| line["event"] == "epoch").cloned().collect()
    };
    assert_eq!(epochs(&resumed)[0], epochs(&straight)[0]);
    assert_eq!(
        epochs(&resumed).last(),
        epochs(&straight)
            .last()
            .map(|last| {
                let mut last = last.clone();
                // The stopped run was evaluated at its end too, so only the last step's loss is left for this evaluation.
                last["train_loss"] = epochs(&resumed).last().unwrap()["train_loss"].clone();
                last
            })
            .as_ref()
    );
    let starts: Vec<&Value> = resumed.iter().filter(|line| line["event"] == "start").collect();
    assert_eq!((starts.len(), &starts[1]["step"]), (2, &5.into()));
}

#[test]
fn a_finished_run_resumes_to_its_table() {
    let place = Place::new();
    let first = place.train(&["--save", "done"]);
    let again = place.emascope(&["train", "--resume", "done"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(stdout(&again), stdout(&first));
    let said = place.failure(&["train", "--resume", "done", "--steps", "3"], 2);
    assert_contains(&said, &["step 6", "step 3", "--steps"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_prints_the_table_and_the_run_goes_on_later() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    let place = Place::new();
    let flags =
        [&["train"], &SMALL[..], &["--steps", "2000", "--save", "saved", "--log", "run.jsonl"]].concat();
    let mut child = Command::new(env!("CARGO_BIN_EXE_emascope"))
        .current_dir(place.0.path())
        .env_remove(RUNTIME_DIR)
        .args(&flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut next = || progress.next().expect("another line").unwrap();
    assert_contains(&next(), &["MB on the adapter"]);
    assert_contains(&next(), &["epoch 1"]);
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    progress.for_each(drop);
    let mut table = String::new();
    child.stdout.take().unwrap().read_to_string(&mut table).unwrap();
    assert!(child.wait().unwrap().success());
    assert_contains(&table, &["raw", "ema-0.9", "adapter: "]);
    let log = lines(&place.path("run.jsonl"));
    let summary = log.last().unwrap();
    assert_eq!(summary["interrupted"], true);
    let step = summary["steps"].as_u64().unwrap();
    assert!((4..2000).contains(&step), "{step}");

    let end = (step + 1).to_string();
    let resumed = place.emascope(&["train", "--resume", "saved", "--steps", &end, "--save", "resumed"]);
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    place.train(&["--steps", &end, "--save", "straight"]);
    assert_same_tensors(&place.path("straight"), &place.path("resumed"));
}

/// Settings with which a run has diverged within some ten steps.
const DIVERGING: [&str; 8] = ["--optimizer", "adamw", "--lr", "10", "--weight-decay", "10", "--steps", "60"];

/// Whether every float of the tensors under `prefix` is finite.
fn finite(path: &Path, prefix: &str) -> bool {
    let tensors = tensors(path);
    let of_prefix: Vec<_> = tensors
        .iter()
        .filter(|(name, _)| name.starts_with(prefix) && !name.ends_with("num_batches_tracked"))
        .collect();
    assert!(!of_prefix.is_empty(), "{prefix}");
    of_prefix
        .iter()
        .all(|(_, bytes)| bytes.as_chunks().0.iter().all(|&float| f32::from_le_bytes(float).is_finite()))
}

#[test]
fn a_run_that_diverges_ends_and_loses_nothing_finite() {
    let place = Place::new();
    let train = |flags: &[&str]| {
        let output = place.emascope(&[&["train"], &SMALL[..], &DIVERGING, flags].concat());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let said = stderr(&output);
        assert_contains(&said, &["error: the run diverged: ", " by step ", "lower --lr", "--warmup-steps"]);
        (said, stdout(&output))
    };
    // With periodic saves, and with none but what an evaluation kept in memory.
    for (file, save) in
        [("often", &["--save-every", "5", "--eval-every", "60"][..]), ("kept", &["--eval-every", "4"][..])]
    {
        let (said, table) = train(&[&["--save", file, "--log", "log", "--log-steps"], save].concat());
        assert_contains(&said, &[&format!("{file} holds step "), "--resume"]);
        assert_contains(&table, &["adapter: "]);
        for prefix in ["raw.", "ema.", "adam."] {
            assert!(finite(&place.path(file), prefix), "{file} {prefix}");
        }
        let log = lines(&place.path("log"));
        let summary = log.last().unwrap();
        assert_eq!((&summary["event"], &summary["interrupted"]), (&"summary".into(), &false.into()));
        let diverged = summary["diverged"].as_u64().unwrap();
        assert_contains(&said, &[&format!("by step {diverged};")]);
        let steps = log.iter().filter(|line| line["event"] == "step");
        assert!(steps.clone().count() as u64 <= diverged, "no step after it is told");
        let resumed = place.emascope(&[
            "train",
            "--resume",
            file,
            "--lr",
            "1e-5",
            "--weight-decay",
            "0",
            "--steps",
            "16",
        ]);
        assert!(!stderr(&resumed).contains("contains a run that diverged"), "{}", stderr(&resumed));
    }

    // Only the start is known: the file stays, and an average without broken weights is saved next to it.
    place.write("old.safetensors", "old");
    let (said, json) = train(&[
        "--eval-every",
        "60",
        "--save",
        "old.safetensors",
        "--ema",
        "0.5,every=2",
        "--ema",
        "0.9,every=1000",
        "--json",
    ]);
    assert_contains(&said, &["old.safetensors is unchanged"]);
    assert_eq!(std::fs::read(place.path("old.safetensors")).unwrap(), b"old");
    let summary: Value = serde_json::from_str(&json).unwrap();
    assert!(summary["diverged"].as_u64().is_some());
    assert!(!place.path("old.ema-0.9-every1000.safetensors").exists(), "it has taken in nothing yet");
    let aside = place.path("old.ema-0.5-every2.safetensors");
    assert_eq!(aside.exists(), said.contains("ema-0.5-every2 is still finite"));
}

/// A checkpoint of the program with one of its tensors spoiled, and its sum of losses null, as older ones may be.
fn spoil(checkpoint: &Path) -> Vec<u8> {
    let bytes = std::fs::read(checkpoint).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let text = str::from_utf8(&bytes[8..header]).unwrap();
    let (before, sum) = text.split_once(r#"\"since_evaluation\":{\"sum\":"#).unwrap();
    let (_, after) = sum.split_once(',').unwrap();
    let text = format!(r#"{before}\"since_evaluation\":{{\"sum\":null,{after}"#);
    let mut spoiled = (text.len() as u64).to_le_bytes().to_vec();
    spoiled.extend(text.bytes());
    spoiled.extend(f32::NAN.to_le_bytes().repeat((bytes.len() - header) / 4));
    spoiled
}

#[test]
fn a_checkpoint_of_a_run_that_diverged_opens_with_a_sentence() {
    let place = Place::new();
    place.train(&["--steps", "1", "--save", "saved"]);
    place.write("broken", spoil(&place.path("saved")));
    let said = place.failure(&["train", "--resume", "broken", "--steps", "2"], 1);
    assert_contains(&said, &["broken: contains a run that diverged by step 1", "--lr"]);
    assert_contains(&place.train_failure(&["--init", "broken"], 1), &["broken: `raw.0.weight`", "diverged"]);
}

#[cfg(unix)]
#[test]
fn outputs_are_tried_out_before_the_training() {
    use std::os::unix::fs::symlink;

    let place = Place::new();
    std::fs::create_dir(place.path("folder")).unwrap();
    symlink("folder/later", place.path("link")).unwrap();
    place.write("there", "old");
    std::fs::hard_link(place.path("there"), place.path("twin")).unwrap();
    place.write("settings.json", "{}");
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["--save", "a", "--log", "a"], 2, &["--save and --log are the same file"]),
        (&["--save", "a", "--record", "./folder/../a"], 2, &["--save and --record are the same file"]),
        (&["--save", "link", "--log", "folder/later"], 2, &["--save and --log are the same file"]),
        (&["--save", "there", "--log", "twin"], 2, &["--save and --log are the same file"]),
        (&["--save", "there", "--init", "twin"], 2, &["--save would replace twin", "--init"]),
        (&["--log", "settings.json", "--config", "settings.json"], 2, &["--log would replace settings.json"]),
        (&["--save", "there", "--data", "there"], 2, &["--save would replace there", "--data"]),
        (&["--save", "folder"], 1, &["folder: cannot be written", "directory"]),
        (&["--log", "folder"], 1, &["folder: the log cannot be written", "directory"]),
        (&["--save", "/dev/null"], 1, &["/dev/null: cannot be written", "device"]),
        (&["--record", "no/folder"], 1, &["no/folder: cannot be written"]),
    ];
    for (flags, code, parts) in cases {
        assert_contains(&place.train_failure(flags, *code), parts);
    }
    if cfg!(target_os = "linux") {
        let said = place.train_failure(&["--log", "/dev/full", "--quiet"], 1);
        assert_contains(&said, &["/dev/full: the log cannot be written: No space left"]);
    }
    assert_eq!(std::fs::read(place.path("there")).unwrap(), b"old");
    let mut left: Vec<_> =
        std::fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["folder", "link", "settings.json", "there", "twin"]);

    place.train(&["--steps", "1", "--save", "link"]);
    assert!(place.path("folder/later").is_file() && place.path("link").is_symlink());
    let again = place.emascope(&["train", "--resume", "link", "--steps", "2", "--save", "folder/later"]);
    assert!(again.status.success(), "{}", stderr(&again));
}

#[cfg(unix)]
#[test]
fn a_log_that_breaks_does_not_take_the_weights_with_it() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap();
    assert!(made.success());
    let pipe = place.path("pipe");
    let reader = std::thread::spawn(move || {
        use std::io::BufRead as _;
        let mut first = String::new();
        std::io::BufReader::new(std::fs::File::open(pipe).unwrap()).read_line(&mut first).unwrap();
        first
    });
    let output =
        place.train(&["--steps", "12", "--log", "pipe", "--log-steps", "--save", "saved", "--quiet"]);
    assert_contains(&reader.join().unwrap(), &["start"]);
    let said = stderr(&output);
    assert_contains(
        &said,
        &["warning: pipe: the log cannot be written: Broken pipe", "goes on without a log"],
    );
    assert_eq!(said.matches("warning").count(), 1, "{said}");
    assert!(finite(&place.path("saved"), "raw."));
}

/// A run in the background that ends on request.
#[cfg(unix)]
struct Running {
    child: std::process::Child,
    said: std::io::Lines<std::io::BufReader<std::process::ChildStderr>>,
}

#[cfg(unix)]
impl Running {
    /// Starts a command line and waits until its run trains.
    fn start(place: &Place, command: &[&str]) -> Self {
        use std::io::{BufRead as _, BufReader};
        use std::process::{Command, Stdio};
        let mut child = Command::new(command[0])
            .current_dir(place.0.path())
            .env(RUNTIME_DIR, place.0.path())
            .args(&command[1..])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut running = Self { child, said };
        running.hear("epoch 1");
        running
    }

    /// Waits for a line with this part.
    #[track_caller]
    fn hear(&mut self, part: &str) -> String {
        let line = self.said.find(|line| line.as_ref().unwrap().contains(part));
        line.unwrap_or_else(|| panic!("it ended without `{part}`")).unwrap()
    }

    fn signal(&self, name: &str) {
        let kill = std::process::Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

#[cfg(unix)]
#[test]
fn a_first_ctrl_c_is_answered_at_once_and_a_second_at_the_same_time_is_the_same() {
    let place = Place::new();
    let flags =
        [&[env!("CARGO_BIN_EXE_emascope"), "train"], &SMALL[..], &["--steps", "100000", "--save", "saved"]];
    let mut running = Running::start(&place, &flags.concat());
    running.signal("-INT");
    running.signal("-TERM");
    let said = running.hear("stopping");
    assert_contains(&said, &["stopping after this step, then saving to saved", "Ctrl-C again"]);
    assert!(running.child.wait().unwrap().success());
    assert!(finite(&place.path("saved"), "raw."));
}

#[cfg(unix)]
#[test]
fn a_hangup_ends_a_run_in_good_order_unless_it_was_ignored_at_the_start() {
    let place = Place::new();
    let flags =
        [&[env!("CARGO_BIN_EXE_emascope"), "train"], &SMALL[..], &["--steps", "100000", "--save", "saved"]];
    // The tests themselves may have been started by nohup.
    let hearing: &[&str] =
        if cfg!(target_os = "linux") { &["env", "--default-signal=HUP"] } else { &["env"] };
    let mut running = Running::start(&place, &[hearing, &flags.concat()[..]].concat());
    running.signal("-HUP");
    assert!(running.child.wait().unwrap().success());
    std::fs::remove_file(place.path("saved")).unwrap();

    let mut running = Running::start(&place, &[&["nohup"], &flags.concat()[..]].concat());
    running.signal("-HUP");
    running.hear("epoch ");
    running.hear("epoch ");
    assert!(!place.path("saved").exists());
    running.signal("-TERM");
    running.hear("stopping");
    assert!(running.child.wait().unwrap().success());
    assert!(place.path("saved").exists());
}

#[cfg(unix)]
#[test]
fn a_save_that_fails_on_the_way_is_tried_again_and_one_at_the_end_goes_elsewhere() {
    let place = Place::new();
    std::fs::create_dir(place.path("folder")).unwrap();
    std::fs::create_dir(place.path("elsewhere")).unwrap();
    let flags = [
        &[env!("CARGO_BIN_EXE_emascope"), "train"],
        &SMALL[..],
        &["--steps", "100000", "--save", "folder/saved", "--save-every", "10"],
    ]
    .concat();
    let temporary = format!("TMPDIR={}", place.path("elsewhere").display());
    let mut running = Running::start(&place, &[&["env", temporary.as_str()], &flags[..]].concat());
    std::fs::rename(place.path("folder"), place.path("gone")).unwrap();
    assert_contains(&running.hear("warning"), &["folder/saved: cannot be written", "tried again"]);
    std::fs::rename(place.path("gone"), place.path("folder")).unwrap();
    running.hear("is saved");
    std::fs::rename(place.path("folder"), place.path("gone")).unwrap();
    running.signal("-INT");
    let said = running.hear("error: ");
    assert_contains(&said, &["folder/saved: cannot be written", "the checkpoint is in"]);
    assert_eq!(running.child.wait().unwrap().code(), Some(1));
    let file = std::fs::read_dir(place.path("elsewhere")).unwrap().next().unwrap().unwrap().path();
    assert!(finite(&file, "raw."));
}

/// A state dict as PyTorch saves it, made from the raw weights of a checkpoint.
fn state_dict(checkpoint: &Path) -> Vec<u8> {
    let bytes = std::fs::read(checkpoint).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let raw = file.iter().filter_map(|(name, view)| Some((name.strip_prefix("raw.")?.to_owned(), view)));
    safetensors::serialize(raw, None).unwrap()
}

#[test]
fn training_starts_from_the_weights_of_a_state_dict() {
    let place = Place::new();
    place.train(&["--save", "first"]);
    place.write("dict", state_dict(&place.path("first")));
    place.train(&["--init", "dict", "--steps", "1", "--lr", "0", "--save", "second"]);
    place.train(&["--init", "first", "--steps", "1", "--lr", "0", "--save", "third"]);
    assert_same_tensors(&place.path("second"), &place.path("third"));
    // With a learning rate of zero the weights stay, and so do their averages; batch norm's buffers do not.
    let of = |name: &str, tensor: &str| {
        tensors(&place.path(name)).into_iter().find(|(name, _)| name == tensor).expect(tensor).1
    };
    assert_eq!(of("second", "raw.3.weight"), of("first", "raw.3.weight"));
    assert_eq!(of("second", "ema.0.9.3.weight"), of("first", "raw.3.weight"));
    assert_ne!(of("second", "raw.4.running_mean"), of("first", "raw.4.running_mean"));
}

#[test]
fn weights_to_start_from_are_chosen_by_their_prefix() {
    let place = Place::new();
    place.train(&["--save", "first"]);
    let bytes = std::fs::read(place.path("first")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    // As ema-pytorch keeps them: the average, and the raw weights.
    let renamed = file.iter().filter_map(|(name, view)| {
        let ema = name.strip_prefix("ema.0.9.").map(|name| format!("ema_model.{name}"));
        Some((ema.or_else(|| Some(format!("online_model.{}", name.strip_prefix("raw.")?)))?, view))
    });
    place.write("both#2", safetensors::serialize(renamed, None).unwrap());
    let start = |init: &str| {
        let output = place.train(&["--init", init, "--steps", "1", "--lr", "0", "--save", "second"]);
        let weight =
            tensors(&place.path("second")).into_iter().find(|(name, _)| name == "raw.3.weight").unwrap().1;
        (weight, stderr(&output))
    };
    let saved = |name: &str| file.tensor(name).unwrap().data().to_vec();
    for (init, tensor) in [
        ("first", "raw.3.weight"),
        ("first#raw", "raw.3.weight"),
        ("first#ema.0.9", "ema.0.9.3.weight"),
        ("both#2#ema_model.", "ema.0.9.3.weight"),
        ("both#2#online_model", "raw.3.weight"),
    ] {
        let (weight, said) = start(init);
        assert!(weight == saved(tensor), "{init}");
        assert_contains(&said, &["starting from the weights `", " of "]);
    }
    let said = place.train_failure(&["--init", "both#2"], 1);
    assert_contains(
        &said,
        &["both#2: contains several networks, `ema_model.`, `online_model.`", "both#2#ema_model."],
    );
    let said = place.train_failure(&["--init", "first#ema.0.5"], 1);
    assert_contains(&said, &["`ema.0.5.`", "`ema.0.9.`, `raw.`"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_of_data_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"\xff.bin");
    std::fs::write(place.0.path().join(name), [0; 12 * 3073]).unwrap();
    let run = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
        command.current_dir(place.0.path()).args(arguments).output().unwrap()
    };
    assert_contains(&stdout(&run(&["data".as_ref(), name])), &["the last 2 of 12 records"]);
    // A setting is kept in checkpoints as text.
    let output = run(&["train".as_ref(), "--data".as_ref(), name]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(&stderr(&output), &["UTF-8"]);
}

#[test]
fn settings_come_back_from_their_own_print() {
    let place = Place::new();
    let flags = ["--preset", "small", "--norm", "group", "--ema", "0.98,every=4", "--augment", "flip,crop=3"];
    let printed = stdout(&place.train(&[&flags[..], &["--print-config"]].concat()));
    place.write("config.json", &printed);
    let again = place.emascope(&["train", "--config", "config.json", "--print-config"]);
    assert_eq!(stdout(&again), printed);
    let changed = place.emascope(&["train", "--config", "config.json", "--print-config", "--seed", "7"]);
    assert_eq!(stdout(&changed), printed.replace("\"seed\": 0", "\"seed\": 7"));
}

#[test]
fn a_network_comes_from_a_json_file() {
    let place = Place::new();
    let layers = r#"[{"conv": {"out": 8}}, "relu", "max_pool", {"residual": [{"conv": {"out": 8, "kernel": 1}}]},
        "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    place.write("net.json", format!(r#"{{"name": "mine", "layers": {layers}}}"#));
    let output = place.train(&["--model", "net.json", "--steps", "1", "--save", "saved"]);
    assert_contains(&stdout(&output), &["network: mine, 386 parameters"]);
    let names: Vec<String> = tensors(&place.path("saved")).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"raw.3.0.weight".to_owned()), "{names:?}");
    place.write(
        "net.json",
        r#"{"name": "mine", "layers": [{"conv": {"out": 8}}, {"group_norm": {"groups": 3}}]}"#,
    );
    let said = place.train_failure(&["--model", "net.json"], 1);
    assert_contains(&said, &["layer 1 (group_norm)", "32×32×8"]);
    place.write("net.json", r#"{"name": "mine", "layers": ["rleu"]}"#);
    assert_contains(&place.train_failure(&["--model", "net.json"], 2), &["net.json: ", "rleu", "relu"]);
}

#[test]
fn sheets_are_written_that_read_as_the_batches_did() {
    let place = Place::new();
    let record = |label: u8| [vec![label], vec![label * 20; 3072]].concat();
    std::fs::create_dir(place.path("batches")).unwrap();
    place.write("batches/data_batch_1.bin", [record(3), record(4), record(5)].concat());
    place.write("batches/test_batch.bin", [record(6), record(7), record(8)].concat());
    assert!(place.emascope(&["data", "batches", "--sheets", "sheets", "--first", "2"]).status.success());
    let open =
        |folder: &str| emascope::data::open(place.path(folder).to_str().unwrap(), &mut |_, _| ()).unwrap();
    let (mut batches, sheets) = (open("batches"), open("sheets"));
    batches.limit(Some(2), Some(2));
    assert_eq!(sheets, batches);
    let said = place.failure(&["data", "synthetic", "--sheets", "sheets"], 1);
    assert_contains(&said, &["synthetic cannot be read", "folder of .bin files"]);
}

#[test]
fn a_data_set_is_described() {
    let place = Place::new();
    let text = stdout(&place.emascope(&["data"]));
    assert_contains(&text, &["CIFAR-10 subset", "airplane", "5000", "1000", "red", "checksum 74dee3ee"]);
    let text = stdout(&place.emascope(&["data", "synthetic"]));
    assert_contains(&text, &["synthetic (procedural", "5000", "1000"]);
    let json: Value =
        serde_json::from_str(&stdout(&place.emascope(&["data", "synthetic", "--json"]))).unwrap();
    assert_eq!((&json["train"], &json["test"]), (&5000.into(), &1000.into()));
    let counts = json["train_counts"].as_array().unwrap();
    assert_eq!(counts.iter().map(|count| count.as_u64().unwrap()).sum::<u64>(), 5000);
    place.write("data_batch_1.bin", [0; 3073 + 5]);
    let said = place.failure(&["data", "data_batch_1.bin"], 1);
    assert_contains(&said, &["data_batch_1.bin", "byte 3073", "5 of 3073"]);
}

#[test]
fn bad_settings_are_usage_errors() {
    let place = Place::new();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--lr", "20"], &["`lr`", "20", "0 to 10"]),
        (&["--lr", "-1"], &["`lr`", "-1", "0 to 10"]),
        (&["--batch", "many"], &["`batch`", "many", "whole number"]),
        (&["--ema", "1.5"], &["`ema`", "1.5", "below 1"]),
        (&["--ema", "0.9"], &["`0.9`", "twice"]),
        (&["--augment", "turn"], &["`augment`", "turn", "flip"]),
        (&["--norm", "layer"], &["layer", "batch", "group"]),
        (&["--no-such-flag"], &["--no-such-flag"]),
        (&["--warmup-steps", "7"], &["warmup_steps", "6 steps"]),
        (&["--schedule", "one-cycle", "--warmup-steps", "2"], &["one-cycle"]),
        (&["--log-steps"], &["--log"]),
        (&["--init", "a", "--resume", "b"], &["--init", "--resume"]),
    ];
    for (flags, parts) in cases {
        assert_contains(&place.train_failure(flags, 2), parts);
    }
    place.write("config.json", r#"{"epochz": 3}"#);
    let said = place.train_failure(&["--config", "config.json"], 2);
    assert_eq!(said, "error: config.json: there is no setting `epochz`; did you mean `epochs`?\n");
    place.failure(&["tain"], 2);
}

#[test]
fn bad_files_are_errors_that_name_them() {
    let place = Place::new();
    place.write("text", "no weights here");
    for flag in ["--init", "--resume"] {
        let said = place.train_failure(&[flag, "text"], 1);
        assert_contains(&said, &["error: text: this is not a safetensors file"]);
        assert_contains(&place.train_failure(&[flag, "nowhere"], 1), &["nowhere: cannot be read"]);
    }
    assert_contains(&place.train_failure(&["--config", "nowhere"], 1), &["nowhere: cannot be read"]);
    assert_contains(&place.train_failure(&["--data", "nowhere"], 1), &["nowhere", "synthetic"]);
    let said = place.train_failure(&["--save", "no/folder/here"], 1);
    assert_contains(&said, &["no/folder/here: cannot be written"]);
    let said = place.train_failure(&["--log", "no/folder/here"], 1);
    assert_contains(&said, &["no/folder/here: the log cannot be written"]);
    assert_contains(&place.train_failure(&["--batch", "128"], 1), &["128", "64", "smaller batch"]);
}

#[test]
fn checkpoints_of_other_runs_are_refused() {
    let place = Place::new();
    place.train(&["--steps", "1", "--save", "saved"]);
    let resume =
        |flags: &[&str]| place.failure(&[&["train", "--resume", "saved", "--steps", "2"], flags].concat(), 1);
    let said = resume(&["--preset", "small"]);
    assert_contains(
        &said,
        &["saved: is from a different network", "`raw.0.weight`", "[16, 3, 3, 3]", "[32, 3, 3, 3]"],
    );
    assert_contains(&resume(&["--norm", "group"]), &["a different network", "running_mean"]);
    assert_contains(&resume(&["--ema", "0.5"]), &["averages `0.9`", "`0.5`"]);
    assert_contains(&resume(&["--limit-train", "48"]), &["was trained on", "64 training", "48 training"]);
    place.write("dict", state_dict(&place.path("saved")));
    assert_contains(&place.train_failure(&["--resume", "dict"], 1), &["--init"]);
    let said = place.train_failure(&["--init", "dict", "--preset", "small"], 1);
    assert_contains(&said, &["dict: is from a different network", "`0.weight`"]);
    let whole = std::fs::read(place.path("saved")).unwrap();
    place.write("cut", &whole[..whole.len() / 2]);
    assert_contains(&place.train_failure(&["--resume", "cut"], 1), &["cut: this is not a safetensors file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn without_an_adapter_the_processor_computes_unless_an_adapter_is_asked_for() {
    let train = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
        // No driver's manifest, so the loader finds none.
        command
            .env("VK_ICD_FILENAMES", "/nowhere")
            .env("VK_DRIVER_FILES", "/nowhere")
            .env("WGPU_BACKEND", "vulkan");
        command.args(["train"]).args(SMALL).args(arguments).output().unwrap()
    };
    let output = train(&["--quiet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_contains(&stdout(&output), &["adapter: ", "(processor, software)"]);
    let output = train(&["--compute", "gpu"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.starts_with("error: "), "{said}");
    assert_contains(&said, &["adapter"]);
    let output = train(&["--compute", "processor", "--adapter", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(&stderr(&output), &["--adapter", "--compute processor"]);
}

#[test]
fn adapters_are_listed_and_chosen_by_name_or_number() {
    let place = Place::new();
    let output = place.emascope(&["adapters", "--json"]);
    assert_eq!(stderr(&output), "");
    let list: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let adapters = list["adapters"].as_array().unwrap();
    let default = adapters.iter().find(|adapter| adapter["default"] == true).expect("a default");
    let (name, number) = (default["name"].as_str().unwrap(), default["number"].to_string());
    for key in ["backend", "kind", "driver"] {
        assert!(default[key].is_string(), "{default}");
    }
    let table = stdout(&place.emascope(&["adapters"]));
    assert_contains(&table, &[name, "kind", "driver", "default"]);

    let one_step = ["--steps", "1", "--quiet", "--adapter"];
    for wanted in [name.to_uppercase(), number] {
        assert_contains(&stdout(&place.train(&[&one_step[..], &[wanted.as_str()]].concat())), &[name]);
    }
    let said = place.train_failure(&["--adapter", "no such card"], 1);
    assert_contains(&said, &["--adapter no such card", name]);
    let said = place.failure(&["bench", "--adapter", "no such card"], 1);
    assert_contains(&said, &["--adapter no such card", name]);
}

#[test]
fn the_variables_of_wgpu_choose_among_the_adapters() {
    let with = |variable: &str, value: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
        command.env_remove(RUNTIME_DIR).env(variable, value).args(arguments).output().unwrap()
    };
    let train = [&["train", "--quiet"], &SMALL[..]].concat();
    let output = with("WGPU_ADAPTER_NAME", "no such card", &train);
    assert_eq!(output.status.code(), Some(1));
    assert_contains(&stderr(&output), &["WGPU_ADAPTER_NAME no such card", "0: "]);
    let output = with("WGPU_ADAPTER_NAME", "no such card", &["adapters"]);
    assert!(output.status.success() && !stdout(&output).contains("default"), "{}", stdout(&output));
    let output = with("WGPU_BACKEND", "webgpu", &[&train[..], &["--compute", "gpu"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_contains(&stderr(&output), &["no graphics adapter", "WGPU_BACKEND allows only webgpu"]);
}
