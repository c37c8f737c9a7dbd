//! The runs of a study: their order, their names, and where they lie.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    StudyError,
    digest::{digest, short},
    file::{BadBatch, Study},
    record::{Line, RunRecord},
};
use crate::{
    checkpoint::Fingerprint,
    config::{Experiment, Tta},
    data::{self, Dataset},
    run::{limited, log::Event},
};

/// All of CIFAR-10, as the setting `data` has it.
const CIFAR10: &str = "cifar10";

/// All of CIFAR-10, under a name that does not depend on where it was opened.
fn whole(dataset: Dataset, file: &str) -> Result<Dataset, StudyError> {
    let (train, test) = (dataset.train.len(), dataset.test.len());
    if (train, test) == (50_000, 10_000) {
        Ok(Dataset { name: "CIFAR-10".to_owned(), ..dataset })
    } else {
        Err(StudyError::NotWhole { file: file.to_owned(), train, test })
    }
}

/// The images of a study.
pub struct Images {
    /// Those of the runs.
    pub data: Dataset,
    /// The same training images, with the test images of the end.
    pub final_test: Option<Dataset>,
    fingerprint: Fingerprint,
    final_fingerprint: Option<Fingerprint>,
}

impl Images {
    /// Opens the images of a study. `cifar10` is where CIFAR-10 is, if not in the cache; `progress` is that of
    /// [`data::open`].
    ///
    /// # Errors
    /// [`DataError`](data::DataError).
    pub fn open(
        study: &Study,
        cifar10: Option<&Path>,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Self, StudyError> {
        let mut open = |spec: &str| -> Result<Dataset, StudyError> {
            match cifar10 {
                Some(path) if spec == CIFAR10 => {
                    whole(data::cifar10::open(path)?, &path.display().to_string())
                }
                None if spec == CIFAR10 => whole(data::open(spec, progress)?, spec),
                _ => Ok(data::open(spec, progress)?),
            }
        };
        let experiment = &study.arms[0].experiment;
        let dataset = limited(experiment, open(&experiment.data)?);
        let final_test = match &study.final_test {
            Some(spec) => {
                let Dataset { name, test, .. } = open(spec)?;
                Some(Dataset { name, test, ..dataset.clone() })
            }
            None => None,
        };
        Ok(Self::new(dataset, final_test))
    }

    /// Images that are open. `final_test` has the training images of `data`.
    pub fn new(data: Dataset, final_test: Option<Dataset>) -> Self {
        let fingerprint = Fingerprint::of(&data);
        let final_fingerprint = final_test.as_ref().map(Fingerprint::of);
        Self { data, final_test, fingerprint, final_fingerprint }
    }

    /// Identifies the images of the runs.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Identifies the images of the test at the end.
    pub fn final_fingerprint(&self) -> Option<&Fingerprint> {
        self.final_fingerprint.as_ref()
    }
}

/// A run that a study needs.
#[derive(Clone, Debug)]
pub struct PlannedRun {
    /// The place of its arm.
    pub arm: usize,
    /// The name of its arm.
    pub arm_name: String,
    /// Its settings, with its seed.
    pub experiment: Experiment,
    /// Its bad batch.
    pub bad_batch: Option<BadBatch>,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// Whether it is tested at its end on other images.
    pub has_final_test: bool,
    /// The views of a test image in that test, if not those of the run.
    pub final_tta: Option<Tta>,
    /// SHA-256 of all that decides its results: settings, images, bad batch.
    pub digest: String,
}

impl PlannedRun {
    /// The name of its log.
    pub fn file(&self) -> String {
        format!("{}.jsonl", short(&self.digest))
    }

    /// Its arm and seed, for messages.
    pub fn name(&self) -> String {
        format!("{} · seed {}", self.arm_name, self.experiment.seed)
    }

    /// Images that it trains on, each step's counted.
    pub fn work(&self) -> u64 {
        self.total_steps * u64::from(self.experiment.batch)
    }
}

/// The runs of a study with these seeds: all arms of the first seed, then all of the second, and so on.
///
/// # Errors
/// [`StudyError::NotMeasured`] for a measure that the runs do not have; [`StudyError::Contradiction`] for a bad batch after the
/// end; [`StudyError::NoPairs`]; [`StudyError::Setting`].
pub fn planned(study: &Study, seeds: &[u32], images: &Images) -> Result<Vec<PlannedRun>, StudyError> {
    if seeds.len() < 2 {
        return Err(StudyError::NoPairs);
    }
    for arm in &study.arms {
        let steps_per_epoch = steps_per_epoch(&arm.experiment, images);
        let total = arm.experiment.total_steps(steps_per_epoch);
        let at_arm = |error| StudyError::Setting { place: format!("arm `{}`", arm.name), error };
        arm.experiment.check_length(total).map_err(at_arm)?;
        if let Some(BadBatch { step, .. }) = arm.bad_batch.filter(|bad| bad.step > total) {
            return Err(StudyError::Contradiction(format!(
                "the bad batch of `{}` comes at step {step}, after the end of the run at step {total}",
                arm.name
            )));
        }
        for measure in &study.measures {
            measure.check(&arm.experiment, steps_per_epoch).map_err(|reason| StudyError::NotMeasured {
                arm: arm.name.clone(),
                measure: measure.to_string(),
                reason,
            })?;
        }
    }
    let of_seed = |&seed: &u32| {
        study.arms.iter().enumerate().map(move |(k, arm)| {
            let experiment = Experiment { seed, ..arm.experiment.clone() };
            let steps_per_epoch = steps_per_epoch(&experiment, images);
            PlannedRun {
                arm: k,
                arm_name: arm.name.clone(),
                bad_batch: arm.bad_batch,
                steps_per_epoch,
                total_steps: experiment.total_steps(steps_per_epoch),
                has_final_test: images.final_test.is_some(),
                final_tta: study.final_tta,
                digest: digest(&identity(&experiment, arm.bad_batch, images, study.final_tta)),
                experiment,
            }
        })
    };
    Ok(seeds.iter().flat_map(of_seed).collect())
}

fn steps_per_epoch(experiment: &Experiment, images: &Images) -> u64 {
    // A batch larger than the data is refused when the run begins.
    (images.data.train.len() as u64 / u64::from(experiment.batch)).max(1)
}

/// All that decides the results of a run. Settings at their default are left out, so that a program with more settings finds the
/// runs of one with fewer; the log has every setting and is compared with all of them.
fn identity(
    experiment: &Experiment,
    bad_batch: Option<BadBatch>,
    images: &Images,
    final_tta: Option<Tta>,
) -> Value {
    let default = Experiment::default().to_value();
    let mut settings = experiment.to_value();
    let fields = settings.as_object_mut().expect("an experiment is a JSON object");
    // The images are known by their content, wherever they are.
    fields.remove("data");
    fields.retain(|key, value| default.get(key) != Some(value));
    let content = |print: &Fingerprint| json!([print.train, print.test, print.crc32]);
    let mut identity = json!({
        "settings": settings,
        "data": content(images.fingerprint()),
        "final_test": images.final_fingerprint().map(content),
        "bad_batch": bad_batch,
    });
    if let Some(tta) = final_tta {
        identity["final_tta"] = json!(tta);
    }
    identity
}

/// Share `part` of `of`, from 1: neighbouring runs, so that the arms of a seed mostly stay together.
pub fn share(runs: &[PlannedRun], part: usize, of: usize) -> &[PlannedRun] {
    let end = |part: usize| runs.len() * part / of;
    &runs[end(part - 1)..end(part)]
}

/// Reads a share, `2/8`.
///
/// # Errors
/// [`StudyError::Shard`].
pub fn shard(text: &str) -> Result<(usize, usize), StudyError> {
    let read = || {
        let (part, of) = text.split_once('/')?;
        let (part, of) = (part.trim().parse().ok()?, of.trim().parse().ok()?);
        (1..=of).contains(&part).then_some((part, of))
    };
    read().ok_or_else(|| StudyError::Shard(text.to_owned()))
}

/// Folders of logs. New logs go to the first.
pub struct Folders(pub Vec<PathBuf>);

impl Folders {
    /// The log of a run, if it is in one of them.
    pub fn find(&self, run: &PlannedRun) -> Option<PathBuf> {
        self.0.iter().map(|folder| folder.join(run.file())).find(|path| path.exists())
    }

    /// Where the log of a run goes.
    pub fn place(&self, run: &PlannedRun) -> PathBuf {
        self.0[0].join(run.file())
    }

    /// Reads the logs of these runs.
    ///
    /// # Errors
    /// [`StudyError::Missing`] names the runs that are not there, [`StudyError::MixedData`] those on other images; the errors
    /// of [`RunRecord::read`].
    pub fn read(&self, runs: &[PlannedRun], images: &Images) -> Result<Vec<RunRecord>, StudyError> {
        let missing: Vec<&PlannedRun> = runs.iter().filter(|run| self.find(run).is_none()).collect();
        if missing.is_empty() {
            return runs.iter().map(|run| RunRecord::read(&self.place_of(run), run)).collect();
        }
        self.check_images(&missing, images)?;
        let name = |run: &&PlannedRun| format!("{} ({})", run.name(), run.file());
        Err(StudyError::Missing {
            count: missing.len(),
            all: runs.len(),
            folders: self.0.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", "),
            runs: missing.iter().map(name).collect::<Vec<_>>().join(", "),
        })
    }

    fn place_of(&self, run: &PlannedRun) -> PathBuf {
        self.find(run).unwrap_or_else(|| self.place(run))
    }

    /// Refuses runs of the same settings on other images, which were meant for this study.
    ///
    /// # Errors
    /// [`StudyError::MixedData`].
    pub fn check_images(&self, missing: &[&PlannedRun], images: &Images) -> Result<(), StudyError> {
        if missing.is_empty() {
            return Ok(());
        }
        let files = self.0.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        for path in files.map(|entry| entry.path()).filter(|path| path.extension() == Some("jsonl".as_ref()))
        {
            let Some(head) = Head::read(&path) else { continue };
            let same = |run: &&PlannedRun| run.bad_batch == head.bad_batch && run.experiment == head.config;
            if !missing.iter().any(same) {
                continue;
            }
            let tests = head.final_test.zip(images.final_fingerprint());
            let mut pairs = [Some((head.data, images.fingerprint())), tests].into_iter().flatten();
            if let Some((found, expected)) = pairs.find(|(found, expected)| !found.same_images(expected)) {
                let (file, expected) = (path.display().to_string(), Box::new(expected.clone()));
                return Err(StudyError::MixedData { file, found: Box::new(found), expected });
            }
        }
        Ok(())
    }
}

/// The first lines of a log.
struct Head {
    data: Fingerprint,
    final_test: Option<Fingerprint>,
    bad_batch: Option<BadBatch>,
    config: Experiment,
}

impl Head {
    /// `None` if it is not the log of a study's run.
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let mut lines = text.lines();
        let run = serde_json::from_str(lines.next()?).ok()?;
        let Line::Run { data, final_test, bad_batch, .. } = run else { return None };
        let Event::Start { config, .. } = serde_json::from_str(lines.next()?).ok()? else { return None };
        Some(Self { data, final_test, bad_batch, config: *config })
    }
}
