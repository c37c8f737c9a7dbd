//! The data files that a page gives to an engine, read piece by piece.

use std::io::{self, Read};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use super::failure::Failure;
use crate::data::{self, Dataset, cifar10};

/// Data files for an engine.
#[wasm_bindgen]
#[derive(Default)]
pub struct Files {
    reader: cifar10::Reader,
}

#[wasm_bindgen]
impl Files {
    /// No files yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one more file of `size` bytes, checks it and keeps its records. The file is read piece by piece: `read`
    /// returns `length` of its bytes from `offset` on.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not CIFAR-10.
    pub fn push(
        &mut self,
        name: &str,
        size: f64,
        #[wasm_bindgen(unchecked_param_type = "(offset: number, length: number) => Uint8Array")]
        read: &Function,
    ) -> Result<(), JsValue> {
        let size = size as u64;
        let mut source = FileSource { read, size, offset: 0, piece: Vec::new(), taken: 0 };
        Ok(self.reader.push_from(name, &mut source, size).map_err(Failure::from)?)
    }
}

/// Bytes that are read at once.
const PIECE_BYTES: u64 = 1 << 20;

/// A file of the page, read piece by piece.
struct FileSource<'a> {
    read: &'a Function,
    size: u64,
    /// Where the next piece begins.
    offset: u64,
    piece: Vec<u8>,
    /// Bytes of the piece that have been read.
    taken: usize,
}

impl Read for FileSource<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() && self.offset < self.size {
            let length = PIECE_BYTES.min(self.size - self.offset);
            let (offset, length) = (JsValue::from(self.offset as f64), JsValue::from(length as f64));
            let piece = self.read.call2(&JsValue::NULL, &offset, &length);
            self.piece =
                Uint8Array::new(&piece.map_err(|_| io::Error::other("the file cannot be read"))?).to_vec();
            if self.piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.offset += self.piece.len() as u64;
            self.taken = 0;
        }
        let read = (&self.piece[self.taken..]).read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// The images of `files`, or without files the synthetic ones.
pub(super) fn finished(files: Option<Files>) -> Result<Dataset, Failure> {
    Ok(match files {
        Some(files) => files.reader.finish()?,
        None => data::synthetic(data::synthetic::SEED, data::synthetic::TRAIN, data::synthetic::TEST),
    })
}
