//! The layers that CIFAR-10's files come packed in: gzip and tar, unpacked as they are read and never beyond a limit.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::DataError;
use super::cifar10::{MAX_UNPACKED_BYTES, ReadError, Reader, is_wanted, limit_of};

/// As many bytes as tell what a file is: a tar header.
const HEAD_BYTES: usize = 512;

/// The most layers of packing: a packed batch in a packed archive that was packed once more.
const MAX_LAYERS: u32 = 4;

/// The most bytes that are set aside because someone claims that they will come.
const MAX_TRUSTED_BYTES: u64 = 32 << 20;

/// The bytes of a file, all here or yet to come.
pub(super) enum Input<'a> {
    /// All of them.
    Bytes(Vec<u8>),
    /// The first ones, and a reader of all.
    Stream { head: Vec<u8>, all: Chain<Cursor<Vec<u8>>, &'a mut dyn Read>, size: u64 },
}

impl<'a> Input<'a> {
    /// Looks at the first bytes of `source`, which may have `size` in all.
    pub fn of(source: &'a mut dyn Read, size: u64) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        (&mut *source).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        let all = Cursor::new(head.clone()).chain(source);
        Ok(Input::Stream { head, all, size })
    }

    /// The first bytes, at least [`HEAD_BYTES`] if there are as many.
    pub fn head(&self) -> &[u8] {
        match self {
            Input::Bytes(bytes) => bytes,
            Input::Stream { head, .. } => head,
        }
    }

    /// Reads to the end. `name` is for the error of more than `limit` bytes.
    pub fn into_bytes(self, name: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = match self {
            Input::Bytes(bytes) => bytes,
            Input::Stream { all, size, .. } => {
                let mut bytes = Vec::with_capacity(size.min(limit) as usize);
                all.take(limit + 1).read_to_end(&mut bytes)?;
                bytes
            }
        };
        if bytes.len() as u64 > limit {
            return Err(DataError::UnpackedTooLarge { file: name.to_owned(), offset: limit, limit }.into());
        }
        Ok(bytes)
    }

    fn into_reader(self) -> Box<dyn Read + 'a> {
        match self {
            Input::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Input::Stream { all, .. } => Box::new(all),
        }
    }
}

/// Whether a file that begins so is a tar archive: its first header has the right sum, or it is an empty one.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<HEAD_BYTES>() else { return false };
    if block.iter().all(|&byte| byte == 0) {
        return true;
    }
    let mut header = tar::Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    let stated = header.cksum();
    header.set_cksum();
    block[257..262] == *b"ustar" || stated.is_ok_and(|stated| header.cksum().is_ok_and(|sum| sum == stated))
}

/// Reads what is packed by gzip, and all of it, so that gzip's checksum is verified.
pub(super) fn gunzip(
    reader: &mut Reader,
    file: &str,
    input: Input<'_>,
    layers: u32,
) -> Result<(), ReadError> {
    let mut contents = Bounded::new(MultiGzDecoder::new(input.into_reader()));
    let outcome = inside(reader, file, &mut contents, layers);
    contents.explain(file, outcome, "gzip stream")
}

fn inside(reader: &mut Reader, file: &str, contents: &mut dyn Read, layers: u32) -> Result<(), ReadError> {
    if layers == MAX_LAYERS {
        return Err(DataError::PackedTooDeep { file: file.to_owned() }.into());
    }
    let input = Input::of(contents, 0)?;
    if input.head().is_empty() {
        return Err(
            DataError::ArchiveWithoutBatches { file: file.to_owned(), first: "nothing".to_owned() }.into()
        );
    }
    reader.read(file, input, layers + 1)?;
    io::copy(contents, &mut io::sink())?;
    Ok(())
}

/// Takes batches and class names out of a tar archive, and reads the rest of it too.
pub(super) fn untar(reader: &mut Reader, file: &str, input: Input<'_>, layers: u32) -> Result<(), ReadError> {
    let mut contents = Bounded::new(input.into_reader());
    let outcome = entries(reader, file, &mut contents, layers);
    match outcome {
        // What holds the archive failed, not the archive.
        Err(ReadError::Io(error)) if matches!(contents.failure, Some(Failure::Source)) => Err(error.into()),
        outcome => contents.explain(file, outcome, "tar archive"),
    }
}

fn entries(
    reader: &mut Reader,
    file: &str,
    contents: &mut Bounded<impl Read>,
    layers: u32,
) -> Result<(), ReadError> {
    if layers == MAX_LAYERS {
        return Err(DataError::PackedTooDeep { file: file.to_owned() }.into());
    }
    let batches_before = reader.batches();
    let mut first = None;
    let mut archive = tar::Archive::new(&mut *contents);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = format!("{file}/{path}");
        first.get_or_insert_with(|| path.clone());
        if path.split('/').any(|part| part == "cifar-100-binary" || part == "cifar-100-python")
            || path.ends_with("fine_label_names.txt")
        {
            return Err(DataError::Cifar100 { file: file.to_owned() }.into());
        }
        for (folder, language) in [("cifar-10-batches-py", "Python"), ("cifar-10-batches-mat", "MATLAB")] {
            if path.split('/').any(|part| part == folder) {
                return Err(DataError::OtherVersion { file: file.to_owned(), language }.into());
            }
        }
        // Sparse entries, whose holes cost no bytes of the archive, are no regular files.
        if !entry.header().entry_type().is_file() || !is_wanted(&path) {
            continue;
        }
        let (size, limit) = (entry.size(), limit_of(&path));
        if size > limit {
            let offset = entry.raw_file_position();
            return Err(DataError::UnpackedTooLarge { file: name, offset, limit }.into());
        }
        let mut exact = Exact { source: &mut entry, missing: size };
        let input = Input::of(&mut exact, size.min(MAX_TRUSTED_BYTES))?;
        reader.read(&name, input, layers + 1)?;
    }
    io::copy(contents, &mut io::sink())?;
    if reader.batches() == batches_before {
        let first = first.unwrap_or_else(|| "nothing".to_owned());
        return Err(DataError::ArchiveWithoutBatches { file: file.to_owned(), first }.into());
    }
    Ok(())
}

/// Fails where an entry ends before the size that its header states.
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

/// Counts bytes, stops at a limit, and remembers whether the source failed, which tells damage of gzip from that of tar.
struct Bounded<R> {
    source: R,
    offset: u64,
    failure: Option<Failure>,
}

impl<R> Bounded<R> {
    fn new(source: R) -> Self {
        Self { source, offset: 0, failure: None }
    }

    /// Says in what layer of `file` the reading of it failed.
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
