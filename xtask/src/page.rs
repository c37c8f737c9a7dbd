//! The page in dist/: the WebAssembly module, then Vite's build of www/.

use anyhow::Result;

use crate::prepare::Preparation;
use crate::prepare::node::npm;
use crate::prepare::wasm_target::Lints;
use crate::process;
use crate::wasm::{self, Profile};

/// Prepares what building needs and builds dist/.
pub fn build(preparation: &Preparation, profile: Profile) -> Result<()> {
    preparation.node_packages()?;
    let toolchain = preparation.wasm_target(Lints::No)?;
    wasm::build(&toolchain, profile)?;
    let mut build = npm(&["run", "build"]);
    if profile == Profile::Dev {
        // A module that is not optimised is over the page's budget, which then is only said.
        build.args(["--", "--mode", "dev"]);
    }
    process::run(&mut build)
}
