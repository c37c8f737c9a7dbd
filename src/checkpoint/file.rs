//! Checkpoints on disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::CheckpointError;

/// The most symbolic links that are followed, as on Linux.
const MOST_LINKS: usize = 40;

/// Reads a whole file.
///
/// # Errors
/// [`CheckpointError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    fs::read(path).map_err(|reason| CheckpointError::Read { file: path.display().to_string(), reason })
}

/// Writes a file so that at every moment the path holds either the old file or the complete new one. Links are followed. A
/// file that can't be replaced (a single mounted file, as in containers) is written in place.
///
/// # Errors
/// [`CheckpointError::Write`], with the old file intact; [`CheckpointError::InPlace`] if it is not.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let failed = |reason| CheckpointError::Write { file: path.display().to_string(), reason };
    let write = || {
        let place = place_of(path)?;
        let mut file = partial_file(&place)?;
        file.write_all(bytes)?;
        // The permissions of the file that it replaces; a file system may have none.
        if let Ok(old) = fs::metadata(&place) {
            let _ = file.as_file().set_permissions(old.permissions());
        }
        synchronise(file.as_file())?;
        Ok((file.into_temp_path(), place))
    };
    let (partial, place) = write().map_err(failed)?;
    match partial.persist(&place) {
        Err(error) if error.error.kind() == io::ErrorKind::ResourceBusy => {
            return write_in_place(&place, bytes).map_err(|reason| CheckpointError::InPlace {
                file: path.display().to_string(),
                kept: error
                    .path
                    .keep()
                    .map_or_else(|_| "no other file".to_owned(), |kept| kept.display().to_string()),
                reason,
            });
        }
        result => result.map_err(|error| failed(error.error))?,
    }
    // So that the new name survives a power failure too. Not every system can sync a folder, and the file itself is
    // written.
    #[cfg(unix)]
    let _ = fs::File::open(folder_of(&place)).and_then(|folder| folder.sync_all());
    Ok(())
}

fn write_in_place(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(place)?;
    file.write_all(bytes)?;
    synchronise(&file)
}

/// A new file next to `place`, which is removed unless it replaces it.
fn partial_file(place: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".emascope-").suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let folder = folder_of(place);
    // For a missing folder, the error of the builder would name the temporary file.
    fs::metadata(folder)?;
    builder.tempfile_in(folder)
}

/// Waits until the disk has the file, where the file system supports it.
fn synchronise(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result,
    }
}

/// The path where a file written to `path` ends up, with links followed; it need not exist yet. Only a regular file can be
/// replaced, so folders, devices, pipes and sockets are refused.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => {
            return Err(io::Error::other("this is a device, a pipe or a socket, not a file"));
        }
        _ => {}
    }
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&place) {
            Ok(target) => place = folder_of(&place).join(target),
            Err(_) if place.as_os_str().as_encoded_bytes().ends_with(b"/") => {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("its links form a loop"))
}

/// An output that has been tested. An existing file is unchanged; a new one is removed when this is dropped.
#[derive(Debug)]
pub struct Tried {
    handle: same_file::Handle,
    made: Option<PathBuf>,
}

impl Tried {
    /// Tests whether [`write_file`] can write to `path`, before a long run depends on it.
    ///
    /// # Errors
    /// [`CheckpointError::Write`].
    pub fn replacing(path: &Path) -> Result<Self, CheckpointError> {
        let tried = || {
            let place = place_of(path)?;
            partial_file(&place)?;
            if fs::metadata(&place).is_ok_and(|old| old.permissions().readonly()) {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the file there is write-protected",
                ));
            }
            Self::touch(place)
        };
        tried().map_err(|reason| CheckpointError::Write { file: path.display().to_string(), reason })
    }

    /// Tests whether `path` can be appended to; `None` for a device or a pipe, which opening may disturb.
    ///
    /// # Errors
    /// The system's error.
    pub fn appending(path: &Path) -> io::Result<Option<Self>> {
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Ok(None);
        }
        Self::touch(place_of(path)?).map(Some)
    }

    fn touch(place: PathBuf) -> io::Result<Self> {
        let open = |new: bool| OpenOptions::new().append(true).create_new(new).open(&place);
        let (file, made) = match open(false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (open(true)?, Some(place)),
            result => (result?, None),
        };
        Ok(Self { handle: same_file::Handle::from_file(file)?, made })
    }

    /// Whether this is the same file as another, under any name.
    pub fn is(&self, other: &same_file::Handle) -> bool {
        self.handle == *other
    }

    /// The file.
    pub fn handle(&self) -> &same_file::Handle {
        &self.handle
    }
}

impl Drop for Tried {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            let _ = fs::remove_file(made);
        }
    }
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

    #[test]
    fn trying_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, b"old").unwrap();
        let tried = [&old, &new].map(|path| Tried::replacing(path).unwrap());
        assert!(!tried[0].is(tried[1].handle()));
        assert!(Tried::appending(&old).unwrap().unwrap().is(tried[0].handle()));
        drop(tried);
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        for bad in ["", "no/such/folder", "new/"] {
            assert!(Tried::replacing(&folder.path().join(bad)).is_err(), "{bad}");
            assert!(Tried::appending(&folder.path().join(bad)).is_err(), "{bad}");
        }
        let mut permissions = fs::metadata(&old).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&old, permissions).unwrap();
        let said = Tried::replacing(&old).unwrap_err().to_string();
        assert!(said.contains("write-protected"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_written_through_and_what_is_no_file_is_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("big")).unwrap();
        symlink("big/run", path("link")).unwrap();
        symlink("link", path("link to link")).unwrap();
        for contents in [&b"new"[..], b"newer"] {
            let tried = Tried::replacing(&path("link")).unwrap();
            assert!(tried.is(Tried::replacing(&path("big/../big/run")).unwrap().handle()));
            drop(tried);
            write_file(&path("link to link"), contents).unwrap();
            assert_eq!(fs::read(path("big/run")).unwrap(), contents);
        }
        assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
        fs::set_permissions(path("big/run"), fs::Permissions::from_mode(0o640)).unwrap();
        write_file(&path("link"), b"newest").unwrap();
        assert_eq!(fs::metadata(path("big/run")).unwrap().permissions().mode() & 0o777, 0o640);
        fs::hard_link(path("big/run"), path("twin")).unwrap();
        assert!(
            Tried::replacing(&path("twin")).unwrap().is(Tried::replacing(&path("link")).unwrap().handle())
        );

        symlink("circle", path("circle")).unwrap();
        for (bad, word) in
            [(path("circle"), "circle"), ("/dev/null".into(), "device"), (path("big"), "directory")]
        {
            for said in [Tried::replacing(&bad).unwrap_err(), write_file(&bad, b"").unwrap_err()] {
                assert!(said.to_string().contains(word), "{said}");
            }
        }
        assert!(Tried::appending(Path::new("/dev/null")).unwrap().is_none());
    }
}
