//! CIFAR-10 from the file system.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::names::{is_batch, is_litter, is_wanted};
use super::{MAX_UNPACKED_BYTES, Reader};
use crate::data::{DataError, Dataset};
use crate::foreign::{Foreign, TAR_HEADER_BYTES};

/// The folders that the official archives unpack to.
const FOLDERS: [&str; 2] = ["cifar-10-batches-bin", "cifar-10-batches-py"];
const CIFAR100_FOLDERS: [&str; 2] = ["cifar-100-binary", "cifar-100-python"];

/// Limits for describing a folder: names to list, files to open, nested folders.
const NAMES: usize = 4;
const FILES: usize = 200;
const DEPTH: u32 = 3;

/// Opens an archive, a single file, or a folder with batch files (of either version), with the folder that an official
/// archive unpacks to, or with official archives.
///
/// # Errors
/// [`DataError`] for invalid or unreadable files (see [`Reader`]) and a folder without batches.
pub fn open(path: &Path) -> Result<Dataset, DataError> {
    let mut reader = Reader::new();
    if !fs::metadata(path).map_err(|reason| read_error(path, reason))?.is_dir() {
        push(&mut reader, path)?;
        return reader.finish();
    }
    for folder in folders(path, &FOLDERS) {
        let files = wanted(&folder)?;
        if files.iter().any(|file| is_batch(&name(file))) {
            files.iter().try_for_each(|file| push(&mut reader, file))?;
            return reader.finish();
        }
    }
    let archives: Vec<PathBuf> = files(path)?.into_iter().filter(|file| is_archive(&name(file))).collect();
    if !archives.is_empty() {
        archives.iter().try_for_each(|file| push(&mut reader, file))?;
        return reader.finish();
    }
    for folder in folders(path, &CIFAR100_FOLDERS) {
        for file in wanted(&folder)? {
            if let Err(error @ DataError::Cifar100 { .. }) = push(&mut reader, &file) {
                return Err(error);
            }
        }
    }
    Err(explain(path)?)
}

/// The folder, and the named folders inside it that exist.
fn folders(path: &Path, names: &[&str]) -> Vec<PathBuf> {
    let inside = names.iter().map(|name| path.join(name)).filter(|folder| folder.is_dir());
    std::iter::once(path.to_path_buf()).chain(inside).collect()
}

fn wanted(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    Ok(files(folder)?.into_iter().filter(|file| is_wanted(&name(file))).collect())
}

fn is_archive(name: &str) -> bool {
    let starts = ["cifar-10-", "cifar-10.", "cifar10"];
    let ends = [".tar.gz", ".tgz", ".tar"];
    let name = name.to_ascii_lowercase();
    starts.iter().any(|start| name.starts_with(start)) && ends.iter().any(|end| name.ends_with(end))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read_error(path: &Path, reason: std::io::Error) -> DataError {
    DataError::Read { file: path.display().to_string(), reason }
}

/// The contents of a folder, sorted by name, without files that operating systems leave there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).map_err(|reason| read_error(folder, reason))?;
    let paths = entries.map(|entry| Ok(entry.map_err(|reason| read_error(folder, reason))?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    paths.retain(|path| !is_litter(&name(path)));
    paths.sort();
    Ok(paths)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    Ok(entries(folder)?.into_iter().filter(|path| !path.is_dir()).collect())
}

fn push(reader: &mut Reader, path: &Path) -> Result<(), DataError> {
    let name = path.display().to_string();
    let mut file = File::open(path).map_err(|reason| read_error(path, reason))?;
    let size = file.metadata().map_err(|reason| read_error(path, reason))?.len();
    if size > MAX_UNPACKED_BYTES {
        return Err(DataError::FileTooLarge { file: name, size, limit: MAX_UNPACKED_BYTES });
    }
    reader.push_from(&name, &mut file, size)
}

/// The error for a folder without batches.
fn explain(folder: &Path) -> Result<DataError, DataError> {
    if let Some((file, what)) = first_foreign(folder, DEPTH, &mut { FILES }) {
        return Ok(DataError::Foreign { file: file.display().to_string(), what });
    }
    let names: Vec<String> = entries(folder)?.iter().map(|path| name(path)).collect();
    let mut holds = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => holds = "nothing in it".to_owned(),
        count if count > NAMES => holds += &format!(" and {} more", count - NAMES),
        _ => (),
    }
    Ok(DataError::FolderWithoutBatches { folder: folder.display().to_string(), holds })
}

/// The first file of a known other type, among at most `left` files. Unreadable ones are skipped.
fn first_foreign(folder: &Path, depth: u32, left: &mut usize) -> Option<(PathBuf, Foreign)> {
    for path in entries(folder).ok()? {
        *left = left.checked_sub(1)?;
        if path.is_dir() {
            let found = (depth > 0).then(|| first_foreign(&path, depth - 1, left)).flatten();
            if found.is_some() {
                return found;
            }
        } else if let Some(what) = foreign(&path) {
            return Some((path, what));
        }
    }
    None
}

fn foreign(path: &Path) -> Option<Foreign> {
    // Opening a pipe would wait for a writer.
    let file = Some(path).filter(|path| path.is_file()).and_then(|path| File::open(path).ok())?;
    let mut head = Vec::new();
    file.take(TAR_HEADER_BYTES as u64).read_to_end(&mut head).ok()?;
    // A JSON description is next to the file it describes.
    Foreign::recognise(&head).filter(|&what| what != Foreign::Json)
}
