//! Checks that are made a few times as a test, and as often as `cargo xtask endure` asks for by it.

use std::io::Write as _;
use std::time::Instant;

/// How often the check is made in the long form.
pub const ROUNDS: &str = "EMASCOPE_ENDURE";

/// How often to make a check that is made `short` times as a test.
pub fn rounds(short: u64) -> u64 {
    let Ok(text) = std::env::var(ROUNDS) else { return short };
    text.parse().unwrap_or_else(|_| panic!("{ROUNDS} is `{text}`, not a number"))
}

/// Says something that the test runner does not keep to itself.
pub fn say(text: &str) {
    // Not `println!`, which a runner captures; a reader that has gone is no failure.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// What a check found, so far.
pub struct Tally {
    part: String,
    rounds: u64,
    began: Instant,
    failures: Vec<String>,
    /// Most memory that was measured, in bytes.
    pub peak: Option<u64>,
    /// What else the check counted.
    pub note: String,
}

impl Tally {
    /// Begins a check of `rounds` rounds.
    pub fn new(part: &str, rounds: u64) -> Self {
        let (part, note) = (part.to_owned(), String::new());
        Self { part, rounds, began: Instant::now(), failures: Vec::new(), peak: None, note }
    }

    /// Says how far a long check has come, twenty times.
    pub fn progress(&self, round: u64) {
        let every = self.rounds.div_ceil(20);
        if std::env::var_os(ROUNDS).is_some() && round > 0 && round.is_multiple_of(every) {
            let seconds = self.began.elapsed().as_secs();
            say(&format!("{}: {round} of {} after {seconds} s", self.part, self.rounds));
        }
    }

    /// Keeps a failure and goes on.
    pub fn failed(&mut self, what: String) {
        say(&format!("{}: {what}", self.part));
        self.failures.push(what);
    }

    /// Measured memory, of which the most is kept.
    pub fn holds(&mut self, bytes: u64) {
        self.peak = self.peak.max(Some(bytes));
    }

    /// Prints the figures, in the line that `cargo xtask endure` reads, and fails if anything did.
    #[track_caller]
    pub fn finish(self) {
        let Self { part, rounds, began, failures, peak, note } = self;
        let figures = serde_json::json!({
            "part": part, "rounds": rounds, "failures": failures.len(), "peak": peak,
            "seconds": began.elapsed().as_secs_f64(), "note": note,
        });
        say(&format!("endure: {figures}"));
        assert!(failures.is_empty(), "{} of {rounds} failed, first: {}", failures.len(), failures[0]);
    }
}
