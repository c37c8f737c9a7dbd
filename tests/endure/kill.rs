//! A run that is killed, at any moment.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use emascope::checkpoint;
use emascope::random::{pcg4d, unit};

use super::common::endurance::{Tally, rounds};
use super::program::{Place, emascope, wait};

const STEPS: u32 = 40;

#[test]
fn a_run_that_is_killed_goes_on_with_the_bits_of_one_that_was_not() {
    let rounds = rounds(3);
    let mut tally = Tally::new("a run killed at a random moment", rounds);
    let whole = Place::new();
    let every_step = ["--save-every", "1"].map(str::to_owned);
    let begin = |place: &Place| emascope(&[place.train(1, STEPS), every_step.to_vec()].concat());
    let began = Instant::now();
    let mut run = begin(&whole).spawn().expect("the program starts");
    wait_for_file(&whole, &mut run);
    let first_save = began.elapsed();
    assert!(wait(&mut run).success());
    let after = began.elapsed() - first_save;
    let expected = whole.saved().expect("an uninterrupted run saves");

    let (mut unsaved, mut while_saving) = (0, 0);
    for round in 0..rounds {
        tally.progress(round);
        let place = Place::new();
        let moment = unit(pcg4d([round as u32, 0, 0, 0])[0]);
        let mut killed = begin(&place).stderr(Stdio::null()).spawn().expect("the program starts");
        // Starting takes longer than all steps and matters less: one of eight is killed there.
        let time = if round % 8 == 7 {
            first_save
        } else {
            wait_for_file(&place, &mut killed);
            after
        };
        thread::sleep(time.mul_f64(moment));
        killed.kill().expect("a child can be killed");
        killed.wait().expect("a child can be waited for");
        while_saving += usize::from(place.litter() > 0);
        let again = match place.saved() {
            None => {
                unsaved += 1;
                begin(&place)
            }
            Some(bytes) => {
                if let Err(error) = checkpoint::metadata("the file of a killed run", &bytes) {
                    tally.failed(format!("round {round}, at {moment} of {time:?}: {error}"));
                    continue;
                }
                emascope(&[place.resume(), every_step.to_vec()].concat())
            }
        }
        .stderr(Stdio::piped())
        .output()
        .expect("the program starts");
        if !again.status.success() {
            let said = String::from_utf8_lossy(&again.stderr);
            tally.failed(format!("round {round}, at {moment} of {time:?}: {said}"));
        } else if place.saved().as_deref() != Some(&expected[..]) {
            tally.failed(format!("round {round}, at {moment} of {time:?}: other bytes at the end"));
        }
    }
    tally.note = format!("{unsaved} before the first save, {while_saving} within one");
    tally.finish();
}

/// Waits until a run has saved for the first time, or has ended.
fn wait_for_file(place: &Place, run: &mut Child) {
    while !place.file().exists() && run.try_wait().expect("a child can be waited for").is_none() {
        thread::sleep(Duration::from_millis(1));
    }
}
