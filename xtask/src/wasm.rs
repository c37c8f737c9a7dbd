//! The engine as WebAssembly modules: compile, bind to JavaScript, shrink.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::prepare::node;
use crate::prepare::wasm_target::{Library, TARGET, Toolchain};
use crate::process::{self, say};
use crate::workspace;

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

/// One build of the module. The page takes the best one that the browser can run (`www/builds.ts`).
struct Build {
    name: &'static str,
    /// What Rust's compiler may use in addition to what it assumes of every browser.
    features: &'static str,
    /// The same in wasm-opt's words.
    optimiser: &'static [&'static str],
    /// Whether its memory may be shared by threads, for which Rust's own library is compiled too.
    threads: bool,
}

const BUILDS: [Build; 4] = [
    Build {
        name: "relaxed_threads",
        features: "+simd128,+relaxed-simd,+atomics",
        optimiser: &["--enable-simd", "--enable-relaxed-simd", "--enable-threads"],
        threads: true,
    },
    Build {
        name: "relaxed",
        features: "+simd128,+relaxed-simd",
        optimiser: &["--enable-simd", "--enable-relaxed-simd"],
        threads: false,
    },
    Build { name: "simd", features: "+simd128", optimiser: &["--enable-simd"], threads: false },
    Build { name: "plain", features: "", optimiser: &[], threads: false },
];

/// What the linker has to do for threads: memory that comes from outside, as much as there can be, and what wasm-bindgen needs to
/// give each thread its own stack and variables.
const SHARED_MEMORY: [&str; 7] = [
    "--shared-memory",
    "--import-memory",
    "--max-memory=4294967296",
    "--export=__wasm_init_tls",
    "--export=__tls_size",
    "--export=__tls_align",
    "--export=__tls_base",
];

/// WebAssembly features that wasm-opt may use: those that Rust's compiler assumes of every browser.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Writes the builds of the module to www/generated/, and their JavaScript: of the one with threads, and of all others.
pub fn build(toolchain: &Toolchain, profile: Profile) -> Result<()> {
    let generated = workspace::root().join("www/generated");
    let builds: Vec<_> = builds(toolchain).collect();
    if builds.len() < BUILDS.len() {
        say("without rustup's component rust-src the page computes on one thread only");
    }
    let compiled =
        |build: &Build| build.target_dir(toolchain).join(TARGET).join(profile.folder()).join("emascope.wasm");
    // Half of a build is one thread's work, so they run side by side.
    let mut commands: Vec<_> = builds.iter().map(|build| build.cargo(toolchain, "build", profile)).collect();
    process::run_together(&mut commands)?;

    // Another xtask may bind another way.
    let mut identity = identity(&env::current_exe()?)?;
    for build in &builds {
        identity += &format!("\n{}", self::identity(&compiled(build))?);
    }
    let stamp = workspace::memory().join("bound");
    let module = |build: &Build| generated.join(format!("emascope_{}.wasm", build.name));
    if builds.iter().all(|build| module(build).exists())
        && fs::read_to_string(&stamp).is_ok_and(|text| text == identity)
    {
        return Ok(());
    }
    if generated.exists() {
        fs::remove_dir_all(&generated)?;
    }
    for build in &builds {
        bind(&compiled(build), build.script(), &generated, &module(build))?;
        if profile == Profile::Release {
            shrink(&module(build), build)?;
        }
    }
    fs::create_dir_all(workspace::memory())?;
    fs::write(stamp, identity)?;
    Ok(())
}

/// Clippy on the module, as the build with the most features.
pub fn clippy(toolchain: &Toolchain) -> Command {
    let build = builds(toolchain).next().expect("there are builds that any toolchain can make");
    build.cargo(toolchain, "clippy", Profile::Release)
}

/// The builds that the toolchain can make.
fn builds(toolchain: &Toolchain) -> impl Iterator<Item = &'static Build> {
    BUILDS.iter().filter(|build| !build.threads || toolchain.has_library_source())
}

impl Build {
    /// Other features are other compilations of every package.
    fn target_dir(&self, toolchain: &Toolchain) -> PathBuf {
        toolchain.target_dir().join("wasm-builds").join(self.name)
    }

    /// The name of its JavaScript.
    fn script(&self) -> &'static str {
        if self.threads { "emascope_threads" } else { "emascope" }
    }

    fn cargo(&self, toolchain: &Toolchain, subcommand: &str, profile: Profile) -> Command {
        let library = if self.threads { Library::FromSource } else { Library::AsInstalled };
        let mut cargo = toolchain.cargo(subcommand, library);
        cargo.args(["--package", "emascope", "--lib", "--profile", profile.name(), "--target-dir"]);
        cargo.arg(self.target_dir(toolchain));
        let mut flags = env::var("RUSTFLAGS").unwrap_or_default();
        if !self.features.is_empty() {
            flags += &format!(" -Ctarget-feature={}", self.features);
        }
        if self.threads {
            flags.extend(SHARED_MEMORY.iter().map(|argument| format!(" -Clink-arg={argument}")));
        }
        cargo.env("RUSTFLAGS", flags);
        cargo
    }
}

/// Binds a build, and checks that its JavaScript is that of the builds before that have the same name for it.
fn bind(compiled: &Path, name: &str, generated: &Path, module: &Path) -> Result<()> {
    say(format!("wasm-bindgen: {}", module.display()));
    let script = generated.join(name).with_extension("js");
    let before = fs::read(&script).ok();
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(true);
    // The page says which module it loads.
    bindgen.omit_default_module_path(true);
    bindgen.web(true).and_then(|bindgen| bindgen.generate(generated)).context("wasm-bindgen failed")?;
    ensure!(
        before.is_none_or(|before| fs::read(&script).is_ok_and(|script| script == before)),
        "the builds of the module need different JavaScript: {}",
        module.display(),
    );
    fs::rename(generated.join(format!("{name}_bg.wasm")), module)?;
    Ok(())
}

fn shrink(module: &Path, build: &Build) -> Result<()> {
    let smaller = module.with_extension("smaller");
    let mut optimise = node::script("binaryen/bin/wasm-opt");
    optimise.arg("-Os").args(FEATURES).args(build.optimiser).arg(module).arg("-o").arg(&smaller);
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
