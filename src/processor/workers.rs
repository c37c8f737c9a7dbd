use std::{fmt, sync::Arc};

use fearless_simd::Level;
use rayon::ThreadPool;

/// Whether a program for this target may have threads. Where it may not, what they need is compiled out.
const MAY_HAVE_THREADS: bool = cfg!(any(not(target_arch = "wasm32"), target_feature = "atomics"));

/// The vector instructions and the threads that compute.
pub(super) struct Workers {
    /// The vector instructions.
    pub level: Level,
    pool: Option<Arc<ThreadPool>>,
}

impl Workers {
    /// A thread a core; in a browser the threads that the page has started.
    pub fn all() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return Self::new(std::thread::available_parallelism().map_or(1, usize::from));
        #[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
        let pool = super::threads::opened();
        #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
        let pool = None;
        #[cfg(target_arch = "wasm32")]
        Self { level: Level::new(), pool }
    }

    /// At most `threads` threads: one, if the operating system gives no more.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(threads: usize) -> Self {
        let name = |i| format!("processor {i}");
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name);
        let pool = if threads > 1 { builder.build().ok() } else { None };
        Self { level: Level::new(), pool: pool.map(Arc::new) }
    }

    /// Floats of a vector register.
    pub fn lanes(&self) -> usize {
        use fearless_simd::{Simd, SimdBase, dispatch};
        #[inline(always)]
        fn lanes<S: Simd>(_: S) -> usize {
            S::f32s::LEN
        }
        dispatch!(self.level, simd => lanes(simd))
    }

    /// Calls `work` with each piece of `len` floats of `out`, the last maybe shorter, and its number; on all threads at once.
    pub fn each_piece(&self, out: &mut [f32], len: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
        if MAY_HAVE_THREADS
            && out.len() > len
            && let Some(pool) = &self.pool
        {
            use rayon::prelude::*;
            pool.install(|| out.par_chunks_mut(len).enumerate().for_each(|(i, piece)| work(i, piece)));
            return;
        }
        out.chunks_mut(len).enumerate().for_each(|(i, piece)| work(i, piece));
    }
}

/// Such as `AVX2, 2 threads`.
impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&level_name(self.level))?;
        match self.pool.as_ref().map_or(1, |pool| pool.current_num_threads()) {
            // In most pages, which cannot have more.
            1 if cfg!(target_arch = "wasm32") => Ok(()),
            1 => f.write_str(", 1 thread"),
            threads => write!(f, ", {threads} threads"),
        }
    }
}

/// The name of the vector instructions.
#[cfg(target_arch = "wasm32")]
fn level_name(_: Level) -> String {
    let name = match () {
        () if cfg!(target_feature = "relaxed-simd") => "relaxed SIMD",
        () if cfg!(target_feature = "simd128") => "SIMD",
        () => "without SIMD",
    };
    format!("WebAssembly {name}")
}

/// The name of the vector instructions.
#[cfg(not(target_arch = "wasm32"))]
fn level_name(level: Level) -> String {
    // The variant's name, such as `Avx2`, without its token.
    let name = format!("{level:?}");
    name.split('(').next().unwrap_or_default().to_uppercase().replace('_', ".")
}
