//! The layers that CIFAR-10's files are packed in: gzip and tar, unpacked while reading and only up to a limit.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::MAX_UNPACKED_BYTES;
use super::input::{Input, ReadError};
use super::names::{is_litter, is_wanted, limit_of, same_role};
use crate::data::DataError;

/// The most layers of packing: a packed batch in a packed archive that was packed once more.
const MAX_LAYERS: u32 = 4;

/// Reads the file of this name within a layer of packing.
type ReadInside<'a> = &'a mut dyn FnMut(&str, Input<'_>) -> Result<(), ReadError>;

/// The most bytes of an entry's name.
const MAX_NAME_BYTES: u64 = 64 << 10;

/// The most links to batches in one archive.
const MAX_LINKS: usize = 100;

/// Reads the contents of a gzip file to the end, so that its checksum is verified.
pub(super) fn gunzip(
    read: ReadInside<'_>,
    file: &str,
    input: Input<'_>,
    layers: u32,
) -> Result<(), ReadError> {
    let mut contents = Bounded::new(MultiGzDecoder::new(input.into_reader()));
    let outcome = inside(read, file, &mut contents, layers);
    contents.explain(file, outcome, "gzip stream")
}

fn inside(read: ReadInside<'_>, file: &str, contents: &mut dyn Read, layers: u32) -> Result<(), ReadError> {
    if layers == MAX_LAYERS {
        return Err(DataError::PackedTooDeep { file: file.to_owned() }.into());
    }
    let input = Input::of(contents, 0)?;
    if input.head().is_empty() {
        return Err(
            DataError::ArchiveWithoutBatches { file: file.to_owned(), first: "nothing".to_owned() }.into()
        );
    }
    read(file, input)?;
    io::copy(contents, &mut io::sink())?;
    Ok(())
}

/// Takes batches and class names out of a tar archive, and reads the rest too.
pub(super) fn untar(
    read: ReadInside<'_>,
    file: &str,
    input: Input<'_>,
    layers: u32,
) -> Result<(), ReadError> {
    let mut contents = Bounded::new(input.into_reader());
    let outcome = entries(read, file, &mut contents, layers);
    match outcome {
        // The source failed, not the archive.
        Err(ReadError::Io(error)) if matches!(contents.failure, Some(Failure::Source)) => Err(error.into()),
        outcome => contents.explain(file, outcome, "tar archive"),
    }
}

fn entries(
    read: ReadInside<'_>,
    file: &str,
    contents: &mut Bounded<impl Read>,
    layers: u32,
) -> Result<(), ReadError> {
    if layers == MAX_LAYERS {
        return Err(DataError::PackedTooDeep { file: file.to_owned() }.into());
    }
    let (mut first, mut taken, mut links) = (None, Vec::new(), Vec::new());
    let mut extended = Extended::default();
    let mut archive = tar::Archive::new(&mut *contents);
    // Raw, since the library keeps names of any length, and an archive of 1 MB can have one of 1 GB.
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() || extended.read(kind, &mut entry, file)? {
            continue;
        }
        let extended = std::mem::take(&mut extended);
        let path = extended.path.clone().unwrap_or_else(|| entry.path_bytes().into_owned());
        let path = String::from_utf8_lossy(&path).into_owned();
        first.get_or_insert_with(|| path.clone());
        match classify(file, &path, &entry, &extended)? {
            Entry::Unwanted => (),
            Entry::Link(link) => {
                links.push(link);
                if links.len() > MAX_LINKS {
                    break;
                }
            }
            Entry::File => {
                let size = entry.size();
                let mut exact = Exact { source: &mut entry, missing: size };
                // The header's size is not trusted for an allocation.
                let input = Input::of(&mut exact, 0)?;
                read(&format!("{file}/{path}"), input)?;
                taken.push(resolved("", &path));
            }
        }
    }
    // A link to a batch that was read for the same use adds nothing.
    let dangling = links
        .into_iter()
        .find(|Link { path, resolved, .. }| !taken.contains(resolved) || !same_role(resolved, path));
    if let Some(Link { path, target, .. }) = dangling {
        return Err(DataError::LinkedEntry { file: format!("{file}/{path}"), target }.into());
    }
    io::copy(contents, &mut io::sink())?;
    if taken.is_empty() {
        let first = first.unwrap_or_else(|| "nothing".to_owned());
        return Err(DataError::ArchiveWithoutBatches { file: file.to_owned(), first }.into());
    }
    Ok(())
}

/// How to treat an entry of a tar archive.
enum Entry {
    Unwanted,
    Link(Link),
    File,
}

/// A link to a batch.
struct Link {
    path: String,
    /// The target as the archive states it.
    target: String,
    /// The target from the root of the archive.
    resolved: String,
}

/// Looks at the header of an entry.
///
/// # Errors
/// [`DataError`] for CIFAR-100, for a wanted entry that is not a plain file, and for one that is too large.
fn classify(
    file: &str,
    path: &str,
    entry: &tar::Entry<'_, impl Read>,
    extended: &Extended,
) -> Result<Entry, ReadError> {
    if path.split('/').any(|part| part == "cifar-100-binary" || part == "cifar-100-python") {
        return Err(DataError::Cifar100 { file: file.to_owned() }.into());
    }
    let kind = entry.header().entry_type();
    let name = format!("{file}/{path}");
    let is_wanted = !kind.is_dir() && is_wanted(path) && !is_litter(path);
    if kind.is_gnu_sparse() || (is_wanted && extended.sparse && !kind.is_symlink() && !kind.is_hard_link()) {
        return Err(DataError::SpecialEntry { file: name, kind: "a sparse file" }.into());
    }
    if !is_wanted {
        return Ok(Entry::Unwanted);
    }
    if kind.is_symlink() || kind.is_hard_link() {
        let target = extended.link.clone().or_else(|| entry.link_name_bytes().map(|link| link.into_owned()));
        let target = String::from_utf8_lossy(&target.unwrap_or_default()).into_owned();
        let folder = path.rsplit_once('/').filter(|_| kind.is_symlink()).map_or("", |(folder, _)| folder);
        let resolved = resolved(folder, &target);
        return Ok(Entry::Link(Link { path: path.to_owned(), target, resolved }));
    }
    if !kind.is_file() {
        return Err(DataError::SpecialEntry { file: name, kind: "a device or a pipe" }.into());
    }
    let limit = limit_of(path);
    if entry.size() > limit {
        let offset = entry.raw_file_position();
        return Err(DataError::UnpackedTooLarge { file: name, offset, limit }.into());
    }
    Ok(Entry::File)
}

/// `path` relative to `folder`, as a path from the root of the archive.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => (),
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Information about an entry from the entries before it.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    sparse: bool,
}

impl Extended {
    /// Reads an entry that describes the next one; returns `false` for any other entry.
    fn read(&mut self, kind: tar::EntryType, entry: &mut impl Read, file: &str) -> Result<bool, ReadError> {
        let mut bytes = || -> Result<Vec<u8>, ReadError> {
            let mut bytes = Vec::new();
            entry.by_ref().take(MAX_NAME_BYTES + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > MAX_NAME_BYTES {
                let (file, offset) = (file.to_owned(), MAX_NAME_BYTES);
                return Err(DataError::UnpackedTooLarge { file, offset, limit: MAX_NAME_BYTES }.into());
            }
            Ok(bytes)
        };
        let text = |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
            Some(bytes)
        };
        if kind.is_gnu_longname() {
            self.path = text(bytes()?);
        } else if kind.is_gnu_longlink() {
            self.link = text(bytes()?);
        } else if kind.is_pax_local_extensions() {
            for extension in tar::PaxExtensions::new(&bytes()?) {
                let extension = extension?;
                let value = || Some(extension.value_bytes().to_vec());
                match extension.key_bytes() {
                    b"path" => self.path = value(),
                    b"linkpath" => self.link = value(),
                    key if key.starts_with(b"GNU.sparse.") => {
                        self.sparse = true;
                        if key == b"GNU.sparse.name" {
                            self.path = value();
                        }
                    }
                    _ => (),
                }
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Fails if an entry ends before the size in its header.
struct Exact<R> {
    source: R,
    missing: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.missing > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.missing = self.missing.saturating_sub(read as u64);
        Ok(read)
    }
}

enum Failure {
    TooLarge,
    Source,
}

/// Counts bytes, stops at a limit, and records whether the source failed, which distinguishes damage in gzip from
/// damage in tar.
struct Bounded<R> {
    source: R,
    offset: u64,
    failure: Option<Failure>,
}

impl<R> Bounded<R> {
    fn new(source: R) -> Self {
        Self { source, offset: 0, failure: None }
    }

    /// Names the layer of `file` in which reading failed.
    fn explain(
        self,
        file: &str,
        outcome: Result<(), ReadError>,
        layer: &'static str,
    ) -> Result<(), ReadError> {
        let (file, offset) = (file.to_owned(), self.offset);
        outcome.map_err(|error| match (self.failure, error) {
            (Some(Failure::TooLarge), _) => {
                DataError::UnpackedTooLarge { file, offset, limit: MAX_UNPACKED_BYTES }.into()
            }
            (_, ReadError::Io(error)) => {
                DataError::DamagedArchive { file, offset, layer, reason: error.to_string() }.into()
            }
            (_, error) => error,
        })
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer).inspect_err(|_| self.failure = Some(Failure::Source))?;
        self.offset += read as u64;
        if self.offset > MAX_UNPACKED_BYTES {
            self.failure = Some(Failure::TooLarge);
            return Err(io::Error::other("more bytes than CIFAR-10 could have"));
        }
        Ok(read)
    }
}
