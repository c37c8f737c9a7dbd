//! The type of a file by its first bytes.

use super::names::{CIFAR100_META_FILE, META_FILE, base_name, is_batch};
use crate::{
    data::{CLASSES, sheet},
    foreign::{self, Foreign},
};

/// The type of a file.
pub(super) enum Content {
    Nothing,
    Gzip,
    Tar,
    ClassNames,
    Batch,
    Sheet,
    Python,
    Cifar100,
    Foreign(Foreign),
    Unknown,
}

impl Content {
    /// By the first bytes of a file, and by its name where these are ambiguous.
    pub fn of(name: &str, head: &[u8]) -> Self {
        let is_batch = is_batch(name);
        match head {
            [] => Content::Nothing,
            [0x1f, 0x8b, ..] => Content::Gzip,
            _ if sheet::is_webp(head) => Content::Sheet,
            &[label, ..] if is_batch && usize::from(label) < CLASSES => Content::Batch,
            _ if foreign::is_tar(head) => Content::Tar,
            _ => match Foreign::recognise(head) {
                Some(Foreign::Pickle) => Content::Python,
                Some(what) => Content::Foreign(what),
                None if base_name(name) == META_FILE => Content::ClassNames,
                None if base_name(name) == CIFAR100_META_FILE => Content::Cifar100,
                None if is_batch => Content::Batch,
                None => Content::Unknown,
            },
        }
    }
}
