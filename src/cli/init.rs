//! `--init FILE#PREFIX`: weights to start a run from.

use std::path::{Path, PathBuf};

use emascope::checkpoint::{self, CheckpointError, InitialWeights};
use emascope::model::Model;

/// Reads the weights, and reports the chosen prefix if there is one.
pub fn read(given: &Path, model: &Model, note: impl FnOnce(&str)) -> Result<Vec<f32>, CheckpointError> {
    let (path, prefix) = split(given);
    let (file, bytes) = (path.display().to_string(), checkpoint::read_file(&path)?);
    let InitialWeights { prefix, raw } =
        checkpoint::initial_weights(&file, &bytes, model, prefix.as_deref())?;
    if !prefix.is_empty() {
        note(&format!("starting from the weights `{prefix}` of {file}"));
    }
    Ok(raw)
}

/// Splits at the last `#` into the file and the prefix, unless the whole is the name of a file.
fn split(given: &Path) -> (PathBuf, Option<String>) {
    let whole = || (given.to_path_buf(), None);
    if given.exists() {
        return whole();
    }
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let bytes = given.as_os_str().as_bytes();
        let Some(at) = bytes.iter().rposition(|&byte| byte == b'#') else { return whole() };
        let prefix = String::from_utf8_lossy(&bytes[at + 1..]).into_owned();
        (PathBuf::from(OsStr::from_bytes(&bytes[..at])), Some(prefix))
    }
    #[cfg(not(unix))]
    {
        let parts = given.to_str().and_then(|text| text.rsplit_once('#'));
        parts.map_or_else(whole, |(path, prefix)| (path.into(), Some(prefix.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_follows_the_last_number_sign_unless_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| split(&folder.path().join(name));
        let path = |name: &str| folder.path().join(name);
        assert_eq!(of("a"), (path("a"), None));
        assert_eq!(of("a#ema.0.98"), (path("a"), Some("ema.0.98".to_owned())));
        assert_eq!(of("a#b#"), (path("a#b"), Some(String::new())));
        std::fs::write(path("a#b"), "").unwrap();
        assert_eq!(of("a#b"), (path("a#b"), None));
        assert_eq!(of("a#b#raw."), (path("a#b"), Some("raw.".to_owned())));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_path_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
        assert_eq!(
            split(path(b"/nowhere/\xff#raw")),
            (path(b"/nowhere/\xff").into(), Some("raw".to_owned()))
        );
    }
}
