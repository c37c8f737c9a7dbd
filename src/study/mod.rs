//! Studies: a question, the runs that answer it, and the rule by which they do, all stated before the first run (native only).
//!
//! A [`Study`] is a JSON file; `docs/studies.md` describes it. From there on data moves one way:
//!
//! ```text
//! file ─► planned runs ─► logs ─► records ─► measures ─► paired differences ─► intervals ─► verdicts
//! ```
//!
//! A run is known by a digest of all that decides its results, and its log has the digest as its name. So equal runs of several
//! studies are made once, a run that is there is never made again, and folders of logs from several machines can be put together.
//! A log appears under its name only when it is complete.
//!
//! - `file`: the study as its file states it
//! - `digest`: digests of JSON values
//! - `runs`: the runs of a study, in their order, and the folders of logs
//! - `train`: making a run
//! - `record`: reading its log
//! - `measure`: what is measured of it
//! - `statistics`: means and intervals
//! - `result`, `words`: the result, as JSON and in words

mod digest;
mod error;
mod file;
mod measure;
mod record;
mod result;
mod runs;
mod statistics;
mod train;
mod words;

pub use error::StudyError;
pub use file::{Arm, BadBatch, Comparison, Rule, Side, Study, seeds};
pub use measure::{Measure, Measured};
pub use record::RunRecord;
pub use result::{Compared, Curve, RunRow, Sample, StudyResult, TableRow, Verdict, check_result};
pub use runs::{Folders, Images, PlannedRun, planned, shard, share};
pub use statistics::{BOOTSTRAP_FROM, Interval, Method, interval};
pub use train::{Planner, Watch, train};
