//! The bytes of a file that is being read.

use std::io::{self, Chain, Cursor, Read};

use crate::data::DataError;
use crate::foreign::TAR_HEADER_BYTES;

/// The bytes of a file, in memory or from a reader.
pub(super) enum Input<'a> {
    /// All of them.
    Bytes(Vec<u8>),
    /// The first ones, and a reader of all of them.
    Stream { head: Vec<u8>, all: Chain<Cursor<Vec<u8>>, &'a mut dyn Read>, size: u64 },
}

impl<'a> Input<'a> {
    /// Reads the first bytes of `source`, which may have `size` in all.
    pub fn of(source: &'a mut dyn Read, size: u64) -> io::Result<Self> {
        let mut head = Vec::with_capacity(TAR_HEADER_BYTES);
        (&mut *source).take(TAR_HEADER_BYTES as u64).read_to_end(&mut head)?;
        let all = Cursor::new(head.clone()).chain(source);
        Ok(Input::Stream { head, all, size })
    }

    /// The first bytes, at least [`TAR_HEADER_BYTES`] if there are as many.
    pub fn head(&self) -> &[u8] {
        match self {
            Input::Bytes(bytes) => bytes,
            Input::Stream { head, .. } => head,
        }
    }

    /// Reads to the end. `name` is for the error about more than `limit` bytes.
    pub fn into_bytes(self, name: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = match self {
            Input::Bytes(bytes) => bytes,
            Input::Stream { all, size, .. } => {
                let mut bytes = Vec::with_capacity(size.min(limit) as usize);
                all.take(limit + 1).read_to_end(&mut bytes)?;
                bytes.shrink_to_fit();
                bytes
            }
        };
        if bytes.len() as u64 > limit {
            return Err(DataError::UnpackedTooLarge { file: name.to_owned(), offset: limit, limit }.into());
        }
        Ok(bytes)
    }

    /// A reader of all of them.
    pub fn into_reader(self) -> Box<dyn Read + 'a> {
        match self {
            Input::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Input::Stream { all, .. } => Box::new(all),
        }
    }
}

/// The reason that a file could not be read: the system, or its contents.
pub(super) enum ReadError {
    Io(std::io::Error),
    Data(DataError),
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        ReadError::Io(error)
    }
}

impl From<DataError> for ReadError {
    fn from(error: DataError) -> Self {
        ReadError::Data(error)
    }
}
