//! Checkpoints on disk.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::CheckpointError;

/// Reads a whole file.
///
/// # Errors
/// [`CheckpointError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    fs::read(path).map_err(|reason| CheckpointError::Read { file: path.display().to_string(), reason })
}

/// Writes a file so that at each moment the path holds either the old file or the whole new one.
///
/// # Errors
/// [`CheckpointError::Write`]; the old file is then still there.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".emascope-").suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let write = || {
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        // The new name, too, must survive a loss of power; not every system lets a folder be synchronised.
        #[cfg(unix)]
        fs::File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(|reason| CheckpointError::Write { file: path.display().to_string(), reason })
}

/// Checks that a checkpoint can be written to `path`, before the hours that lead to it. Leaves everything as it is.
///
/// # Errors
/// [`CheckpointError::Write`].
pub fn check_writable(path: &Path) -> Result<(), CheckpointError> {
    let result = if path.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else {
        tempfile::tempfile_in(folder_of(path)).map(drop)
    };
    result.map_err(|reason| CheckpointError::Write { file: path.display().to_string(), reason })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_replaces_whole_files_and_failing_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        write_file(&path, b"old").unwrap();
        write_file(&path, b"new").unwrap();
        assert_eq!(read_file(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let said = write_file(&folder.path().join("no/such/folder"), b"").unwrap_err().to_string();
        assert!(said.contains("no/such/folder: cannot be written"), "{said}");
    }
}
