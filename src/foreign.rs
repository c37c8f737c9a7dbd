//! Recognises a file of the wrong type by its first bytes, and gives advice.

use std::fmt;

/// Bytes of a tar header.
pub(crate) const TAR_HEADER_BYTES: usize = 512;

/// A kind of file that is often given in place of weights or of CIFAR-10's batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// A file of `torch.save`: a zip with a pickle in it, or before PyTorch 1.6 a sequence of pickles.
    PyTorch,
    /// Any other pickle.
    Pickle,
    /// safetensors.
    Safetensors,
    /// HDF5, in which Keras keeps weights.
    Hdf5,
    /// Keras's own zip.
    Keras,
    /// GGUF.
    Gguf,
    /// ONNX.
    Onnx,
    /// TensorFlow Lite.
    TfLite,
    /// NumPy's zip of arrays.
    Npz,
    /// One array of NumPy.
    Npy,
    /// MATLAB.
    Matlab,
    /// Parquet.
    Parquet,
    /// Arrow or Feather.
    Arrow,
    /// An image: PNG, JPEG, GIF or WebP.
    Picture,
    /// A zip of something else.
    Zip,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
    /// tar.
    Tar,
    /// Git LFS's placeholder for a file.
    LfsPointer,
    /// git-annex's placeholder for a file.
    AnnexPointer,
    /// A web page.
    Html,
    /// JSON.
    Json,
    /// Metadata that macOS stores next to a file on a foreign disk.
    AppleDouble,
}

impl Foreign {
    /// By the first bytes of a file; 512 are enough.
    pub fn recognise(head: &[u8]) -> Option<Self> {
        let has = |text: &[u8]| head.windows(text.len()).take(TAR_HEADER_BYTES).any(|window| window == text);
        // First, since the length of its header can begin with any of the signatures below.
        if head.get(8) == Some(&b'{') && head[4..8] == [0; 4] {
            return Some(Self::Safetensors);
        }
        Some(match head {
            [b'P', b'K', 3, 4, ..] if has(b"/data.pkl") => Self::PyTorch,
            [b'P', b'K', 3, 4, ..] if has(b".npy") => Self::Npz,
            [b'P', b'K', 3, 4, ..] if head.get(30..43) == Some(b"metadata.json") => Self::Keras,
            [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => Self::Zip,
            [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, ..] => Self::PyTorch,
            [0x80, 2..=5, ..] | [b'(', b'd', b'p', ..] => Self::Pickle,
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0, 5, 0x16, 7, ..] => Self::AppleDouble,
            [8, 1..=20, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..] => Self::Onnx,
            _ if head.starts_with(b"\x89HDF\r\n\x1a\n") => Self::Hdf5,
            _ if head.starts_with(b"GGUF") => Self::Gguf,
            _ if head.get(4..8) == Some(b"TFL3") => Self::TfLite,
            _ if head.starts_with(b"\x93NUMPY") => Self::Npy,
            _ if head.starts_with(b"MATLAB 5.0") => Self::Matlab,
            _ if head.starts_with(b"PAR1") => Self::Parquet,
            _ if head.starts_with(b"ARROW1") || head.starts_with(b"FEA1") => Self::Arrow,
            _ if head.starts_with(b"\x89PNG") || head.starts_with(b"\xff\xd8\xff") => Self::Picture,
            _ if head.starts_with(b"GIF8") => Self::Picture,
            _ if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") => Self::Picture,
            _ if head.starts_with(b"7z\xbc\xaf\x27\x1c") => Self::SevenZip,
            _ if head.starts_with(b"Rar!") => Self::Rar,
            _ if head.starts_with(b"\xfd7zXZ\0") => Self::Xz,
            _ if head.starts_with(b"BZh") => Self::Bzip2,
            _ if head.starts_with(b"\x28\xb5\x2f\xfd") => Self::Zstd,
            _ if is_tar(head) => Self::Tar,
            _ => return Self::recognise_text(head),
        })
    }

    fn recognise_text(head: &[u8]) -> Option<Self> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let text = text[..text.len().min(64)].to_ascii_lowercase();
        let begins = |word: &str| text.starts_with(word.as_bytes());
        match () {
            () if begins("version https://git-lfs") => Some(Self::LfsPointer),
            () if text.windows(15).any(|window| window == b"/annex/objects/") => Some(Self::AnnexPointer),
            () if ["<!doctype", "<html", "<head", "<?xml", "<!--", "<body"].into_iter().any(begins) => {
                Some(Self::Html)
            }
            () if begins("{") || begins("[") => Some(Self::Json),
            () => None,
        }
    }

    /// Advice where weights are expected.
    pub fn instead_of_weights(self) -> &'static str {
        match self {
            Self::PyTorch | Self::Pickle => {
                "Save its weights as safetensors, in Python: import torch, safetensors.torch; \
                 state = torch.load(\"FILE\", map_location=\"cpu\", weights_only=True); \
                 safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, \"weights.safetensors\") \
                 (preceded by state = state[\"state_dict\"] if the file contains more than weights)."
            }
            Self::Json => "Give the file that ends in .safetensors.",
            Self::Hdf5 | Self::Keras | Self::Gguf | Self::Onnx | Self::TfLite | Self::Npz | Self::Npy => {
                "Load it in the program that wrote it, and save the arrays under PyTorch's names and in its layouts, in \
                 Python: safetensors.numpy.save_file({\"0.weight\": array, …}, \"weights.safetensors\")."
            }
            Self::Safetensors
            | Self::Matlab
            | Self::Parquet
            | Self::Arrow
            | Self::Picture
            | Self::AppleDouble => "Give the weights as safetensors.",
            _ => self.unpack(),
        }
    }

    /// Advice where CIFAR-10's batches are expected.
    pub fn instead_of_batches(self) -> &'static str {
        match self {
            Self::Npz | Self::Npy | Self::Hdf5 | Self::Parquet | Self::Arrow | Self::Picture => {
                "Choose the binary version, cifar-10-binary.tar.gz, or write records, in Python: \
                 open(\"train.bin\", \"wb\").write(b\"\".join(bytes([y]) + x.transpose(2, 0, 1).tobytes() \
                 for x, y in zip(images, labels))), where x is an array of 32×32×3 bytes and y a label from 0 to 9; \
                 likewise test.bin."
            }
            Self::Matlab => {
                "That is CIFAR-10 for MATLAB, if it is CIFAR-10. Choose the binary version: cifar-10-binary.tar.gz."
            }
            Self::PyTorch
            | Self::Pickle
            | Self::Safetensors
            | Self::Keras
            | Self::Gguf
            | Self::Onnx
            | Self::TfLite
            | Self::Json
            | Self::AppleDouble => "Choose CIFAR-10: cifar-10-binary.tar.gz, or files from it.",
            _ => self.unpack(),
        }
    }

    /// How to get the contents of a packed file, or the file of a placeholder.
    fn unpack(self) -> &'static str {
        match self {
            Self::Zip => "Unpack it (unzip FILE) and use the contents.",
            Self::SevenZip => "Unpack it (7z x FILE) and use the contents.",
            Self::Rar => "Unpack it (unrar x FILE) and use the contents.",
            Self::Xz => "Unpack it (xz -d FILE, or tar -xf FILE for a .tar.xz) and use the contents.",
            Self::Bzip2 => "Unpack it (bzip2 -d FILE, or tar -xf FILE for a .tar.bz2) and use the contents.",
            Self::Zstd => "Unpack it (zstd -d FILE, or tar -xf FILE for a .tar.zst) and use the contents.",
            Self::Gzip => "Unpack it (gzip -d FILE) and use the contents.",
            Self::Tar => "Unpack it (tar -xf FILE) and use the contents.",
            Self::LfsPointer => "Fetch the file itself: git lfs pull, in the repository.",
            Self::AnnexPointer => "Fetch the file itself: git annex get FILE, in the repository.",
            _ => {
                "A server sent a web page instead of the file. Download the file again from its direct address."
            }
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PyTorch => "a PyTorch file (.pt, .pth: a pickle)",
            Self::Pickle => "a Python pickle",
            Self::Safetensors => "a safetensors file (weights)",
            Self::Hdf5 => "an HDF5 file (Keras's .h5)",
            Self::Keras => "a Keras file (a zip)",
            Self::Gguf => "a GGUF file",
            Self::Onnx => "an ONNX file",
            Self::TfLite => "a TensorFlow Lite file",
            Self::Npz => "a NumPy archive (.npz)",
            Self::Npy => "a NumPy array (.npy)",
            Self::Matlab => "a MATLAB file (.mat)",
            Self::Parquet => "a Parquet file",
            Self::Arrow => "an Arrow file",
            Self::Picture => "a picture",
            Self::Zip => "a zip archive",
            Self::SevenZip => "a 7-Zip archive",
            Self::Rar => "a RAR archive",
            Self::Xz => "packed with xz",
            Self::Bzip2 => "packed with bzip2",
            Self::Zstd => "packed with Zstandard",
            Self::Gzip => "packed with gzip",
            Self::Tar => "a tar archive",
            Self::LfsPointer => "a Git LFS pointer, not the file itself",
            Self::AnnexPointer => "a git-annex pointer, not the file itself",
            Self::Html => "a web page (HTML)",
            Self::Json => "JSON",
            Self::AppleDouble => "macOS metadata (AppleDouble)",
        })
    }
}

/// Whether a file with these first bytes is a tar archive: its first header has the right checksum, or it is an empty
/// archive.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<TAR_HEADER_BYTES>() else { return false };
    if block.iter().all(|&byte| byte == 0) {
        return true;
    }
    let mut header = tar::Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    let stated = header.cksum();
    header.set_cksum();
    block[257..262] == *b"ustar" || stated.is_ok_and(|stated| header.cksum().is_ok_and(|sum| sum == stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The local header of a zip's first file.
    fn zip(name: &str) -> Vec<u8> {
        let mut head = b"PK\x03\x04".to_vec();
        head.extend([0; 22]);
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0; 2]);
        head.extend(name.as_bytes());
        head
    }

    #[test]
    fn files_are_called_by_their_names() {
        let tar_header = {
            let mut header = tar::Header::new_old();
            header.set_path("a.txt").unwrap();
            header.set_size(0);
            header.set_cksum();
            header.as_bytes().to_vec()
        };
        let cases: &[(&[u8], Foreign, &str)] = &[
            (&zip("archive/data.pkl"), Foreign::PyTorch, "PyTorch"),
            (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20", Foreign::PyTorch, "pickle"),
            (b"\x80\x04\x95", Foreign::Pickle, "pickle"),
            (&zip("x_train.npy"), Foreign::Npz, "NumPy"),
            (&zip("metadata.json"), Foreign::Keras, "Keras"),
            (&zip("cifar/data_batch_1.bin"), Foreign::Zip, "zip"),
            (b"PK\x05\x06\0\0", Foreign::Zip, "zip"),
            (b"\x10\0\0\0\0\0\0\0{\"a\":1}", Foreign::Safetensors, "safetensors"),
            // A header of 35,615 bytes, whose length begins as gzip does.
            (b"\x1f\x8b\0\0\0\0\0\0{\"a\":1}", Foreign::Safetensors, "safetensors"),
            (b"\x89HDF\r\n\x1a\n\0", Foreign::Hdf5, "HDF5"),
            (b"GGUF\x03\0\0\0", Foreign::Gguf, "GGUF"),
            (b"\x08\x08\x12\x07pytorch", Foreign::Onnx, "ONNX"),
            (b"\x1c\0\0\0TFL3", Foreign::TfLite, "TensorFlow Lite"),
            (b"\x93NUMPY\x01\0", Foreign::Npy, ".npy"),
            (b"MATLAB 5.0 MAT-file", Foreign::Matlab, "MATLAB"),
            (b"PAR1\x15\x04", Foreign::Parquet, "Parquet"),
            (b"ARROW1\0\0", Foreign::Arrow, "Arrow"),
            (b"\x89PNG\r\n\x1a\n", Foreign::Picture, "picture"),
            (b"RIFF\x10\0\0\0WEBPVP8L", Foreign::Picture, "picture"),
            (b"7z\xbc\xaf\x27\x1c\0\x04", Foreign::SevenZip, "7-Zip"),
            (b"Rar!\x1a\x07", Foreign::Rar, "RAR"),
            (b"\xfd7zXZ\0\0", Foreign::Xz, "xz"),
            (b"BZh91AY", Foreign::Bzip2, "bzip2"),
            (b"\x28\xb5\x2f\xfd\x04", Foreign::Zstd, "Zstandard"),
            (b"\x1f\x8b\x08", Foreign::Gzip, "gzip"),
            (&tar_header, Foreign::Tar, "tar"),
            (b"version https://git-lfs.github.com/spec/v1\n", Foreign::LfsPointer, "LFS"),
            (b"/annex/objects/SHA256E-s3--ab.bin\n", Foreign::AnnexPointer, "annex"),
            (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", Foreign::Html, "HTML"),
            (b"<HTML lang=en>", Foreign::Html, "web page"),
            (b"{\"metadata\": {}}", Foreign::Json, "JSON"),
            (b"\0\x05\x16\x07\0\x02", Foreign::AppleDouble, "AppleDouble"),
        ];
        for (head, kind, word) in cases {
            assert_eq!(Foreign::recognise(head), Some(*kind), "{head:?}");
            assert!(kind.to_string().contains(word), "{kind}");
            assert!(kind.instead_of_weights().ends_with('.') && kind.instead_of_batches().ends_with('.'));
        }
        assert_eq!(Foreign::LfsPointer.instead_of_batches(), Foreign::LfsPointer.instead_of_weights());
        assert!(Foreign::Zip.instead_of_batches().contains("unzip"));
        for nothing in [&b""[..], b"PK", b"no weights here", b"\x03\xff\xff", &[7; 600]] {
            assert_eq!(Foreign::recognise(nothing), None, "{nothing:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_looked_at(head in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..600)) {
            let _ = Foreign::recognise(&head);
        }
    }
}
