//! A compiler for WebAssembly: rustup's, or where rustup cannot fetch its target, Debian's.
//!
//! Debian has no standard library for `wasm32-unknown-unknown`, but it has the compiler and the library's source, so the
//! library is built along with the program. That takes unstable flags, which `RUSTC_BOOTSTRAP` lets a stable compiler
//! accept, and rustup's `rust-lld` as linker. The builds with threads need the same of rustup's compiler, whose library has none.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::Preparation;
use crate::process::{self, say};
use crate::workspace;

pub const TARGET: &str = "wasm32-unknown-unknown";

/// rustup tries for minutes where there is no route to its server.
const PATIENCE: Duration = Duration::from_secs(120);

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library/std";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Whether the toolchain has to bring Clippy.
#[derive(Clone, Copy, PartialEq)]
pub enum Lints {
    Yes,
    No,
}

/// Where Rust's standard library comes from.
#[derive(Clone, Copy, PartialEq)]
pub enum Library {
    /// Compiled, with the compiler; where there is none, from source.
    AsInstalled,
    /// Compiled along with the program, for features of WebAssembly that it must know of.
    FromSource,
}

/// A toolchain for WebAssembly.
#[derive(Debug)]
pub enum Toolchain {
    /// The compiler in use, which has the target, and maybe the library's source.
    Ordinary { library_source: bool },
    /// Debian's compiler and library source, and the linker of the toolchain in use.
    Debian { linker: PathBuf },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ordinary { .. } => write!(formatter, "Rust target {TARGET}"),
            Self::Debian { .. } => {
                write!(formatter, "Rust target {TARGET}, from Debian's rustc-web and rust-web-src")
            }
        }
    }
}

impl Toolchain {
    /// Whether it can build the library from source.
    pub fn has_library_source(&self) -> bool {
        matches!(self, Self::Debian { .. } | Self::Ordinary { library_source: true })
    }

    /// `cargo SUBCOMMAND`, set to build for WebAssembly.
    pub fn cargo(&self, subcommand: &str, library: Library) -> Command {
        let mut command = workspace::cargo();
        let mut from_source = library == Library::FromSource;
        if let Self::Debian { linker } = self {
            if subcommand == "clippy" {
                // Debian's cargo-clippy runs the cargo that `CARGO` names, with Debian's clippy-driver.
                let cargo = command.get_program().to_owned();
                command = Command::new(DEBIAN_CLIPPY);
                command.env("CARGO", cargo).current_dir(workspace::root());
            }
            command.env("RUSTC", DEBIAN_RUSTC);
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            from_source = true;
        }
        command.arg(subcommand);
        if from_source {
            command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
        command.args(["--target", TARGET]);
        command
    }

    /// Debian's compiler gets a folder of its own, so that two compilers do not undo each other's work.
    pub fn target_dir(&self) -> PathBuf {
        match self {
            Self::Ordinary { .. } => workspace::target(),
            Self::Debian { .. } => workspace::target().join("debian"),
        }
    }
}

impl Preparation {
    /// Finds or installs a compiler for WebAssembly.
    pub fn wasm_target(&self, lints: Lints) -> Result<Toolchain> {
        let compiler = process::output(Command::new("rustc").arg("--version"))?;
        let unreachable = Unreachable::new(&workspace::memory(), &compiler);
        if has_target()? {
            return self.ordinary_toolchain(&unreachable);
        }
        let add = format!("rustup target add {TARGET}");
        if process::find_program(&["rustup"]).is_some() && !unreachable.is_remembered() {
            self.may_install("Rust target", &add)?;
            match process::run_within(Command::new("rustup").args(["target", "add", TARGET]), PATIENCE) {
                Ok(()) => {
                    ensure!(
                        has_target()?,
                        "Rust target: `{add}` succeeded, but rustc does not find its library"
                    );
                    return self.ordinary_toolchain(&unreachable);
                }
                Err(error) => {
                    say(format!("{error:#}"));
                    unreachable.remember()?;
                    say(format!(
                        "using Debian's packages from now on; delete {} to try rustup again",
                        unreachable.0.display()
                    ));
                }
            }
        }
        self.debian_toolchain(lints).with_context(|| format!("Rust target: `{add}` does not work here"))
    }

    /// The compiler in use, with the source of its library where rustup has it or can fetch it.
    fn ordinary_toolchain(&self, unreachable: &Unreachable) -> Result<Toolchain> {
        let fetch =
            !self.no_install && process::find_program(&["rustup"]).is_some() && !unreachable.is_remembered();
        if !has_library_source()? && fetch {
            say("source of Rust's library: missing, installing");
            let mut add = Command::new("rustup");
            if let Err(error) = process::run_within(add.args(["component", "add", "rust-src"]), PATIENCE) {
                say(format!("{error:#}"));
                unreachable.remember()?;
            }
        }
        Ok(Toolchain::Ordinary { library_source: has_library_source()? })
    }

    fn debian_toolchain(&self, lints: Lints) -> Result<Toolchain> {
        let needed = [("rustc-web", DEBIAN_RUSTC), ("rust-web-src", DEBIAN_LIBRARY)];
        let clippy = (lints == Lints::Yes).then_some(("rust-web-clippy", DEBIAN_CLIPPY));
        let needed = needed.into_iter().chain(clippy);
        let missing: Vec<_> =
            needed.filter(|(_, file)| !Path::new(file).exists()).map(|(name, _)| name).collect();
        if !missing.is_empty() {
            self.packages("Debian's compiler for WebAssembly", &missing)?;
        }
        let found = process::output(Command::new(DEBIAN_RUSTC).arg("--version"))?;
        let wanted = env!("CARGO_PKG_RUST_VERSION");
        if parse_version(&found) < parse_version(&format!("rustc {wanted}")) {
            bail!("{DEBIAN_RUSTC} is {found}, but Emascope needs {wanted} or newer");
        }
        Ok(Toolchain::Debian { linker: linker()? })
    }
}

/// Whether the compiler in use has a standard library for the target.
fn has_target() -> Result<bool> {
    let folder =
        process::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    Ok(entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libstd-")))
}

/// Whether the compiler in use has the source of its library.
fn has_library_source() -> Result<bool> {
    let root = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(&root).join("lib/rustlib/src/rust/library/std").exists())
}

fn linker() -> Result<PathBuf> {
    let folder = process::output(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let bundled = Path::new(&folder).with_file_name("bin").join("rust-lld");
    if bundled.exists() {
        return Ok(bundled);
    }
    process::find_program(&["rust-lld", "wasm-ld"])
        .with_context(|| format!("no linker for WebAssembly: neither {} nor wasm-ld", bundled.display()))
}

/// `rustc 1.96.0 (…)` as (1, 96).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("rustc ")?.split(['.', ' ', '-']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Remembers that rustup could not fetch the target for a compiler.
struct Unreachable(PathBuf);

impl Unreachable {
    fn new(memory: &Path, compiler: &str) -> Self {
        let version = compiler.split_whitespace().nth(1).unwrap_or("unknown");
        Self(memory.join(format!("no-rustup-target-{version}")))
    }

    fn is_remembered(&self) -> bool {
        self.0.exists()
    }

    fn remember(&self) -> Result<()> {
        fs::create_dir_all(self.0.parent().expect("it lies in a folder"))?;
        fs::write(&self.0, "")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_versions_are_compared_as_numbers() {
        assert_eq!(parse_version("rustc 1.96.0 (built from a source tarball)"), Some((1, 96)));
        assert_eq!(parse_version("rustc 1.97-nightly"), Some((1, 97)));
        assert!(parse_version("rustc 1.100.0") > parse_version("rustc 1.96"));
        assert!(parse_version("nonsense") < parse_version("rustc 1.0"));
    }

    #[test]
    fn a_failure_is_remembered_for_its_compiler_only() {
        let folder = tempfile::tempdir().unwrap();
        let memory = folder.path().join("xtask");
        Unreachable::new(&memory, "rustc 1.95.0 (59807616e 2026-04-14)").remember().unwrap();
        assert!(Unreachable::new(&memory, "rustc 1.95.0 (59807616e 2026-04-14)").is_remembered());
        assert!(!Unreachable::new(&memory, "rustc 1.96.0 (0123abcde 2026-05-25)").is_remembered());
    }

    #[test]
    fn the_debian_way_uses_its_compiler_and_its_own_folder() {
        let toolchain = Toolchain::Debian { linker: "/some/rust-lld".into() };
        let command = toolchain.cargo("build", Library::AsInstalled);
        let variable =
            |name: &str| command.get_envs().find(|(key, _)| *key == name).and_then(|(_, value)| value);
        assert_eq!(variable("RUSTC").unwrap(), DEBIAN_RUSTC);
        assert_eq!(variable("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER").unwrap(), "/some/rust-lld");
        assert!(process::line(&command).contains("build -Zbuild-std=std,panic_abort --target wasm32"));
        assert_ne!(toolchain.target_dir(), Toolchain::Ordinary { library_source: true }.target_dir());
        let clippy = toolchain.cargo("clippy", Library::AsInstalled);
        assert!(process::line(&clippy).starts_with("cargo-clippy clippy -Zbuild-std"));
    }

    #[test]
    fn the_ordinary_way_builds_the_library_only_where_it_must() {
        let toolchain = Toolchain::Ordinary { library_source: true };
        let command = toolchain.cargo("build", Library::AsInstalled);
        assert!(!process::line(&command).contains("-Zbuild-std"));
        assert!(command.get_envs().all(|(key, _)| key != "RUSTC_BOOTSTRAP"));
        let command = toolchain.cargo("build", Library::FromSource);
        assert!(process::line(&command).contains("-Zbuild-std=std,panic_abort"));
        assert!(command.get_envs().any(|(key, _)| key == "RUSTC_BOOTSTRAP"));
    }
}
