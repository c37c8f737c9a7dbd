//! The threads of a browser. Rust cannot start any there: the page starts workers, each with an instance of the module on the
//! same memory.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, OnceLock, PoisonError},
};

use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

/// Threads of the pool that no worker has begun yet.
static TO_BEGIN: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
/// Notified of each of them.
static BEGIN: Condvar = Condvar::new();

static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();

/// Opens the pool that every processor opened from now on computes on: the caller, which may block, and `workers` more, each of
/// which calls [`join_threads`], now or later. Without workers, or if it fails, the caller computes alone.
pub fn open_threads(workers: usize) {
    let begin = |thread| {
        TO_BEGIN.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        BEGIN.notify_one();
        io::Result::Ok(())
    };
    // The caller is one of the threads, so that none sleeps while another works for it.
    let builder = ThreadPoolBuilder::new().num_threads(1 + workers).use_current_thread().spawn_handler(begin);
    if workers > 0
        && let Ok(pool) = builder.build()
    {
        POOL.get_or_init(|| Arc::new(pool));
    }
}

/// Waits for [`open_threads`] and computes for the pool from then on. Never returns.
pub fn join_threads() {
    let to_begin = TO_BEGIN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut to_begin =
        BEGIN.wait_while(to_begin, |threads| threads.is_empty()).unwrap_or_else(PoisonError::into_inner);
    let thread = to_begin.pop();
    drop(to_begin);
    if let Some(thread) = thread {
        thread.run();
    }
}

/// The pool, if the page has opened one.
pub(super) fn opened() -> Option<Arc<ThreadPool>> {
    POOL.get().cloned()
}
