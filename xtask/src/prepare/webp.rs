//! `cwebp`, libwebp's encoder, for recreating the included images.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Preparation;
use crate::process::find_program;

impl Preparation {
    /// Returns the path of cwebp.
    pub fn cwebp(&self) -> Result<PathBuf> {
        if let Some(file) = find_program(&["cwebp"]) {
            return Ok(file);
        }
        self.packages("cwebp", &["webp"])?;
        find_program(&["cwebp"]).context("cwebp: still missing after installation")
    }
}
