//! Tile sizes for a GPU, measured at the first run of a network and cached.

use std::path::Path;

use emascope::config::Experiment;
use emascope::data::{Dataset, download};
use emascope::executor::Executor;
use emascope::trainer::{PlannedTrainer, TrainError};
use emascope::tuning::TileCache;
use pollster::block_on;

/// Plans a run, with the fastest tiles unless `skip`. `note` prints that tuning takes time, or that its result can't be
/// cached.
///
/// # Errors
/// [`TrainError`].
pub fn plan(
    executor: &Executor,
    experiment: &Experiment,
    dataset: &Dataset,
    skip: bool,
    note: impl Fn(&str),
) -> Result<PlannedTrainer, TrainError> {
    let planned = PlannedTrainer::new(executor, experiment, dataset)?;
    let gpu = match executor {
        Executor::Gpu(gpu) if !skip && !gpu.adapter().software => gpu,
        _ => return Ok(planned),
    };
    let path = download::cache_folder().map(|folder| folder.join("tiles.json"));
    let mut cache = TileCache::open(path.as_deref().unwrap_or(Path::new("")));
    let mut announced = false;
    let progress = &mut |_, of| {
        if !std::mem::replace(&mut announced, true) {
            note(&format!(
                "autotuning the tiles of {of} convolutions, once for this adapter (--no-tune skips it)"
            ));
        }
    };
    let tiles = block_on(cache.tiles(gpu, planned.convolutions(), progress));
    let keep = || match &path {
        Some(path) => cache.save().map_err(|error| format!("{}: {error}", path.display())),
        None => Err("the system has no cache folder; set EMASCOPE_CACHE to one".to_owned()),
    };
    if announced && let Err(why) = keep() {
        note(&format!("the tiles cannot be cached ({why}); the next run measures them again"));
    }
    PlannedTrainer::with_tiles(executor, experiment, dataset, tiles?)
}
