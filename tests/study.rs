//! `emascope study`: small studies from their file to their verdict, killed, continued, shared out and put together.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use common::runs::*;
use emascope::{
    model::Model,
    processor::Processor,
    study::{self, Images, PlannedRun, RunRecord, Study, StudyResult, Verdict, Watch},
    trainer::PlannedTrainer,
};
use pollster::block_on;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A study of two arms: 24 steps of a small network on drawn images, evaluated every 3.
fn small() -> Value {
    let mut model = serde_json::to_value(small_model()).unwrap();
    model["name"] = "test".into();
    json!({
        "question": "Does a bad batch cost accuracy?",
        "settings": {
            "data": "synthetic", "limit_train": 48, "limit_test": 32, "batch": 8, "steps": 24, "eval_every": 3,
            "eval_early": false, "lr": 0.01, "ema": ["0.9", "0.8"], "model": model,
        },
        "arms": [{"name": "clean"}, {"name": "disturbed", "bad_batch": {"step": 12, "factor": 20}}],
        "seeds": "0-2",
        "measures": ["accuracy", "loss", "fluctuation", "fall_depth=12,within=3"],
        "comparisons": [
            {
                "claim": "a bad batch costs the raw weights more",
                "measure": "fall_depth=12,within=3",
                "of": {"arm": "disturbed", "method": "raw"},
                "against": {"arm": "clean", "method": "raw"},
                "rule": {"above": 0},
            },
            {
                "claim": "the average is as good",
                "measure": "accuracy",
                "of": {"arm": "clean", "method": "ema-0.9"},
                "against": {"arm": "clean"},
            },
        ],
    })
}

/// A folder for a test's files.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, study: &Value) {
        fs::write(self.path(name), serde_json::to_string_pretty(study).unwrap()).unwrap();
    }

    /// `emascope study` in the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
        command.current_dir(self.0.path()).args(["study", "--compute", "processor"]).args(arguments);
        command
    }

    #[track_caller]
    fn study(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        output
    }

    /// Runs a command that must fail, and returns its sentence.
    #[track_caller]
    fn failure(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The logs in a folder, with their content less the speed.
    fn logs(&self, folder: &str) -> Vec<(String, String)> {
        let files = fs::read_dir(self.path(folder)).into_iter().flatten().flatten().map(|entry| entry.path());
        let logs = files.filter(|path| path.extension() == Some("jsonl".as_ref())).map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, without_speed(&path))
        });
        let mut logs: Vec<_> = logs.collect();
        logs.sort();
        logs
    }
}

fn without_speed(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("images_per_second");
        line.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_study_goes_from_its_file_to_its_verdict_and_makes_no_run_twice() {
    let place = Place::new();
    place.write("small.json", &small());
    let first = place.study(&["small.json"]);
    assert_contains(&stdout(&first), &["Does a bad batch cost accuracy?", "disturbed, raw", "0 diverged"]);
    // All arms of a seed together.
    let said = stderr(&first);
    let order: Vec<&str> = said.lines().filter(|line| line.starts_with("run ")).collect();
    assert!(order[0].starts_with("run 1 of 6 · clean · seed 0 · raw "), "{said}");
    assert!(order[1].starts_with("run 2 of 6 · disturbed · seed 0"), "{said}");
    assert!(order[2].starts_with("run 3 of 6 · clean · seed 1"), "{said}");

    let result: StudyResult = serde_json::from_str(&place.read("results/small/result.json")).unwrap();
    assert_eq!((result.runs.len(), result.seeds.clone(), result.as_stated), (6, vec![0, 1, 2], true));
    assert_eq!(result.table.len(), 2 * 3 * 4);
    let fall = &result.comparisons[0];
    assert_eq!((fall.sample.n, fall.sample.values.len()), (3, 3));
    assert!(fall.interval.is_some() && fall.verdict == result.verdict, "the other has no rule");
    // Paired by seed: the difference of the means is the mean of the differences.
    let mean = |arm: &str| {
        let row = result.table.iter().find(|row| {
            row.arm == arm && row.measure == fall.comparison.measure && row.method.as_deref() == Some("raw")
        });
        row.unwrap().sample.mean.unwrap()
    };
    assert_near("difference", fall.sample.mean.unwrap(), mean("disturbed") - mean("clean"), 1e-9);
    assert_eq!(result.curves.len(), 2 * 3);
    assert_eq!(result.curves[0].steps, [3, 6, 9, 12, 15, 18, 21, 24]);
    assert!(place.read("results/small/result.md").starts_with("# small\n\nDoes a bad batch"));

    let written = place.read("results/small/result.json");
    let again = place.study(&["small.json", "--json"]);
    assert_eq!((stderr(&again).as_str(), stdout(&again)), ("", written.clone()), "nothing is computed");
    place.study(&["small.json", "--seeds", "0-1"]);
    assert_eq!(
        place.read("results/small/result.json"),
        written,
        "other seeds do not replace the study's result"
    );
    let other: StudyResult =
        serde_json::from_str(&place.read("results/small/result-of-other-seeds.json")).unwrap();
    assert_eq!((other.seeds, other.as_stated), (vec![0, 1], false));
}

#[test]
fn a_study_that_is_killed_at_any_moment_continues_to_the_same_result() {
    let (whole, killed) = (Place::new(), Place::new());
    for place in [&whole, &killed] {
        place.write("small.json", &small());
    }
    whole.study(&["small.json"]);
    for runs in 1..=3 {
        let mut command = killed.command(&["small.json", "--quiet"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while killed.logs("results/runs").len() < runs && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!killed.path("results/small").exists(), "a result comes from all runs");
    }
    killed.study(&["small.json"]);
    assert_eq!(killed.logs("results/runs"), whole.logs("results/runs"));
    assert_eq!(killed.read("results/small/result.json"), whole.read("results/small/result.json"));
}

#[test]
fn shares_are_made_anywhere_and_put_together() {
    let place = Place::new();
    place.write("small.json", &small());
    place.study(&["small.json"]);
    for part in 1..=4 {
        let (shard, out) = (format!("{part}/4"), format!("part{part}"));
        let output = place.study(&["small.json", "--shard", &shard, "--out", &out]);
        assert_contains(&stdout(&output), &["this share is complete", "of the study's 6"]);
    }
    let counts: Vec<usize> = (1..=4).map(|part| place.logs(&format!("part{part}/runs")).len()).collect();
    assert_eq!(counts, [1, 2, 1, 2]);

    let report = ["small.json", "--report", "--out", "all", "--runs", "part1/runs", "--runs", "part2/runs"];
    let said = place.failure(&[&report[..], &["--runs", "part4/runs"]].concat(), 1);
    assert_contains(
        &said,
        &["1 of 6 runs are missing in all/runs, part1/runs", "disturbed · seed 1 (", ".jsonl)"],
    );
    place.study(&[&report[..], &["--runs", "part3/runs", "--runs", "part4/runs"]].concat());
    assert_eq!(place.read("all/small/result.json"), place.read("results/small/result.json"));
}

#[test]
fn equal_runs_of_two_studies_are_made_once() {
    let place = Place::new();
    place.write("small.json", &small());
    place.study(&["small.json"]);
    let mut other = small();
    other["question"] = "Is one arm enough?".into();
    other["arms"] = json!([{"name": "another name"}, {"name": "slow", "settings": {"lr": 1e-3}}]);
    other["comparisons"] = json!([]);
    // Stating a default changes nothing.
    other["settings"]["beta1"] = 0.9.into();
    place.write("other.json", &other);
    let output = place.study(&["other.json"]);
    assert_contains(&stderr(&output), &["run 1 of 3 · slow · seed 0", "run 3 of 3 · slow · seed 2"]);
    assert_eq!(place.logs("results/runs").len(), 9);
}

#[test]
fn a_result_of_another_version_of_the_study_is_kept() {
    let place = Place::new();
    place.write("small.json", &small());
    place.study(&["small.json"]);
    let before = place.read("results/small/result.json");
    let mut changed = small();
    changed["comparisons"][0]["rule"] = json!({"above": 5});
    place.write("small.json", &changed);
    let said = place.failure(&["small.json"], 2);
    assert_contains(
        &said,
        &["small/result.json: this is the result of a study with the digest", "give another --out"],
    );
    assert_eq!(place.read("results/small/result.json"), before);
}

#[test]
fn runs_on_other_images_are_not_pooled() {
    let place = Place::new();
    place.write("small.json", &small());
    place.study(&["small.json", "--shard", "1/2"]);
    // The same settings, on a data set whose images differ: as if the part had been made elsewhere on other files.
    let folder = place.path("results/runs");
    for entry in fs::read_dir(&folder).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        let (head, rest) = text.split_once('\n').unwrap();
        let mut head: Value = serde_json::from_str(head).unwrap();
        head["data"]["crc32"] = 1.into();
        fs::write(folder.join("0123456789abcdef.jsonl"), format!("{head}\n{rest}")).unwrap();
        fs::remove_file(entry.path()).unwrap();
    }
    let said = place.failure(&["small.json"], 1);
    assert_contains(
        &said,
        &["0123456789abcdef.jsonl", "used other images", "checksum 00000001", "cannot be pooled"],
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was made or removed");
}

#[test]
fn a_part_of_cifar10_is_not_taken_for_all_of_it() {
    let place = Place::new();
    let mut study = small();
    study["final_test"] = "cifar10".into();
    place.write("small.json", &study);
    let subset = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cifar10");
    let said = place.failure(&["small.json", "--cifar10", subset], 1);
    assert_contains(
        &said,
        &[subset, "has 5000 training and 1000 test images; CIFAR-10 has 50,000 and 10,000"],
    );
}

#[test]
fn a_log_that_is_damaged_or_of_another_run_is_named() {
    let place = Place::new();
    place.write("small.json", &small());
    place.study(&["small.json"]);
    let logs = place.logs("results/runs");
    let (one, other) =
        (place.path("results/runs").join(&logs[0].0), place.path("results/runs").join(&logs[1].0));
    let text = fs::read_to_string(&one).unwrap();
    let half = text.lines().count() / 2;
    let cut = |lines: usize| text.lines().take(lines).map(|line| format!("{line}\n")).collect::<String>();
    for (content, part) in [
        (cut(half), "its first or its last lines are missing"),
        (cut(half) + "{\"event\":", "is not a line of a log"),
        (fs::read_to_string(&other).unwrap(), "its digest differs"),
        (text.replace("\"lr\":0.01", "\"lr\":0.02"), "its configuration differs"),
    ] {
        fs::write(&one, content).unwrap();
        let said = place.failure(&["small.json"], 1);
        assert_contains(&said, &[&logs[0].0, part, "move it away, and the run is made again"]);
    }
    fs::remove_file(&one).unwrap();
    place.study(&["small.json"]);
    assert_eq!(place.logs("results/runs"), logs);
}

#[test]
fn a_study_that_contradicts_itself_is_refused_before_it_runs() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 20] = [
        (|study| study["settings"]["lr"] = 20.into(), "settings: setting `lr` cannot be 20"),
        (|study| study["settings"]["learning_rate"] = 1.into(), "did you mean"),
        (|study| study["settings"]["seed"] = 1.into(), "the `seed` is one of the study's `seeds`"),
        (|study| study["arms"][1] = json!({"name": "clean"}), "two arms are named `clean`"),
        (|study| study["arms"][1] = json!({"name": "same"}), "the arms `clean` and `same` are the same"),
        (
            |study| study["arms"][1]["settings"] = json!({"data": "subset"}),
            "the images are those of all arms",
        ),
        (|study| study["arms"][1]["bad_batch"]["step"] = 25.into(), "after the end of the run at step 24"),
        (|study| study["arms"][1]["bad_batch"]["factor"] = 0.into(), "a factor above 0"),
        (|study| study["final_tta"] = "mirror".into(), "name its images in `final_test`"),
        (|study| study["seeds"] = "3".into(), "one seed makes no pairs"),
        (|study| study["seeds"] = "0-4,3".into(), "`0-4,3` is not a list of seeds"),
        (|study| study["measures"][0] = "acuracy".into(), "there is no measure `acuracy`"),
        (|study| study["measures"][0] = "gain".into(), "`accuracy` is not among the `measures`"),
        (|study| study["measures"][0] = "loss".into(), "the measure `loss` is listed twice"),
        (
            |study| study["comparisons"][0]["of"]["arm"] = "dirty".into(),
            "no arm `dirty`; the arms are `clean`, `disturbed`",
        ),
        (|study| study["comparisons"][0]["of"] = json!({"method": "raw"}), "name an `arm` on each side"),
        (
            |study| study["comparisons"][1]["of"]["method"] = "ema-0.99".into(),
            "the arm `clean` has no method `ema-0.99`; its methods are raw, ema-0.9, ema-0.8",
        ),
        (|study| study["comparisons"][0]["against"]["arm"] = "disturbed".into(), "both sides are the same"),
        (|study| study["comparisons"][0]["rule"] = json!({"between": [2, 1]}), "the smaller one first"),
        (|study| study["settings"]["eval_every"] = 12.into(), "three evaluations in the second half"),
    ];
    let place = Place::new();
    for (change, part) in cases {
        let mut study = small();
        change(&mut study);
        place.write("small.json", &study);
        let said = place.failure(&["small.json"], 2);
        assert_contains(&said, &["error: small.json: ", part]);
        assert!(!place.path("results").exists(), "{part}");
    }
    let mut typo = small();
    typo["mesures"] = json!([]);
    place.write("small.json", &typo);
    assert_contains(
        &place.failure(&["small.json"], 2),
        &["this is not a study", "unknown field `mesures`", "line"],
    );
    fs::write(place.path("small.json"), "question: none").unwrap();
    assert_contains(
        &place.failure(&["small.json"], 2),
        &["small.json: this is not a study", "not valid JSON"],
    );
    place.write("small.json", &small());
    for (flags, part) in [
        (["--shard", "3/2"], "`3/2` is not a share"),
        (["--seeds", "7"], "one seed makes no pairs"),
        (["--seeds", "a"], "`a` is not a list of seeds"),
    ] {
        assert_contains(&place.failure(&[&["small.json"], &flags[..]].concat(), 2), &[part]);
    }
}

#[test]
fn runs_that_diverge_are_counted_and_decide_nothing() {
    let place = Place::new();
    let mut study = small();
    study["arms"][1] =
        json!({"name": "disturbed", "settings": {"optimizer": "adamw", "lr": 10, "weight_decay": 10}});
    study["measures"] = json!(["accuracy"]);
    study["comparisons"] = json!([{
        "claim": "any", "measure": "accuracy", "of": {"arm": "clean"}, "against": {"arm": "disturbed"}, "rule": {"above": -100},
    }]);
    place.write("small.json", &study);
    let output = place.study(&["small.json"]);
    assert_contains(&stderr(&output), &["diverged at step"]);
    let result: StudyResult = serde_json::from_str(&place.read("results/small/result.json")).unwrap();
    let compared = &result.comparisons[0];
    assert!(compared.sample.diverged > 0 && compared.sample.n + compared.sample.diverged == 3);
    assert_eq!(result.verdict, Some(Verdict::CannotTell));
    let diverged = result.runs.iter().filter(|run| run.diverged.is_some()).count();
    assert_eq!(diverged, compared.sample.diverged);
    assert_contains(
        &place.read("results/small/result.md"),
        &[&format!("runs: 6, of which {diverged} diverged")],
    );
}

/// Lets a run go to its end.
struct ToTheEnd;

impl Watch for ToTheEnd {
    fn advanced(&mut self, _: u64) {}

    fn go_on(&self) -> bool {
        true
    }
}

/// Makes the first run of each arm of a study on these images.
fn records(study: &Value, images: &Images) -> Vec<(PlannedRun, RunRecord)> {
    let study = Study::from_json(&study.to_string()).unwrap();
    let runs = study::planned(&study, &[3, 4], images).unwrap();
    let executor = Processor::with_threads(1).into();
    let folder = tempfile::tempdir().unwrap();
    let record = |run: &PlannedRun| {
        let plan = |experiment: &_, dataset: &_| PlannedTrainer::new(&executor, experiment, dataset);
        let log = study::train(run, images, &plan, &mut ToTheEnd).unwrap().unwrap();
        let path = folder.path().join(run.file());
        fs::write(&path, log).unwrap();
        (run.clone(), RunRecord::read(&path, run).unwrap())
    };
    runs[..study.arms.len()].iter().map(record).collect()
}

#[test]
fn the_studies_of_the_project_can_be_run() {
    // As many training images as there are in each data set, so that steps and epochs are those of the studies.
    let subset = Images::new(dataset(5000, 10), None);
    let all = Images::new(dataset(50_000, 10), None);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("studies");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension() == Some("json".as_ref())).collect();
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let named = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", file.display()) };
        let study =
            Study::from_json(&fs::read_to_string(&file).unwrap()).unwrap_or_else(|error| named(&error));
        for arm in &study.arms {
            Model::new(&arm.experiment.model_spec()).unwrap_or_else(|error| named(&error));
        }
        let images = if study.arms[0].experiment.data == "cifar10" { &all } else { &subset };
        let runs = study::planned(&study, &study.seeds, images).unwrap_or_else(|error| named(&error));
        assert_eq!(runs.len(), study.arms.len() * study.seeds.len());
        let digests: BTreeSet<&str> = runs.iter().map(|run| run.digest.as_str()).collect();
        assert_eq!(digests.len(), runs.len(), "{}: two runs are the same", file.display());
        assert!(study.comparisons.iter().any(|comparison| comparison.rule.is_some()));
    }
}

#[test]
fn a_run_of_a_study_is_that_of_a_trainer_with_the_same_seed() {
    let dataset = dataset(48, 20);
    for (run, record) in records(&small(), &Images::new(dataset.clone(), None)) {
        let mut trainer = trainer(&Processor::with_threads(1).into(), &run.experiment, &dataset);
        trainer.train(11).unwrap();
        if run.arm == 1 {
            trainer.disturb(20.0);
        }
        trainer.train(13).unwrap();
        let expected = evaluate_all(&trainer);
        assert_eq!(record.points.len(), 8);
        assert_eq!(record.last, record.points[7].methods);
        for (score, expected) in record.last.iter().zip(expected) {
            assert_eq!((score.accuracy, score.loss), (expected.accuracy, expected.loss), "{}", score.name);
        }
    }
}

#[test]
fn the_test_at_the_end_is_on_all_its_images_and_on_the_final_weights() {
    let (few, many) = (dataset(48, 20), dataset(48, 300));
    let mut study = small();
    study["settings"]["ema"] = json!(["0.9", "0.8,buffers=recompute"]);
    let on_many = records(&study, &Images::new(many.clone(), None));
    let images = Images::new(few, Some(many));
    for ((_, expected), (_, record)) in on_many.iter().zip(records(&study, &images)) {
        assert_eq!(record.last, expected.last, "as if every evaluation had been on all");
        assert_ne!(record.last, record.points[7].methods);
        assert_eq!(record.points.len(), expected.points.len());
    }
}

#[test]
fn the_test_at_the_end_may_have_views_of_its_own() {
    let (few, many) = (dataset(48, 20), dataset(48, 300));
    let mut of_run = small();
    of_run["settings"]["tta"] = "mirror-shift".into();
    let expected = records(&of_run, &Images::new(many.clone(), None));
    let mut at_end = small();
    at_end["final_test"] = "synthetic".into();
    let images = Images::new(few, Some(many));
    let plain = records(&at_end, &images);
    at_end["final_tta"] = "mirror-shift".into();
    let with_views = records(&at_end, &images);
    for (((_, expected), (one, plain)), (other, record)) in expected.iter().zip(&plain).zip(&with_views) {
        assert_eq!(record.last, expected.last, "as if every evaluation had had these views");
        assert_eq!(record.points, plain.points, "the tests during the run keep theirs");
        assert_ne!(record.last, plain.last);
        assert_ne!(one.digest, other.digest);
    }
}

#[test]
fn a_run_that_is_ended_leaves_nothing() {
    struct Until(u64, u64);
    impl Watch for Until {
        fn advanced(&mut self, step: u64) {
            self.0 = step;
        }

        fn go_on(&self) -> bool {
            self.0 < self.1
        }
    }
    let images = Images::new(dataset(48, 20), None);
    let study = Study::from_json(&small().to_string()).unwrap();
    let run = &study::planned(&study, &[0, 1], &images).unwrap()[0];
    let executor = Processor::with_threads(1).into();
    let plan = |experiment: &_, dataset: &_| PlannedTrainer::new(&executor, experiment, dataset);
    assert!(study::train(run, &images, &plan, &mut Until(0, 6)).unwrap().is_none());
    let executor_is_fine = block_on(plan(&run.experiment, &images.data).unwrap().allocate(&images.data));
    assert!(executor_is_fine.is_ok());
}
