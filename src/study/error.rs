//! Errors of a study.

use crate::{
    checkpoint::{CheckpointError, Fingerprint},
    config::ConfigError,
    data::DataError,
    trainer::TrainError,
};

/// A problem with a study. Each message says what is wrong, where, and what to do; runs that are finished stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A text that is not a study.
    #[error("this is not a study: {0}")]
    NotAStudy(String),
    /// An invalid setting.
    #[error("{place}: {error}")]
    Setting {
        /// `settings`, or the arm.
        place: String,
        /// What is wrong with it.
        error: ConfigError,
    },
    /// Parts that do not go together.
    #[error("the study contradicts itself: {0}")]
    Contradiction(String),
    /// A comparison of an arm that the study does not have.
    #[error("comparison `{claim}`: there is no arm `{arm}`; the arms are {arms}")]
    NoSuchArm {
        /// The comparison's claim.
        claim: String,
        /// The arm.
        arm: String,
        /// The arms of the study.
        arms: String,
    },
    /// A comparison that leaves out the arm, in a study of several.
    #[error("comparison `{claim}`: name an `arm` on each side; the arms are {arms}")]
    WhichArm {
        /// The comparison's claim.
        claim: String,
        /// The arms of the study.
        arms: String,
    },
    /// A measure of a method that the arm does not have.
    #[error("comparison `{claim}`: the arm `{arm}` has no method `{method}`; its methods are {methods}")]
    NoSuchMethod {
        /// The comparison's claim.
        claim: String,
        /// The arm.
        arm: String,
        /// The method.
        method: String,
        /// The methods of the arm.
        methods: String,
    },
    /// A measure that a run of the arm does not have.
    #[error("the arm `{arm}` has no `{measure}`: {reason}")]
    NotMeasured {
        /// The arm.
        arm: String,
        /// The measure.
        measure: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// Fewer than two seeds.
    #[error("one seed makes no pairs to compare; give at least two seeds, such as \"0-9\"")]
    NoPairs,
    /// A text that is not a list of seeds.
    #[error("`{0}` is not a list of seeds; write 0-9, or 0,3,7-9, each seed once")]
    Seeds(String),
    /// A text that is not a share of a study.
    #[error("`{0}` is not a share; write 2/8 for the second of eight")]
    Shard(String),
    /// A result of another version of the study.
    #[error(
        "{file}: this is the result of a study with the digest {found}, and the study's is now {digest}. A study is fixed \
         before it runs: restore the file, or give another --out; nothing was changed"
    )]
    OtherStudy {
        /// The result.
        file: String,
        /// Its digest.
        found: String,
        /// The digest of the study.
        digest: String,
    },
    /// A log that is not of the run that its name says.
    #[error(
        "{file}: this log belongs to another run than its name says: {reason}; move it away, and the run is made again"
    )]
    OtherRun {
        /// The log.
        file: String,
        /// What differs.
        reason: String,
    },
    /// A log that cannot be read.
    #[error("{file}: this is not a complete log of a run: {reason}; move it away, and the run is made again")]
    Damaged {
        /// The log.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Runs that are not there.
    #[error(
        "{count} of {all} runs are missing in {folders}: {runs}. Make them, or name the folders that have them by --runs"
    )]
    Missing {
        /// Their number.
        count: usize,
        /// The number of all runs.
        all: usize,
        /// Where they were looked for.
        folders: String,
        /// Their arms, seeds and files.
        runs: String,
    },
    /// The same runs on other images.
    #[error(
        "{file}: this run used other images ({found}) than the study ({expected}). Runs on different images cannot be \
         pooled: give another --out, or the images of those runs"
    )]
    MixedData {
        /// The log.
        file: String,
        /// Its images.
        found: Box<Fingerprint>,
        /// The images of this study.
        expected: Box<Fingerprint>,
    },
    /// A part of CIFAR-10 where the study needs all of it.
    #[error(
        "{file}: has {train} training and {test} test images; CIFAR-10 has 50,000 and 10,000. Give all its files"
    )]
    NotWhole {
        /// The archive or folder.
        file: String,
        /// Its training images.
        train: usize,
        /// Its test images.
        test: usize,
    },
    /// The images.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A run.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A file.
    #[error(transparent)]
    File(#[from] CheckpointError),
}

impl StudyError {
    /// Whether the study's file or a flag must be changed.
    pub fn is_usage(&self) -> bool {
        use StudyError::*;
        matches!(
            self,
            NotAStudy(_)
                | Setting { .. }
                | Contradiction(_)
                | NoSuchArm { .. }
                | WhichArm { .. }
                | NoSuchMethod { .. }
                | NotMeasured { .. }
                | NoPairs
                | Seeds(_)
                | Shard(_)
                | OtherStudy { .. }
        )
    }
}
