//! Ctrl-C and its like: the first ends the run in good order, a later one at once, and none within a save.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::progress::Voice;

/// Exit code of a run that was interrupted twice, by convention 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Signals this close together are one: `timeout` sends two, and so does a session that ends.
const ONE_PRESS: Duration = Duration::from_secs(1);

/// Whether the run has been asked to end.
#[derive(Clone)]
pub struct Interruption(Arc<State>);

struct State {
    asked: AtomicBool,
    first: Mutex<Option<Instant>>,
    saving: Mutex<()>,
    voice: Voice,
    notice: String,
}

impl Interruption {
    /// Listens from now on. The first signal prints `notice`.
    ///
    /// # Errors
    /// If the system lets no signal be handled.
    pub fn listen(voice: Voice, notice: String) -> std::io::Result<Self> {
        let state =
            State { asked: false.into(), first: Mutex::default(), saving: Mutex::default(), voice, notice };
        let interruption = Self(Arc::new(state));
        let listener = interruption.clone();
        on_signal(move || listener.heard())?;
        Ok(interruption)
    }

    /// Whether the run should end now.
    pub fn asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Until this is dropped, no signal ends the program.
    pub fn saving(&self) -> MutexGuard<'_, ()> {
        self.0.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self) {
        let State { asked, first, saving, voice, notice } = &*self.0;
        let first = *first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        if !asked.swap(true, Ordering::Relaxed) {
            voice.say(notice);
        } else if first.elapsed() >= ONE_PRESS {
            match saving.try_lock() {
                Err(TryLockError::WouldBlock) => voice.say("saving; the run ends afterwards"),
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

/// Whether we were started as `nohup` starts programs. What is ignored stays so in a child, which can be asked without a
/// call that is unsafe.
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
