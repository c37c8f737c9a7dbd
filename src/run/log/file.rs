//! A log on disk: each line is written before the run goes on.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Event;
use crate::checkpoint::Tried;

/// The log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: the log cannot be written: {reason}; free some space or choose another --log")]
pub struct LogError {
    path: String,
    reason: std::io::Error,
}

/// An open log file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Starts a log. An existing file is truncated, or continued with `append`.
    ///
    /// # Errors
    /// [`LogError`] if the file cannot be opened for writing.
    pub fn open(path: &Path, append: bool) -> Result<Self, LogError> {
        let file = OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(path);
        let file = file.map_err(|reason| LogError { path: path.display().to_string(), reason })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Tests whether a log can be opened; `None` for a device or a pipe, which opening may disturb.
    ///
    /// # Errors
    /// [`LogError`] if it cannot.
    pub fn try_out(path: &Path) -> Result<Option<Tried>, LogError> {
        Tried::appending(path).map_err(|reason| LogError { path: path.display().to_string(), reason })
    }

    /// Writes one line in a single call, so that `tail -f` shows no half line.
    ///
    /// # Errors
    /// [`LogError`], for instance when the disk is full.
    pub fn write(&mut self, event: &Event) -> Result<(), LogError> {
        self.file
            .write_all(event.line().as_bytes())
            .map_err(|reason| LogError { path: self.path.display().to_string(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_emptied_or_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        for (append, lines) in [(false, 1), (true, 2), (false, 1)] {
            LogFile::open(&path, append).unwrap().write(&Event::Step { step: 1, loss: 2.5 }).unwrap();
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                "{\"event\":\"step\",\"step\":1,\"loss\":2.5}\n".repeat(lines)
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_names_the_file() {
        let mut log = LogFile::open(Path::new("/dev/full"), true).unwrap();
        let said = log.write(&Event::Step { step: 1, loss: 2.5 }).unwrap_err().to_string();
        assert!(said.starts_with("/dev/full: the log cannot be written: No space left"), "{said}");
    }
}
