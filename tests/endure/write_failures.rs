//! Saving, with each of its system calls failing in turn, by strace's fault injection.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::common::endurance::{Tally, rounds, say};
use super::program::{CONFIG, FILE, Place, emascope, quietly, wait};

/// System calls that name files or use them. A `?` before a name is for machines that lack it.
const CALLS: &str = "?open,openat,?creat,write,?pwrite64,?writev,?pwritev,fsync,fdatasync,?sync_file_range,?fallocate,ftruncate,\
    ?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?symlink,?symlinkat,?chmod,fchmod,fchmodat,?stat,fstat,?lstat,\
    ?newfstatat,statx,?readlink,readlinkat,?access,faccessat,?faccessat2,?copy_file_range,close,lseek,fcntl,flock,statfs,\
    fstatfs,?mkdir,mkdirat";

/// The errors. The first is a full disk; the last means to try again and is not a failure.
const ERRORS: [&str; 7] = ["ENOSPC", "EIO", "EDQUOT", "EACCES", "EROFS", "EINVAL", "EINTR"];

/// A system call of a run: its name, and which one of this name in its thread.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    count: u64,
}

#[test]
fn a_save_that_fails_leaves_the_old_file_or_the_new_one_and_says_so() {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if !traced.is_ok_and(|output| output.status.success()) {
        say(
            "left out: saving with failing system calls, because there is no strace here, or it may trace nothing",
        );
        return;
    }
    let place = Place::new();
    let save = |seed| {
        assert!(wait(&mut emascope(&place.train(seed, 1)).spawn().expect("the program starts")).success());
        place.saved().expect("it saves")
    };
    let (old, new) = (save(1), save(2));
    assert!(old != new);

    let calls = calls_of(&place);
    for name in ["openat", "write", "fsync", "close"] {
        assert!(calls.iter().any(|call| call.name == name), "no `{name}` in {calls:?}");
    }
    assert!(calls.iter().any(|call| call.name.starts_with("rename")), "no renaming in {calls:?}");
    let faults = faults(&calls);
    let faults = &faults[..faults.len().min(rounds(4) as usize)];

    let mut tally = Tally::new("a save whose system call fails", faults.len() as u64);
    let (mut kept, mut replaced, mut missed, mut litter) = (0, 0, 0, 0);
    for (round, (call, error)) in faults.iter().enumerate() {
        tally.progress(round as u64);
        let place = Place::new();
        std::fs::write(place.file(), &old).expect("the folder is there");
        let fault = format!("{}:error={error}:when={}", call.name, call.count);
        let (code, said, trace) = run_with_fault(&place, call, &fault);
        if !on_target(&trace, place.folder()) {
            missed += 1;
        }
        litter += usize::from(place.litter() > 0);
        let file = place.saved();
        let (is_old, is_new) = (file.as_deref() == Some(&old[..]), file.as_deref() == Some(&new[..]));
        kept += u64::from(is_old);
        replaced += u64::from(is_new);
        if !is_old && !is_new {
            tally.failed(format!("{fault}: the file is neither the old one nor the new one"));
        } else if !is_new && code == Some(0) {
            tally.failed(format!("{fault}: nothing was saved, and the program says it was: {said}"));
        } else if code != Some(0) && !said.contains(FILE) {
            tally.failed(format!("{fault}: code {code:?}, without the file's name: {said}"));
        }
    }
    tally.note = format!(
        "{} system calls; {kept} kept the old file, {replaced} got the new one; {litter} left a partial file next to it, \
         {missed} met another call",
        calls.len()
    );
    tally.finish();
}

/// Each fault, so that the first ones are of as many kinds as possible.
fn faults(calls: &[Call]) -> Vec<(Call, &'static str)> {
    let of = |name: &'static str| move |call: &Call| call.name.starts_with(name);
    let first = [
        calls.iter().position(of("write")),
        calls.iter().position(of("fsync")),
        calls.iter().position(of("rename")),
        calls.iter().rposition(of("openat")),
    ];
    let first: Vec<usize> = first.into_iter().flatten().collect();
    let others = (0..calls.len()).filter(|k| !first.contains(k));
    let order: Vec<usize> = first.iter().copied().chain(others).collect();
    ERRORS.iter().flat_map(|error| order.iter().map(|&k| (calls[k].clone(), *error))).collect()
}

/// The program under strace, saving over what is there.
fn traced(place: &Place, log: &Path, options: &[&str]) -> Command {
    let program = emascope(&place.train(2, 1));
    let mut command = Command::new("strace");
    // Somewhere else, so that only what concerns the run names its folder.
    command.current_dir("/").args(["-f", "-y", "-qq", "-o"]).arg(log).args(options);
    command.arg("--").arg(program.get_program()).args(program.get_args());
    quietly(&mut command);
    command
}

/// The system calls by which a run saves: those that concern its folder, but for reading its settings there.
fn calls_of(place: &Place) -> Vec<Call> {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let log = elsewhere.path().join("trace");
    let output = traced(place, &log, &["-e", &format!("trace={CALLS}")]).output().expect("strace starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = std::fs::read_to_string(&log).expect("a trace");
    let folder = place.folder().display().to_string();
    let mut counts = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, name)) = started(line) else { continue };
        let count: &mut u64 = counts.entry((thread, name)).or_default();
        *count += 1;
        if line.contains(&folder) && !line.contains(CONFIG) {
            calls.push(Call { name: name.to_owned(), count: *count });
        }
    }
    calls
}

/// Thread and name of the system call that begins on this line of a trace.
fn started(line: &str) -> Option<(&str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (name, _) = rest.trim_start().split_once('(')?;
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_').then_some((thread, name))
}

/// Runs with a fault and returns code, messages and trace.
fn run_with_fault(place: &Place, call: &Call, fault: &str) -> (Option<i32>, String, String) {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let log = elsewhere.path().join("trace");
    let said = elsewhere.path().join("said");
    let mut command =
        traced(place, &log, &["-e", &format!("trace={}", call.name), "-e", &format!("inject={fault}")]);
    command.stderr(Stdio::from(std::fs::File::create(&said).expect("a file for messages")));
    let status = wait(&mut command.spawn().expect("strace starts"));
    let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    (status.code(), read(&said), read(&log))
}

/// Whether the call that failed was one that concerns the folder.
fn on_target(trace: &str, folder: &Path) -> bool {
    let folder = folder.display().to_string();
    trace.lines().any(|line| line.contains("(INJECTED)") && line.contains(&folder))
}
