//! The name of a file: whether it is a batch, and for training or for testing.

use super::{MAX_BATCH_BYTES, MAX_META_BYTES};

/// The list of class names in the binary version.
pub(super) const META_FILE: &str = "batches.meta.txt";
/// The same of CIFAR-100.
pub(super) const CIFAR100_META_FILE: &str = "fine_label_names.txt";

/// The use of a batch's images.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Train,
    Test,
}

/// The role of a batch file. Images for testing, validation or evaluation are never trained on.
pub(super) fn role(name: &str) -> Role {
    let name = stem(name);
    if ["test", "val"].iter().any(|word| name.contains(word)) { Role::Test } else { Role::Train }
}

/// Whether files of these names are for the same use.
pub(super) fn same_role(one: &str, other: &str) -> bool {
    role(one) == role(other)
}

/// The last part of a path.
pub(super) fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The last part of a path in lower case, without the `.gz` of a packed file.
pub(super) fn stem(name: &str) -> String {
    let name = base_name(name).to_ascii_lowercase();
    name.strip_suffix(".gz").map(str::to_owned).unwrap_or(name)
}

/// Whether a file of this name should hold records.
pub(super) fn is_batch(name: &str) -> bool {
    let name = stem(name);
    name.ends_with(".bin") || is_official(&name)
}

/// Whether to take a file of this name out of a folder or an archive. Some are CIFAR-100's, which is then reported.
pub(super) fn is_wanted(name: &str) -> bool {
    let others = [META_FILE, "batches.meta", "train", "test", CIFAR100_META_FILE];
    is_batch(name) || others.contains(&base_name(name))
}

/// Files that operating systems and people leave next to the data.
pub(super) fn is_litter(name: &str) -> bool {
    let base = base_name(name).to_ascii_lowercase();
    let starts = [
        "._",
        ".ds_store",
        ".git",
        ".localized",
        ".directory",
        "readme",
        "licen",
        "thumbs.db",
        "desktop.ini",
    ];
    starts.iter().any(|start| base.starts_with(start))
        || name.split(['/', '\\']).any(|part| part == "__MACOSX")
}

/// Whether browsers and other programs give a name like this to an unfinished download.
pub(super) fn is_unfinished(name: &str) -> bool {
    let ends = [".part", ".partial", ".crdownload", ".download", ".opdownload", ".aria2", ".tmp", ".!ut"];
    let name = base_name(name).to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// The most bytes that a file of this name may have.
pub(super) fn limit_of(name: &str) -> u64 {
    if base_name(name) == META_FILE { MAX_META_BYTES } else { MAX_BATCH_BYTES }
}

/// Whether it is a batch of the official data set; `stem` as from [`stem`].
pub(super) fn is_official(stem: &str) -> bool {
    ["data_batch", "test_batch"].iter().any(|start| stem.starts_with(start))
}
