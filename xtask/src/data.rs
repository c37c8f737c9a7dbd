//! `cargo xtask data`: prepared images beside the page, for those who would have to drop a file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::{process, workspace};

/// Where Vite takes files from that belong beside the page as they are.
const FILE: &str = "public/data/cifar10-subset.bin";

/// Options of `data`.
#[derive(Args)]
pub struct Options {
    /// cifar10 (downloaded once), or a CIFAR-10 archive, folder or .bin file
    #[arg(default_value = "cifar10")]
    data: String,
    /// How many images, a multiple of 6; each is 3 kB for every visitor who takes them
    #[arg(long, default_value_t = 6000, value_name = "N")]
    images: usize,
    /// Take the images away again
    #[arg(long, conflicts_with = "images")]
    remove: bool,
}

/// Writes the images, or takes them away. The next build has them beside the page.
pub fn run(options: &Options) -> Result<()> {
    let file = workspace::root().join(FILE);
    if options.remove {
        if file.exists() {
            fs::remove_file(&file).with_context(|| format!("{FILE} cannot be removed"))?;
        }
        return Ok(());
    }
    // Cargo's own paths are the workspace's; those of the person who typed are not.
    let data = PathBuf::from(&options.data);
    let data = if data.exists() { data.canonicalize()? } else { data };
    fs::create_dir_all(file.parent().expect("the file lies in a folder"))?;
    let mut write = workspace::cargo();
    write.args(["run", "--quiet", "--release", "--package", "emascope", "--", "data"]).arg(data);
    write.args(["--images", &options.images.to_string(), "--write"]).arg(&file);
    process::run(&mut write)?;
    process::say(format!("{FILE}: the next build has it beside the page; CIFAR-10 states no licence"));
    Ok(())
}
