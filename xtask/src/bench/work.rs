//! The work for every program: initial weights, one batch, and the losses of its first steps.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::{process, workspace};

/// A file that `emascope bench --export` wrote.
pub struct Work {
    pub file: PathBuf,
    pub network: String,
    pub batch: u32,
    pub losses: Vec<f64>,
}

impl Work {
    /// Runs our engine to write the work.
    pub fn export(network: &str, batch: u32) -> Result<Self> {
        let folder = workspace::target().join("peers");
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{network}-{batch}.safetensors"));
        let mut export = Command::new(workspace::emascope());
        export
            .args([
                "bench",
                "--compute",
                "gpu",
                "--preset",
                network,
                "--batch",
                &batch.to_string(),
                "--export",
            ])
            .arg(&file);
        process::run(&mut export)?;
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let losses = losses(&bytes).with_context(|| format!("{} is not a work file", file.display()))?;
        Ok(Self { file, network: network.to_owned(), batch, losses })
    }
}

/// The losses in the metadata of a safetensors file: a length of eight bytes, then as much JSON.
fn losses(file: &[u8]) -> Result<Vec<f64>> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "__metadata__")]
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        work: String,
    }
    #[derive(Deserialize)]
    struct Told {
        losses: Vec<f64>,
    }
    let (length, rest) = file.split_first_chunk().context("too short")?;
    let length = usize::try_from(u64::from_le_bytes(*length))?;
    let header: Header = serde_json::from_slice(rest.get(..length).context("cut off")?)?;
    let told: Told = serde_json::from_str(&header.metadata.work)?;
    ensure!(!told.losses.is_empty(), "it contains no loss");
    Ok(told.losses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
    }

    #[test]
    fn losses_stand_in_the_metadata() {
        let good = file(r#"{"__metadata__": {"work": "{\"losses\": [2.5, 2.25]}"}}"#);
        assert_eq!(losses(&good).unwrap(), [2.5, 2.25]);
        assert!(losses(&good[..20]).is_err());
        assert!(losses(&file("{}")).is_err());
    }
}
