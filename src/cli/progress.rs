//! Progress of a run: a bar on a terminal, plain lines elsewhere, nothing with --quiet.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use emascope::report::{EvaluationPoint, RAW, short};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time between lines that only show that a run is alive.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The same for a study, which takes hours.
const STUDY_LINE_EVERY: Duration = Duration::from_secs(60);

/// Progress of a run.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    last_line: Instant,
    accuracies: String,
}

impl Progress {
    /// Progress from step `done` to `total`.
    pub fn new(quiet: bool, done: u64, total: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if quiet || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} · {msg} · {eta} left")
            .expect("the template is valid");
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style).with_position(done);
        bar.reset_eta();
        Self { bar, plain: !quiet && !terminal, last_line: Instant::now(), accuracies: String::new() }
    }

    /// A printer of warnings.
    pub fn messages(&self) -> Messages {
        Messages(self.bar.clone())
    }

    /// Prints a line while the run goes on.
    pub fn note(&mut self, line: &str) {
        if self.plain {
            super::print_error(line);
            self.last_line = Instant::now();
        } else {
            self.bar.println(line);
        }
    }

    /// Shows the step reached; `loss` is the mean of the latest steps.
    pub fn advanced(&mut self, step: u64, loss: f64, images_per_second: f64) {
        self.bar.set_position(step);
        self.bar.set_message(format!("loss {loss:.4}{} · {images_per_second:.0} images/s", self.accuracies));
        if self.plain && self.last_line.elapsed() >= LINE_EVERY {
            let (total, left) = (self.bar.length().unwrap_or_default(), HumanDuration(self.bar.eta()));
            self.note(&format!(
                "step {step}/{total} · loss {loss:.4} · {images_per_second:.0} images/s · {left} left"
            ));
        }
    }

    /// Prints the accuracy of every method.
    pub fn evaluated(&mut self, point: &EvaluationPoint, train_loss: f64) {
        let accuracy = |name: &str, accuracy: f64| format!(" · {name} {accuracy:.1} %");
        let all: String =
            point.methods.iter().map(|method| accuracy(&method.name, method.accuracy)).collect();
        self.note(&format!("epoch {} · step {} · loss {train_loss:.4}{all}", short(point.epoch), point.step));
        let averages = point.methods.iter().filter(|method| method.name != RAW);
        let best = averages.reduce(|best, one| if one.accuracy > best.accuracy { one } else { best });
        let shown = point.methods.first().into_iter().chain(best);
        self.accuracies = shown.map(|method| accuracy(&method.name, method.accuracy)).collect();
    }

    /// Clears the bar at the end of a run, before the result.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Progress of a study, in images of all its runs.
pub struct StudyProgress {
    bar: ProgressBar,
    plain: bool,
    images: u64,
    start: Instant,
    last_line: Instant,
    run: String,
}

impl StudyProgress {
    /// Progress of runs that train on `images` images in all, each step's counted.
    pub fn new(quiet: bool, images: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if quiet || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{bar:24} {percent}% · {msg}");
        let style = style.expect("the template is valid");
        let bar = ProgressBar::with_draw_target(Some(images), target).with_style(style);
        let (start, plain) = (Instant::now(), !quiet && !terminal);
        Self { bar, plain, images, start, last_line: start, run: String::new() }
    }

    /// A printer of warnings.
    pub fn messages(&self) -> Messages {
        Messages(self.bar.clone())
    }

    /// Shows the run that begins.
    pub fn begin(&mut self, run: &str) {
        run.clone_into(&mut self.run);
        self.bar.set_message(self.run.clone());
    }

    /// Shows that this many images are done.
    pub fn advanced(&mut self, images: u64) {
        self.bar.set_position(images);
        let left = self.left(images);
        if self.plain && self.last_line.elapsed() >= STUDY_LINE_EVERY {
            let share = 100.0 * images as f64 / self.images as f64;
            self.line(&format!("{} · {share:.0}% of the runs' work · {left} left", self.run));
        }
        self.bar.set_message(format!("{} · {left} left", self.run));
    }

    /// Prints the outcome of a run.
    pub fn end(&mut self, images: u64, line: &str) {
        self.bar.set_position(images);
        if self.plain {
            self.line(&format!("{line} · {} left", self.left(images)));
        } else {
            self.bar.println(line);
        }
    }

    /// Clears the bar, before the result.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// The time that the rest takes at the mean speed so far. The bar's own estimate follows the latest moments, and tests of the
    /// weights at the end of a run, which make no images, would upset it.
    fn left(&self, images: u64) -> HumanDuration {
        let rest = self.images.saturating_sub(images) as f64 / images.max(1) as f64;
        HumanDuration(self.start.elapsed().mul_f64(rest))
    }

    fn line(&mut self, line: &str) {
        super::print_error(line);
        self.last_line = Instant::now();
    }
}

/// Prints lines that even a quiet run prints, above the bar if there is one.
#[derive(Clone)]
pub struct Messages(ProgressBar);

impl Messages {
    /// Prints a line.
    pub fn print(&self, line: &str) {
        if self.0.is_hidden() { super::print_error(line) } else { self.0.println(line) }
    }
}

/// A bar for a download, drawn once the first bytes have arrived.
pub struct Download {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Download {
    /// A download that may never begin.
    pub fn new(quiet: bool) -> Self {
        Self { bar: None, quiet }
    }

    /// Shows that `done` of `total` bytes have arrived.
    pub fn advanced(&mut self, done: u64, total: Option<u64>) {
        let quiet = self.quiet;
        let bar = self.bar.get_or_insert_with(|| {
            if !quiet && !std::io::stderr().is_terminal() {
                super::print_error("downloading CIFAR-10");
            }
            let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
            let style = "downloading CIFAR-10 {bar:24} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left";
            let style = ProgressStyle::with_template(style).expect("the template is valid");
            ProgressBar::with_draw_target(total, target).with_style(style).with_position(done)
        });
        bar.set_position(done);
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
