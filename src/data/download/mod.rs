//! Downloading the official archive once: resumable, verified, into the user's cache folder.
//!
//! | environment variable | meaning | default |
//! | --- | --- | --- |
//! | `EMASCOPE_CACHE` | folder for downloads | the user's cache folder for `emascope` |
//! | `EMASCOPE_CIFAR10_URL` | address of the archive, for a mirror | [`CIFAR10_URL`] |
//! | `EMASCOPE_CIFAR10_MD5` | MD5 of the archive at that address | [`CIFAR10_MD5`] |
//! | `SSL_CERT_FILE`, `SSL_CERT_DIR` | certificates to trust, in PEM | the system's |
//! | `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` | the first of these is the proxy: `http://`, `https://`, `socks4://` or `socks5://` | none |
//! | `NO_PROXY` | hosts to reach without it | none |

mod certificates;

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};
use ureq::http::{StatusCode, header};
use ureq::{Timeout, tls::TlsConfig};

use super::DataError;

/// How long to wait for a server that sends no byte.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a name lookup may take, and a connection.
const CONNECTING: Duration = Duration::from_secs(30);

/// The official archive.
pub const CIFAR10_URL: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
/// MD5 of the official archive, as published with it.
pub const CIFAR10_MD5: &str = "c32a1d4ab5d03f1284b67883e8d87530";

/// The path of the CIFAR-10 archive in the cache, downloaded if it is not there yet; see [`fetch`]. The environment
/// variables above override the address and the folder.
///
/// # Errors
/// See [`fetch`]; also [`DataError::NoCacheFolder`] if the system names no cache folder.
pub fn cifar10_archive(progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<PathBuf, DataError> {
    archive_by(&|name| std::env::var_os(name), progress)
}

/// The folder for files that can be downloaded or measured again; `None` if the system names no such folder.
pub fn cache_folder() -> Option<PathBuf> {
    cache_folder_by(&|name| std::env::var_os(name))
}

fn cache_folder_by(environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let named = environment("EMASCOPE_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(directories::ProjectDirs::from("", "", "emascope")?.cache_dir().to_path_buf()))
}

fn archive_by(
    environment: &dyn Fn(&str) -> Option<OsString>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, DataError> {
    let variable = |name| environment(name).filter(|value| !value.is_empty());
    let text = |name, default: &str| match variable(name) {
        Some(value) => value.to_string_lossy().into_owned(),
        None => default.to_owned(),
    };
    let cache = cache_folder_by(environment).ok_or(DataError::NoCacheFolder)?;
    let url = text("EMASCOPE_CIFAR10_URL", CIFAR10_URL);
    fetch(&url, &text("EMASCOPE_CIFAR10_MD5", CIFAR10_MD5), &cache, PATIENCE, progress)
}

/// Downloads `url` into the folder `cache` and returns the file's path, or returns it at once if a file of that name with
/// the MD5 `md5` (32 hexadecimal digits) is there already.
///
/// Received bytes are kept in a `.part` file. A later call continues from its end where the server supports ranges, and
/// starts again where it does not, or where the result turns out to have the wrong checksum. The file gets its final name
/// only after its checksum is verified. `progress` receives the bytes so far, and the total if the server reports it.
///
/// Certificates are those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`. The variables `ALL_PROXY`,
/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are respected, also in lower case.
///
/// # Errors
/// [`DataError::Download`] when the server can't be reached, answers with an error, sends nothing for `patience`,
/// or the connection breaks; [`DataError::Checksum`] when the file has another checksum; [`DataError::DownloadInProgress`]
/// when another process is downloading it; [`DataError::Write`] when the cache can't be written.
pub fn fetch(
    url: &str,
    md5: &str,
    cache: &Path,
    patience: Duration,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, DataError> {
    let url_path = url.split(['?', '#']).next().unwrap_or(url);
    let name = url_path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("download");
    let target = cache.join(name);
    if let Ok(mut file) = File::open(&target)
        && digest(&mut file).is_ok_and(|found| found.eq_ignore_ascii_case(md5))
    {
        return Ok(target);
    }

    let part = cache.join(format!("{name}.part"));
    let write_error = |reason| DataError::Write { file: part.display().to_string(), reason };
    std::fs::create_dir_all(cache)
        .map_err(|reason| DataError::Write { file: cache.display().to_string(), reason })?;
    let mut file = File::options().read(true).append(true).create(true).open(&part).map_err(write_error)?;
    if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
        return Err(DataError::DownloadInProgress { file: part.display().to_string() });
    }

    let agent = agent(patience).map_err(|error| error.describe(url, &target, &file, patience))?;
    let mut transfer = |file: &mut File| {
        transfer(&agent, url, file, progress).map_err(|error| error.describe(url, &target, file, patience))
    };
    let mut resumed = transfer(&mut file)?;
    let found = loop {
        let found = digest(&mut file).map_err(write_error)?;
        if found.eq_ignore_ascii_case(md5) {
            file.sync_all().map_err(write_error)?;
            std::fs::rename(&part, &target).map_err(write_error)?;
            return Ok(target);
        }
        if !resumed {
            break found;
        }
        // The first half may be of an older file, so a resumed download gets a second chance from the start.
        file.set_len(0).map_err(write_error)?;
        resumed = transfer(&mut file)?;
    };
    std::fs::remove_file(&part).map_err(write_error)?;
    Err(DataError::Checksum {
        file: part.display().to_string(),
        url: url.to_owned(),
        expected: md5.to_owned(),
        found,
    })
}

/// MD5 of a whole file in hexadecimal digits.
fn digest(file: &mut File) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => hash.update(&buffer[..read]),
        }
    }
}

enum TransferError {
    Network(String),
    Silent,
    Write(std::io::Error),
}

impl TransferError {
    fn describe(self, url: &str, target: &Path, file: &File, patience: Duration) -> DataError {
        let target = target.display();
        let reason = match self {
            TransferError::Network(reason) => reason,
            TransferError::Silent => format!("nothing received for {} s", patience.as_secs()),
            TransferError::Write(reason) => {
                return DataError::Write { file: format!("{target}.part"), reason };
            }
        };
        let offset = file.metadata().map_or(0, |metadata| metadata.len());
        DataError::Download { url: url.to_owned(), offset, reason, target: target.to_string() }
    }
}

impl From<ureq::Error> for TransferError {
    fn from(error: ureq::Error) -> Self {
        let refused = match &error {
            ureq::Error::Timeout(Timeout::PerRead | Timeout::RecvResponse) => return TransferError::Silent,
            ureq::Error::Rustls(_) => true,
            // A failed handshake has this form.
            ureq::Error::Io(source) => source.kind() == ErrorKind::InvalidData,
            _ => false,
        };
        TransferError::Network(format!("{error}{}", if refused { certificates::ADVICE } else { "" }))
    }
}

/// A client that gives up after `patience` without a byte, however long the whole takes.
fn agent(patience: Duration) -> Result<ureq::Agent, TransferError> {
    let certificates = certificates::trusted().map_err(TransferError::Network)?;
    let config = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(certificates).build())
        .timeout_resolve(Some(CONNECTING))
        .timeout_connect(Some(CONNECTING))
        .timeout_per_read(Some(patience))
        .timeout_per_write(Some(patience))
        .timeout_recv_response(Some(patience))
        .http_status_as_error(false)
        .user_agent(concat!("emascope/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(config.into())
}

/// Appends the missing bytes of `url` to `file` (open for appending). Returns whether bytes from an earlier call were
/// kept.
fn transfer(
    agent: &ureq::Agent,
    url: &str,
    file: &mut File,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<bool, TransferError> {
    let mut done = file.metadata().map_err(TransferError::Write)?.len();
    // A range of encoded bytes would not continue the file.
    let get = || agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    let mut response = match done {
        0 => get().call()?,
        _ => get().header(header::RANGE, format!("bytes={done}-")).call()?,
    };

    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE && done > 0 {
        if total_of_range(&response) == Some(done) {
            return Ok(true);
        }
        file.set_len(0).map_err(TransferError::Write)?;
        done = 0;
        response = get().call()?;
    }
    let resumed = response.status() == StatusCode::PARTIAL_CONTENT
        && start_of_range(&response) == Some(done)
        && done > 0;
    if !resumed {
        if response.status() != StatusCode::OK {
            return Err(TransferError::Network(format!("the server answered {}", response.status())));
        }
        file.set_len(0).map_err(TransferError::Write)?;
        done = 0;
    }

    receive(response, done, file, progress)?;
    Ok(resumed)
}

/// Appends the body of `response` to `file`, which has `done` bytes already.
fn receive(
    response: ureq::http::Response<ureq::Body>,
    mut done: u64,
    file: &mut File,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), TransferError> {
    let total = response.body().content_length().map(|rest| done + rest);
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    progress(done, total);
    loop {
        let read = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(ureq::Error::from(error).into()),
        };
        file.write_all(&buffer[..read]).map_err(TransferError::Write)?;
        done += read as u64;
        progress(done, total);
    }
    match total {
        Some(total) if done < total => {
            Err(TransferError::Network(format!("the connection ended {} bytes early", total - done)))
        }
        _ => Ok(()),
    }
}

fn content_range<T>(response: &ureq::http::Response<T>) -> Option<&str> {
    response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")
}

fn start_of_range<T>(response: &ureq::http::Response<T>) -> Option<u64> {
    content_range(response)?.split('-').next()?.trim().parse().ok()
}

fn total_of_range<T>(response: &ureq::http::Response<T>) -> Option<u64> {
    content_range(response)?.split('/').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
