//! The engine as a WebAssembly module: compile, bind to JavaScript, shrink.

use std::path::Path;
use std::time::UNIX_EPOCH;
use std::{env, fs};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::prepare::node;
use crate::prepare::wasm_target::{TARGET, Toolchain};
use crate::{process, workspace};

/// How the module is compiled.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Its name to cargo.
    pub fn name(self) -> &'static str {
        if self == Self::Dev { "dev" } else { "wasm" }
    }

    /// Cargo's folder for the profile.
    fn folder(self) -> &'static str {
        if self == Self::Dev { "debug" } else { "wasm" }
    }
}

/// WebAssembly features that wasm-opt may use: those that Rust's compiler assumes of every browser.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Writes the module and its JavaScript to www/generated/.
pub fn build(toolchain: &Toolchain, profile: Profile) -> Result<()> {
    process::run(toolchain.cargo("build").args([
        "--package",
        "emascope",
        "--lib",
        "--profile",
        profile.name(),
    ]))?;
    let compiled = toolchain.target_dir().join(TARGET).join(profile.folder()).join("emascope.wasm");
    let generated = workspace::root().join("www/generated");
    let stamp = workspace::memory().join("bound");
    // Another xtask may bind another way.
    let identity = format!("{}\n{}", identity(&compiled)?, identity(&env::current_exe()?)?);
    if generated.join("emascope_bg.wasm").exists()
        && fs::read_to_string(&stamp).is_ok_and(|text| text == identity)
    {
        return Ok(());
    }
    process::say("wasm-bindgen: www/generated/emascope.js");
    bind(&compiled, &generated)?;
    if profile == Profile::Release {
        shrink(&generated.join("emascope_bg.wasm"))?;
    }
    fs::create_dir_all(workspace::memory())?;
    fs::write(stamp, identity)?;
    Ok(())
}

fn bind(compiled: &Path, generated: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name("emascope").typescript(true);
    // `init()` finds the module next to its JavaScript, by a URL that Vite follows.
    bindgen.omit_default_module_path(false);
    bindgen.web(true).and_then(|bindgen| bindgen.generate(generated)).context("wasm-bindgen failed")
}

fn shrink(module: &Path) -> Result<()> {
    let smaller = module.with_extension("smaller");
    let mut optimise = node::script("binaryen/bin/wasm-opt");
    optimise.arg("-Os").args(FEATURES).arg(module).arg("-o").arg(&smaller);
    process::run(&mut optimise)?;
    fs::rename(smaller, module)?;
    Ok(())
}

/// Identifies a compiled file.
fn identity(compiled: &Path) -> Result<String> {
    let data =
        fs::metadata(compiled).with_context(|| format!("cargo did not write {}", compiled.display()))?;
    let written = data.modified()?.duration_since(UNIX_EPOCH)?;
    Ok(format!("{} {} {}", compiled.display(), data.len(), written.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewritten_module_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("emascope.wasm");
        assert!(identity(&file).unwrap_err().to_string().contains("emascope.wasm"));
        fs::write(&file, "one").unwrap();
        let first = identity(&file).unwrap();
        assert_eq!(identity(&file).unwrap(), first);
        fs::write(&file, "three").unwrap();
        assert_ne!(identity(&file).unwrap(), first);
    }
}
