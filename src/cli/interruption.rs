//! Ctrl-C and similar signals: the first ends the run after its current step, a later one at once, and none during a save.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::progress::Messages;

/// Exit code of a run that was interrupted twice, by convention 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Signals this close together are one: `timeout` sends two, and so does a session that ends.
const ONE_PRESS: Duration = Duration::from_secs(1);

/// Whether the user has asked the run to end.
#[derive(Clone)]
pub struct Interruption(Arc<State>);

struct State {
    requested: AtomicBool,
    first: Mutex<Option<Instant>>,
    saving: Mutex<()>,
    messages: Messages,
    notice: String,
}

impl Interruption {
    /// Listens from now on. The first signal prints `notice`.
    ///
    /// # Errors
    /// If the system refuses a signal handler.
    pub fn listen(messages: Messages, notice: String) -> std::io::Result<Self> {
        let state = State {
            requested: false.into(),
            first: Mutex::default(),
            saving: Mutex::default(),
            messages,
            notice,
        };
        let interruption = Self(Arc::new(state));
        let listener = interruption.clone();
        on_signal(move || listener.receive())?;
        Ok(interruption)
    }

    /// Whether the run should end now.
    pub fn requested(&self) -> bool {
        self.0.requested.load(Ordering::Relaxed)
    }

    /// No signal ends the program until this is dropped.
    pub fn saving(&self) -> MutexGuard<'_, ()> {
        self.0.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self) {
        let State { requested, first, saving, messages, notice } = &*self.0;
        let first = *first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        if !requested.swap(true, Ordering::Relaxed) {
            messages.print(notice);
        } else if first.elapsed() >= ONE_PRESS {
            match saving.try_lock() {
                Err(TryLockError::WouldBlock) => messages.print("saving; the run ends afterwards"),
                _ => std::process::exit(INTERRUPTED),
            }
        }
    }
}

#[cfg(unix)]
fn on_signal(mut heard: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let hangup = (!ignores_hangup()).then_some(SIGHUP);
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup))?;
    std::thread::spawn(move || signals.forever().for_each(|_| heard()));
    Ok(())
}

/// Whether the program was started by `nohup`, which makes it ignore SIGHUP. A child inherits that, so testing a child
/// needs no unsafe call.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    use std::process::{Command, Stdio};

    let mut child = Command::new("/bin/sh");
    child.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    child.status().is_ok_and(|status| status.success())
}

#[cfg(windows)]
fn on_signal(heard: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    ctrlc::set_handler(heard).map_err(std::io::Error::other)
}
