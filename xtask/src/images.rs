//! `cargo xtask images`: recreates the included images from CIFAR-10's official files.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::prepare::Preparation;
use crate::{process, workspace};

/// Folder of the images.
const FOLDER: &str = "data/cifar10";

/// Options of `images`.
#[derive(Args)]
pub struct Options {
    /// The folder cifar-10-batches-bin of cifar-10-binary.tar.gz
    folder: PathBuf,
    /// How many images to take from the start of each batch
    #[arg(long, default_value_t = 1000, value_name = "N")]
    first: u32,
    /// Where to write the sheets
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    out: PathBuf,
}

/// Writes a sheet for each batch, then compresses it as far as libwebp can.
pub fn run(preparation: &Preparation, options: &Options) -> Result<()> {
    let cwebp = preparation.cwebp()?;
    // Cargo's own paths are the workspace's; those of the person who typed are not.
    let given = |path: &PathBuf| std::path::absolute(path).with_context(|| path.display().to_string());
    let out = if options.out == *FOLDER { workspace::root().join(FOLDER) } else { given(&options.out)? };
    let mut write = workspace::cargo();
    // Without the images, which may not be there yet.
    write.args([
        "run",
        "--quiet",
        "--release",
        "--no-default-features",
        "--package",
        "emascope",
        "--",
        "data",
    ]);
    write.arg(given(&options.folder)?).arg("--sheets").arg(&out);
    process::run(write.args(["--first", &options.first.to_string()]))?;

    let mut bytes = 0;
    for entry in fs::read_dir(&out)? {
        let sheet = entry?.path();
        if sheet.extension() != Some("webp".as_ref()) {
            continue;
        }
        let packed = sheet.with_extension("webp.partial");
        let mut pack = Command::new(&cwebp);
        pack.args(["-quiet", "-lossless", "-exact", "-z", "9"]).arg(&sheet).arg("-o").arg(&packed);
        process::run(&mut pack)?;
        fs::rename(&packed, &sheet)?;
        bytes += fs::metadata(&sheet)?.len();
    }
    ensure!(bytes > 0, "{} contains no .bin files", options.folder.display());
    process::say(format!("{}: {:.1} MB", out.display(), bytes as f64 / 1e6));
    Ok(())
}
