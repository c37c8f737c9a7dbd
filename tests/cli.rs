//! The program as people use it: flags, files, errors, and runs that stop and go on.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;

/// Flags of a run that takes seconds: four steps an epoch.
const SMALL: [&str; 10] =
    ["--batch", "16", "--limit-train", "64", "--limit-test", "32", "--steps", "6", "--ema", "0.9"];

/// Without it, a layer of Mesa's complains on our standard error output.
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
        command.current_dir(self.0.path()).env(RUNTIME_DIR, self.0.path()).args(arguments);
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
fn a_run_prints_its_table_and_logs_every_event() {
    let place = Place::new();
    let output = place.train(&["--ema", "0.99,warmup=ramp", "--log", "run.jsonl", "--log-steps"]);
    let table = stdout(&output);
    assert_contains(&table, &["raw", "ema-0.9 ", "ema-0.99-ramp", "chosen on the test data", "adapter: "]);
    assert_contains(
        &table,
        &["synthetic (procedural", "64 training and 32 test", "72954 parameters", "6 steps of 16"],
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
        .env(RUNTIME_DIR, place.0.path())
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
        assert_contains(&said, &["starts from the weights `", " of "]);
    }
    let said = place.train_failure(&["--init", "both#2"], 1);
    assert_contains(
        &said,
        &["both#2: holds several networks, `ema_model.`, `online_model.`", "both#2#ema_model."],
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
fn a_subset_is_written_that_reads_as_it_was() {
    let place = Place::new();
    let write =
        |images: &str| place.emascope(&["data", "synthetic", "--write", "some.bin", "--images", images]);
    assert!(write("12").status.success());
    let written = std::fs::read(place.path("some.bin")).unwrap();
    assert_eq!(written.len(), 12 * 3073);
    let whole = emascope::data::open("synthetic", &mut |_, _| ()).unwrap();
    let record = |index: usize| (written[3073 * index], &written[3073 * index + 1..3073 * (index + 1)]);
    assert_eq!(record(9), (whole.train.labels[9], whole.train.image(9)));
    assert_eq!(record(11), (whole.test.labels[1], whole.test.image(1)));
    for (images, word) in [("7", "multiple of 6"), ("12000", "10000 training and 2000 test")] {
        let output = write(images);
        assert_eq!(output.status.code(), Some(2));
        assert_contains(&stderr(&output), &[word, "--images"]);
    }
}

#[test]
fn a_data_set_is_described() {
    let place = Place::new();
    let text = stdout(&place.emascope(&["data"]));
    assert_contains(&text, &["synthetic (procedural", "5000", "1000", "red", "checksum"]);
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
        assert_contains(&said, &["error: text: this is no safetensors file"]);
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
        &["saved: is of another network", "`raw.0.weight`", "[16, 3, 3, 3]", "[32, 3, 3, 3]"],
    );
    assert_contains(&resume(&["--norm", "group"]), &["another network", "running_mean"]);
    assert_contains(&resume(&["--ema", "0.5"]), &["averages `0.9`", "`0.5`"]);
    assert_contains(&resume(&["--limit-train", "48"]), &["was trained on", "64 training", "48 training"]);
    place.write("dict", state_dict(&place.path("saved")));
    assert_contains(&place.train_failure(&["--resume", "dict"], 1), &["--init"]);
    let said = place.train_failure(&["--init", "dict", "--preset", "small"], 1);
    assert_contains(&said, &["dict: is of another network", "`0.weight`"]);
    let whole = std::fs::read(place.path("saved")).unwrap();
    place.write("cut", &whole[..whole.len() / 2]);
    assert_contains(&place.train_failure(&["--resume", "cut"], 1), &["cut: this is no safetensors file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_missing_adapter_is_a_sentence() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
    // No driver's manifest, so the loader finds none.
    command
        .env("VK_ICD_FILENAMES", "/nowhere")
        .env("VK_DRIVER_FILES", "/nowhere")
        .env("WGPU_BACKEND", "vulkan");
    let output = command.args(["train"]).args(SMALL).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.starts_with("error: "), "{said}");
    assert_contains(&said, &["adapter"]);
}
