use std::fmt;

use fearless_simd::Level;

/// The vector instructions and the threads that compute.
pub(super) struct Workers {
    /// The vector instructions.
    pub level: Level,
    #[cfg(not(target_arch = "wasm32"))]
    pool: Option<rayon::ThreadPool>,
}

impl Workers {
    /// A thread a core; in a browser the worker's own.
    pub fn all() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return Self::new(std::thread::available_parallelism().map_or(1, usize::from));
        #[cfg(target_arch = "wasm32")]
        Self { level: Level::new() }
    }

    /// At most `threads` threads: one, if the operating system gives no more.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(threads: usize) -> Self {
        let name = |i| format!("processor {i}");
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name);
        Self { level: Level::new(), pool: if threads > 1 { builder.build().ok() } else { None } }
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
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(pool) = &self.pool
            && out.len() > len
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
        #[cfg(target_arch = "wasm32")]
        return write!(
            f,
            "WebAssembly {}",
            match () {
                () if cfg!(target_feature = "relaxed-simd") => "relaxed SIMD",
                () if cfg!(target_feature = "simd128") => "SIMD",
                () => "without SIMD",
            }
        );
        #[cfg(not(target_arch = "wasm32"))]
        {
            let threads = self.pool.as_ref().map_or(1, rayon::ThreadPool::current_num_threads);
            write!(f, "{}, {threads} thread{}", level_name(self.level), if threads == 1 { "" } else { "s" })
        }
    }
}

/// The name of the vector instructions.
#[cfg(not(target_arch = "wasm32"))]
fn level_name(level: Level) -> String {
    // The variant's name, such as `Avx2`, without its token.
    let name = format!("{level:?}");
    name.split('(').next().unwrap_or_default().to_uppercase().replace('_', ".")
}
