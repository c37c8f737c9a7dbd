//! CIFAR-10 from the file system.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::cifar10::{MAX_UNPACKED_BYTES, Reader, is_wanted};
use super::{DataError, Dataset};

/// Opens an archive (`.tar.gz` or `.tar`), a folder with batch files or with `cifar-10-batches-bin` in it, or one `.bin`
/// file.
///
/// # Errors
/// [`DataError`], as of [`Reader`], and for what can't be read or is a folder without batches.
pub fn open(path: &Path) -> Result<Dataset, DataError> {
    let mut reader = Reader::new();
    if !fs::metadata(path).map_err(|source| read_error(path, source))?.is_dir() {
        push(&mut reader, path)?;
        return reader.finish();
    }
    for folder in [path.to_path_buf(), path.join("cifar-10-batches-bin")] {
        if !folder.is_dir() {
            continue;
        }
        let files = wanted_files(&folder)?;
        if files.is_empty() {
            continue;
        }
        for file in files {
            push(&mut reader, &file)?;
        }
        return reader.finish();
    }
    Err(DataError::FolderWithoutBatches { folder: path.display().to_string() })
}

fn read_error(path: &Path, source: std::io::Error) -> DataError {
    DataError::Read { file: path.display().to_string(), source }
}

fn wanted_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| read_error(folder, source))? {
        let file = entry.map_err(|source| read_error(folder, source))?.path();
        if is_wanted(&file.to_string_lossy()) && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn push(reader: &mut Reader, path: &Path) -> Result<(), DataError> {
    let name = path.display().to_string();
    let mut file = File::open(path).map_err(|source| read_error(path, source))?;
    let size = file.metadata().map_err(|source| read_error(path, source))?.len();
    if size > MAX_UNPACKED_BYTES {
        return Err(DataError::FileTooLarge { file: name, size, limit: MAX_UNPACKED_BYTES });
    }
    reader.push_from(&name, &mut file, size)
}
