//! Tests the outputs of a run before it starts.

use std::path::Path;

use emascope::checkpoint::Tried;
use emascope::run::log::LogFile;
use same_file::Handle;

use super::arguments::{TrainFlags, UsageError};

/// Tests every output of a run in the way it will be written, and leaves everything unchanged. `data` is the value of
/// `--data`, which may be a path.
///
/// # Errors
/// An output that cannot be written; [`UsageError`] for the same file twice, or one that would replace an input.
pub fn check(flags: &TrainFlags, data: &str) -> anyhow::Result<()> {
    let mut tried: Vec<(&str, Tried)> = Vec::new();
    for (flag, path) in [("--save", &flags.save), ("--record", &flags.record)] {
        if let Some(path) = path {
            tried.push((flag, Tried::replacing(path)?));
        }
    }
    if let Some(log) = flags.log.as_deref().map(LogFile::try_out).transpose()?.flatten() {
        tried.push(("--log", log));
    }
    for (k, (flag, output)) in tried.iter().enumerate() {
        if let Some((other, _)) = tried[..k].iter().find(|(_, other)| other.is(output.handle())) {
            return Err(
                UsageError(format!("{other} and {flag} are the same file; choose different files")).into()
            );
        }
    }
    let streams =
        [("the standard output", Handle::stdout()), ("the standard error output", Handle::stderr())];
    for (name, stream) in streams {
        let Ok(stream) = stream else { continue };
        if let Some((flag, _)) = tried.iter().find(|(_, output)| output.is(&stream)) {
            let reason = format!("{flag} is the file that {name} is redirected to; choose another file");
            return Err(UsageError(reason).into());
        }
    }
    let inputs = [
        ("--config", flags.config.as_deref()),
        ("--model", flags.model.as_deref()),
        ("--init", flags.init.as_deref()),
        ("--resume", flags.resume.as_deref()),
        ("--data", Some(Path::new(data))),
    ];
    for (name, path) in inputs {
        // Opening a pipe would consume what the run is to read.
        let Some(path) = path.filter(|path| path.is_file()) else { continue };
        let Ok(input) = Handle::from_path(path) else { continue };
        // A run may be resumed from and saved to the same checkpoint.
        let mut replaced = tried.iter().filter(|(flag, _)| (name, *flag) != ("--resume", "--save"));
        if let Some((flag, _)) = replaced.find(|(_, output)| output.is(&input)) {
            let file = path.display();
            let reason =
                format!("{flag} would replace {file}, which the run reads ({name}); choose another file");
            return Err(UsageError(reason).into());
        }
    }
    Ok(())
}
