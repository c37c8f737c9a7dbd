//! Running other programs. A command that changes something or takes long is shown before it runs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait_timeout::ChildExt;

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let word = |text: &OsStr| {
        let text = text.to_string_lossy();
        if text.is_empty() || text.contains(char::is_whitespace) {
            format!("'{text}'")
        } else {
            text.into_owned()
        }
    };
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(word).collect::<Vec<_>>().join(" ")
}

/// Prints what xtask is doing, separate from the output of the programs it runs.
pub fn say(text: impl AsRef<str>) {
    eprintln!("[xtask] {}", text.as_ref());
}

/// Mesa's layer that chooses a device looks for a display, and complains on every start where there is none.
fn without_display(command: &mut Command) -> &mut Command {
    command.env("NODEVICE_SELECT", "1")
}

/// Shows and runs a command; fails if the command does.
pub fn run(command: &mut Command) -> Result<()> {
    say(line(command));
    let status =
        without_display(command).status().with_context(|| format!("cannot start `{}`", line(command)))?;
    check(command, status)
}

/// Shows and runs commands side by side; fails when all have ended if one failed.
pub fn run_together(commands: &mut [Command]) -> Result<()> {
    let mut children = Vec::new();
    for command in &mut *commands {
        say(line(command));
        let child = without_display(command).spawn();
        children.push(child.with_context(|| format!("cannot start `{}`", line(command))));
    }
    let ended: Vec<_> = children.into_iter().map(|child| Ok(child?.wait()?)).collect();
    commands.iter().zip(ended).try_for_each(|(command, status): (_, Result<_>)| check(command, status?))
}

/// Like [`run`], but ends the command when it takes longer than `limit`.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    say(line(command));
    let mut child =
        without_display(command).spawn().with_context(|| format!("cannot start `{}`", line(command)))?;
    match wait_within(&mut child, limit)? {
        Some(status) => check(command, status),
        None => bail!("`{}` did not finish in {} s", line(command), limit.as_secs()),
    }
}

/// Waits for a child and ends it when it takes longer than `limit`, which leaves it without a status.
fn wait_within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let status = child.wait_timeout(limit)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(status)
}

/// Runs a command without showing it and returns what it printed, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let output =
        without_display(command).output().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", line(command), output.status, message.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Shows and runs a command; passes its standard output on line by line and keeps a copy.
pub fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    let (status, copy) = tee_within(command, Duration::MAX)?;
    Ok((status.expect("it had all the time"), copy))
}

/// Like [`tee`], but ends the command when it takes longer than `limit`; then there is no status.
pub fn tee_within(command: &mut Command, limit: Duration) -> Result<(Option<ExitStatus>, String)> {
    say(line(command));
    let start = Instant::now();
    let mut child = without_display(command)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    let lines = lines(child.stdout.take().expect("standard output is piped"));
    let left = || limit.checked_sub(start.elapsed());
    let mut copy = String::new();
    while let Some(Ok(text)) = left().map(|left| lines.recv_timeout(left)) {
        print!("{text}");
        copy.push_str(&text);
    }
    Ok((wait_within(&mut child, left().unwrap_or_default())?, copy))
}

/// Reads lines in a thread of its own, which ends with them.
fn lines(source: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(source);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                break;
            }
            bytes.clear();
        }
    });
    receiver
}

/// Turns an exit status into an error that names the command.
pub fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// The first of `names` that is a program in one of the folders of `PATH`.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| which::which(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_as_typed() {
        let mut command = Command::new("/usr/bin/npm");
        command.args(["run", "two words", ""]);
        assert_eq!(line(&command), "npm run 'two words' ''");
    }

    #[cfg(unix)]
    #[test]
    fn the_first_name_that_is_a_program_is_found() {
        assert_eq!(find_program(&["no-such-program", "sh"]), which::which("sh").ok());
        assert_eq!(find_program(&["no-such-program"]), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_hangs_is_ended() {
        let error = run_within(Command::new("sleep").arg("60"), Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("did not finish"));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_command_printed_outlives_its_end() {
        let script = |text| {
            let mut command = Command::new("sh");
            command.args(["-c", text]);
            command
        };
        let (status, printed) = tee(&mut script("echo one; printf two; exit 3")).unwrap();
        assert_eq!((status.code(), printed.as_str()), (Some(3), "one\ntwo"));
        let limit = Duration::from_secs(2);
        let (status, printed) = tee_within(&mut script("echo one; exec sleep 60"), limit).unwrap();
        assert_eq!((status, printed.as_str()), (None, "one\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_names_its_command_and_message() {
        let error =
            output(Command::new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c") && error.contains("reason"), "{error}");
    }
}
