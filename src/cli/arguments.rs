//! Flags: rows of the settings table, and flags for files and output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command};
use emascope::config::{Experiment, Kind, Setting, parse_json, settings};
use emascope::network::ModelSpec;
use serde_json::Value;

use super::compute::ComputeFlags;

/// Whether a flag is repeated, once per item.
fn is_repeated(setting: &Setting) -> bool {
    matches!(setting.kind, Kind::List { choices: [], .. })
}

/// Flags that do not go together, or an invalid file of settings.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Files that a run reads and writes, and what it prints.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files and output")]
pub struct TrainFlags {
    /// Read settings from a JSON file; flags override them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read the network from a JSON file instead of --preset and --norm
    #[arg(long, value_name = "FILE", conflicts_with_all = ["preset", "norm"])]
    pub model: Option<PathBuf>,
    /// Write a log, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Also log the loss of every step
    #[arg(long, requires = "log")]
    pub log_steps: bool,
    /// Save a checkpoint at the end and when interrupted
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Also save the checkpoint every STEPS steps
    #[arg(long, value_name = "STEPS", requires = "save", value_parser = clap::value_parser!(u64).range(1..))]
    pub save_every: Option<u64>,
    /// Record the run in a file that the page plays in browsers that cannot train
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub record: Option<PathBuf>,
    /// Start from the weights of a PyTorch state dict or a checkpoint (safetensors); if it holds several networks, the one
    /// whose names begin with PREFIX, such as ema.0.98
    #[arg(long, value_name = "FILE[#PREFIX]", conflicts_with = "resume")]
    pub init: Option<PathBuf>,
    /// Continue from a checkpoint, with its settings unless --config or flags change them
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// Print the result as one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub compute: ComputeFlags,
    /// Print only the result
    #[arg(long, short)]
    pub quiet: bool,
    /// Print the settings as JSON for --config, and exit
    #[arg(long)]
    pub print_config: bool,
    /// Print a PyTorch program that repeats the run, and exit
    #[arg(long, conflicts_with = "print_config")]
    pub print_script: bool,
}

/// Flags of `emascope data`.
#[derive(Debug, clap::Args)]
pub struct DataFlags {
    /// subset, synthetic, cifar10 (downloaded once), or a CIFAR-10 archive, folder or file
    #[arg(default_value = "subset")]
    pub data: OsString,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Write each .bin file of the folder DATA to this folder as a lossless WebP image for the program and the page
    #[arg(long, value_name = "FOLDER")]
    pub sheets: Option<PathBuf>,
    /// Write only the first N images of each file
    #[arg(long, value_name = "N", requires = "sheets", value_parser = clap::value_parser!(u32).range(1..))]
    pub first: Option<u32>,
}

/// Flags of `emascope adapters`.
#[derive(Debug, clap::Args)]
pub struct AdaptersFlags {
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Flags of `emascope bench`.
#[derive(Debug, clap::Args)]
pub struct BenchFlags {
    /// Number of samples, each of at least a second, or a quarter of a second with --growth
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub samples: u32,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Time nothing; write initial weights, a batch and the losses of the first steps, for other programs to reproduce
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "samples"])]
    pub export: Option<PathBuf>,
    #[command(flatten)]
    pub compute: ComputeFlags,
    /// Print the memory a run would use, and exit
    #[arg(long, conflicts_with_all = ["export", "growth"])]
    pub plan: bool,
    /// Time how a step grows with batch, width, images and averages, one at a time
    #[arg(long, conflicts_with = "export")]
    pub growth: bool,
}

/// Flags of `emascope study`.
#[derive(Debug, clap::Args)]
pub struct StudyFlags {
    /// The study, a JSON file; see docs/studies.md
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Use these seeds instead of those of the study, such as 0-9 or 0,3,7
    #[arg(long, value_name = "SEEDS")]
    pub seeds: Option<String>,
    /// Folder of the results and, in runs/, of the logs; studies that share it share equal runs [default: results, next to FILE]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Make only this share of the runs, 2/8 for the second of eight, and no result
    #[arg(long, value_name = "PART/OF", conflicts_with = "report")]
    pub shard: Option<String>,
    /// Also look for runs in this folder of logs; may be repeated
    #[arg(long, value_name = "FOLDER")]
    pub runs: Vec<PathBuf>,
    /// Make no run; fail and name the runs that are missing
    #[arg(long)]
    pub report: bool,
    /// CIFAR-10, as an archive or a folder, where the study says `cifar10`; otherwise it is downloaded once
    #[arg(long, value_name = "PATH")]
    pub cifar10: Option<PathBuf>,
    /// Print the result as JSON instead of tables
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub compute: ComputeFlags,
    /// Print only the result
    #[arg(long, short)]
    pub quiet: bool,
}

/// Settings that affect the duration of a step.
const BENCH_SETTINGS: [&str; 5] = ["preset", "norm", "batch", "optimizer", "ema"];

/// The whole command line.
pub fn command() -> Command {
    let train = Command::new("train").args(settings().into_iter().map(flag));
    let train = TrainFlags::augment_args(train)
        .about("Train a network and its averages, and print the table")
        .after_help("Ctrl-C ends a run early: it saves to the file of --save and prints the table so far.");
    let data = DataFlags::augment_args(Command::new("data"))
        .about("Check a data set and describe it; downloads cifar10");
    let adapters = AdaptersFlags::augment_args(Command::new("adapters"))
        .about("List the graphics adapters, and the default one")
        .after_help("WGPU_ADAPTER_NAME, WGPU_BACKEND and WGPU_POWER_PREF also choose among them.");
    let bench = Command::new("bench")
        .args(settings().into_iter().filter(|setting| BENCH_SETTINGS.contains(&setting.key)).map(flag));
    let bench = BenchFlags::augment_args(bench)
        .about("Time a training step and each of its kernels, on synthetic images");
    let study = StudyFlags::augment_args(Command::new("study"))
        .about("Make the runs of a study over several seeds, and compare them with intervals")
        .after_help("Runs that are finished are never made again: after Ctrl-C or a crash, the same command continues.");
    Command::new("emascope")
        .about("Train a small network in compute shaders and see what averaging its weights does")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(train)
        .subcommand(data)
        .subcommand(adapters)
        .subcommand(bench)
        .subcommand(study)
}

/// The flag of a setting.
fn flag(setting: Setting) -> Arg {
    let help = format!("{}{}", setting.help, default_and_range(&setting));
    let arg = Arg::new(setting.key)
        .long(setting.flag.clone())
        .help(help)
        .help_heading("Settings")
        .allow_negative_numbers(true);
    // The last of several wins, so that a script's flags can be changed by appending others.
    let arg =
        if is_repeated(&setting) { arg.action(ArgAction::Append) } else { arg.overrides_with(setting.key) };
    match setting.kind {
        Kind::Float { .. } => arg.value_name("NUMBER"),
        Kind::Integer { .. } => match setting.unit {
            "" => arg.value_name("N"),
            unit => arg.value_name(unit.to_uppercase()),
        },
        Kind::Choice { choices } => arg.value_name("NAME").value_parser(PossibleValuesParser::new(choices)),
        Kind::Boolean => arg.value_name("BOOL").value_parser(PossibleValuesParser::new(["true", "false"])),
        Kind::Text => arg.value_name("TEXT"),
        Kind::List { choices: [], .. } => arg.value_name("BETA[,OPTION]"),
        Kind::List { .. } => arg.value_name("A,B"),
    }
}

/// Upper bounds of at least this are not shown.
const UNBOUNDED: u64 = 10_000_000;

/// A number as a user would type it: 1e-8, not 0.00000001.
fn short(number: f64) -> String {
    if number != 0.0 && number.abs() < 1e-4 { format!("{number:e}") } else { number.to_string() }
}

/// The default and the range of a flag.
fn default_and_range(setting: &Setting) -> String {
    let default = match &setting.default {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let separator = if is_repeated(setting) { " " } else { "," };
            Some(items.join(separator))
        }
        Value::Number(number) => number.as_f64().map(short),
        other => Some(other.to_string()),
    };
    let range = match setting.kind {
        Kind::Float { min, max, .. } => Some(format!("{min} to {max}")),
        // A bound that only excludes nonsense is not shown.
        Kind::Integer { min, max, .. } if max >= UNBOUNDED => Some(format!("{min} or more")),
        Kind::Integer { min, max, .. } => Some(format!("{min} to {max}")),
        _ => None,
    };
    let parts = [default.map(|default| format!("default: {default}")), range];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join("; ")) }
}

/// The settings of a run: those of `base`, changed by the configuration file, changed by the flags.
///
/// # Errors
/// [`ConfigError`](emascope::config::ConfigError) and [`UsageError`] for invalid settings, another error for files that
/// cannot be read.
pub fn experiment(base: Experiment, flags: &TrainFlags, matches: &ArgMatches) -> anyhow::Result<Experiment> {
    let mut experiment = base;
    if let Some(path) = &flags.config {
        let text = read(path)?;
        parse_json(&text).and_then(|value| experiment.merge(value)).map_err(|error| in_file(path, &error))?;
    }
    experiment = settings_of(experiment, matches)?;
    if let Some(path) = &flags.model {
        let invalid = |error| in_file(path, &format_args!("this is not a list of layers: {error}"));
        let model: ModelSpec = serde_json::from_str(&read(path)?).map_err(invalid)?;
        experiment.model = Some(model);
    }
    experiment.validate()?;
    Ok(experiment)
}

/// The settings of `base`, changed by the flags that the command has and the user gave.
///
/// # Errors
/// [`ConfigError`](emascope::config::ConfigError) and [`UsageError`] for invalid settings.
pub fn settings_of(base: Experiment, matches: &ArgMatches) -> anyhow::Result<Experiment> {
    let mut experiment = base;
    for setting in settings() {
        let Ok(Some(texts)) = matches.try_get_many::<String>(setting.key) else { continue };
        let texts: Vec<&str> = texts.map(String::as_str).collect();
        experiment.set_text(setting.key, &texts)?;
        if experiment.model.is_some() && ["preset", "norm"].contains(&setting.key) {
            return Err(UsageError(format!(
                "--{} has no effect on the network that the configuration describes; leave out one of the two",
                setting.flag
            ))
            .into());
        }
    }
    Ok(experiment)
}

/// The text of a file, without a byte order mark.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let file = path.display();
    let bytes = std::fs::read(path).map_err(|error| anyhow::anyhow!("{file}: cannot be read: {error}"))?;
    // JSON begins with an ASCII character, which in UTF-16 has a zero byte next to it.
    let utf16 = bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.iter().take(2).any(|&byte| byte == 0);
    if utf16 {
        return Err(UsageError(format!("{file}: this is text in UTF-16; save it as UTF-8")).into());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = str::from_utf8(text)
        .map_err(|error| UsageError(format!("{file}: this is not UTF-8 text: {error}")))?;
    Ok(text.to_owned())
}

/// A usage error in a file of settings.
pub fn in_file(path: &Path, error: &dyn std::fmt::Display) -> anyhow::Error {
    UsageError(format!("{}: {error}", path.display())).into()
}

/// The flags of a command.
///
/// # Panics
/// If `matches` are of another command.
pub fn parsed<T: clap::FromArgMatches>(matches: &ArgMatches) -> T {
    T::from_arg_matches(matches).expect("clap has checked the arguments")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(arguments: &[&str]) -> anyhow::Result<Experiment> {
        let words = ["emascope", "train"].into_iter().chain(arguments.iter().copied());
        let matches = command().try_get_matches_from(words)?;
        let matches = matches.subcommand_matches("train").unwrap();
        experiment(Experiment::default(), &parsed(matches), matches)
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn flags_fill_the_experiment() {
        let experiment = from(&[
            "--preset",
            "small",
            "--norm=group",
            "--lr",
            "2e-3",
            "--ema",
            "0.98",
            "--ema",
            "0.99,every=4",
            "--augment",
            "none",
            "--shuffle",
            "false",
            "--label-noise",
            "0.4",
            "--steps",
            "7",
        ])
        .unwrap();
        let expected = Experiment {
            preset: emascope::config::Preset::Small,
            norm: emascope::config::Norm::Group,
            ema: vec!["0.98".parse().unwrap(), "0.99,every=4".parse().unwrap()],
            augment: emascope::config::Augment::NONE,
            shuffle: false,
            label_noise: 0.4,
            steps: Some(7),
            ..Experiment::default()
        };
        assert_eq!(experiment, expected);
        assert_eq!(from(&[]).unwrap(), Experiment::default());
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_base() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        std::fs::write(&path, r#"{"batch": 32, "seed": 3}"#).unwrap();
        let experiment = from(&["--config", path.to_str().unwrap(), "--seed", "4"]).unwrap();
        assert_eq!((experiment.batch, experiment.seed, experiment.epochs), (32, 4, 14));
        std::fs::write(&path, r#"{"bach": 32}"#).unwrap();
        let said = from(&["--config", path.to_str().unwrap()]).unwrap_err().to_string();
        assert!(said.ends_with("run.json: there is no setting `bach`; did you mean `batch`?"), "{said}");
    }

    #[test]
    fn files_of_other_editors_are_read_or_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            from(&["--config", path.to_str().unwrap()]).map_err(|error| error.to_string())
        };
        let text = r#"{"lr": 0.001}"#;
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(read(&marked).unwrap().lr, 0.001);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in
            [[&b"\xff\xfe"[..], &little[..]].concat(), [&b"\xfe\xff"[..], &big[..]].concat(), little, big]
        {
            let said = read(&bytes).unwrap_err();
            assert!(said.ends_with("run.json: this is text in UTF-16; save it as UTF-8"), "{said}");
        }
        assert!(read(b"{\"data\": \"caf\xe9\"}").unwrap_err().contains("not UTF-8 text"));
    }

    #[test]
    fn a_preset_does_not_silently_lose_to_a_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.json");
        std::fs::write(&path, r#"{"name": "mine", "layers": ["relu"]}"#).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(from(&["--model", path]).unwrap().model_spec().name, "mine");
        assert!(from(&["--model", path, "--norm", "group"]).is_err());
        std::fs::write(path, r#"{"model": {"name": "mine", "layers": ["relu"]}}"#).unwrap();
        let said = from(&["--config", path, "--preset", "small"]).unwrap_err().to_string();
        assert!(said.starts_with("--preset has no effect"), "{said}");
    }

    #[test]
    fn files_depend_on_each_other() {
        for bad in [
            &["--log-steps"][..],
            &["--save-every", "5"],
            &["--save", "a", "--save-every", "0"],
            &["--init", "a", "--resume", "b"],
            &["--norm", "layer"],
            &["--shuffle", "1"],
            &["--no-such-flag"],
        ] {
            assert!(from(bad).is_err(), "{bad:?}");
        }
    }
}
