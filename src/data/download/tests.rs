use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::*;

/// How the server treats a request.
#[derive(Clone, Copy)]
struct Manner {
    status: &'static str,
    ranges: bool,
    /// Send at most this many bytes of the body.
    cut: Option<usize>,
    /// Then hang up.
    close: bool,
    /// Between the eighths of what is sent.
    pause: Duration,
}

const WELL: Manner = Manner { status: "200 OK", ranges: true, cut: None, close: true, pause: Duration::ZERO };

/// Serves `content` on loopback and records the first byte requested in each request. Each request is treated in the
/// next of the manners given, the last of which stays.
struct Server {
    url: String,
    starts: Arc<Mutex<Vec<usize>>>,
}

impl Server {
    fn new(content: &[u8], manners: &[Manner]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/path/archive.tar.gz?mirror=1", listener.local_addr().unwrap());
        let starts = Arc::new(Mutex::new(Vec::new()));
        let (content, manners, log) = (content.to_vec(), manners.to_vec(), starts.clone());
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let manner = manners[log.lock().unwrap().len().min(manners.len() - 1)];
                // A client may hang up early; the next request is served all the same.
                let _ = serve(&mut stream, &content, manner, &log);
                if !manner.close {
                    open.push(stream);
                }
            }
        });
        Server { url, starts }
    }

    fn starts(&self) -> Vec<usize> {
        self.starts.lock().unwrap().clone()
    }
}

fn serve(
    stream: &mut TcpStream,
    content: &[u8],
    manner: Manner,
    log: &Mutex<Vec<usize>>,
) -> std::io::Result<()> {
    let mut start = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = Some(range.trim_end_matches('-').parse::<usize>().unwrap());
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(start.unwrap_or(0));
    let total = content.len();
    let (status, range, body) = match start {
        Some(start) if manner.ranges && start >= total => {
            ("416 Range Not Satisfiable", format!("Content-Range: bytes */{total}\r\n"), &[][..])
        }
        Some(start) if manner.ranges => (
            "206 Partial Content",
            format!("Content-Range: bytes {start}-{}/{total}\r\n", total - 1),
            &content[start..],
        ),
        _ => (manner.status, String::new(), content),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{range}Connection: close\r\n\r\n")?;
    let sent = &body[..manner.cut.unwrap_or(length).min(length)];
    for piece in sent.chunks(sent.len().div_ceil(8).max(1)) {
        stream.write_all(piece)?;
        std::thread::sleep(manner.pause);
    }
    Ok(())
}

fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
}

fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect()
}

fn get(server: &Server, md5: &str, cache: &Path) -> Result<PathBuf, DataError> {
    fetch(&server.url, md5, cache, PATIENCE, &mut |_, _| ())
}

fn part(cache: &Path) -> PathBuf {
    cache.join("archive.tar.gz.part")
}

#[test]
fn a_full_download_is_verified_named_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("not/there/yet");
    let server = Server::new(&content(), &[WELL]);
    let mut reports = Vec::new();
    let md5 = md5_of(&content());
    let path =
        fetch(&server.url, &md5, &cache, PATIENCE, &mut |done, total| reports.push((done, total))).unwrap();
    assert_eq!(path, cache.join("archive.tar.gz"));
    assert_eq!(std::fs::read(&path).unwrap(), content());
    assert!(!part(&cache).exists());
    assert_eq!(reports.first(), Some(&(0, Some(300_000))));
    assert_eq!(reports.last(), Some(&(300_000, Some(300_000))));
    assert!(reports.is_sorted());

    assert_eq!(get(&server, &md5, &cache).unwrap(), path);
    assert_eq!(server.starts(), [0], "the cached file is not downloaded again");
}

#[test]
fn the_environment_says_where_from_and_where_to() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), &[WELL]);
    let environment = |name: &str| match name {
        "EMASCOPE_CACHE" => Some(cache.path().as_os_str().to_owned()),
        "EMASCOPE_CIFAR10_URL" => Some(OsString::from(&server.url)),
        "EMASCOPE_CIFAR10_MD5" => Some(OsString::from(md5_of(&content()))),
        _ => None,
    };
    let path = archive_by(&environment, &mut |_, _| ()).unwrap();
    assert_eq!(path, cache.path().join("archive.tar.gz"));
    assert_eq!(std::fs::read(path).unwrap(), content());
}

#[test]
fn a_damaged_cached_file_is_downloaded_again() {
    let cache = tempfile::tempdir().unwrap();
    std::fs::write(cache.path().join("archive.tar.gz"), b"damaged").unwrap();
    let server = Server::new(&content(), &[WELL]);
    let path = get(&server, &md5_of(&content()), cache.path()).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
}

#[test]
fn a_cut_connection_is_an_error_and_a_second_call_goes_on_from_there() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), &[Manner { cut: Some(100_000), ..WELL }, WELL]);
    let md5 = md5_of(&content());
    let error = get(&server, &md5, cache.path()).unwrap_err();
    assert!(matches!(&error, DataError::Download { offset: 100_000, .. }), "{error}");
    assert_eq!(std::fs::metadata(part(cache.path())).unwrap().len(), 100_000);

    let mut reports = Vec::new();
    let path =
        fetch(&server.url, &md5, cache.path(), PATIENCE, &mut |done, total| reports.push((done, total)))
            .unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
    assert_eq!(server.starts(), [0, 100_000]);
    assert_eq!(reports[0], (100_000, Some(300_000)));
}

#[test]
fn a_connection_that_falls_silent_is_given_up_and_goes_on_at_the_next_try() {
    let cache = tempfile::tempdir().unwrap();
    let silent = Manner { cut: Some(100_000), close: false, ..WELL };
    let server = Server::new(&content(), &[silent, WELL]);
    let md5 = md5_of(&content());
    let start = Instant::now();
    let error = fetch(&server.url, &md5, cache.path(), Duration::from_secs(1), &mut |_, _| ()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(
        matches!(&error, DataError::Download { offset: 100_000, reason, .. } if reason == "nothing received for 1 s"),
        "{error}"
    );
    let file = cache.path().join("archive.tar.gz");
    let by_hand = format!("`curl -L -o \"{}\" \"{}\"`", file.display(), server.url);
    assert!(error.to_string().contains(&by_hand), "{error}");

    assert_eq!(std::fs::read(get(&server, &md5, cache.path()).unwrap()).unwrap(), content());
    assert_eq!(server.starts(), [0, 100_000]);
}

#[test]
fn a_slow_connection_may_take_its_time() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), &[Manner { pause: Duration::from_millis(250), ..WELL }]);
    let (patience, start) = (Duration::from_millis(1200), Instant::now());
    let path = fetch(&server.url, &md5_of(&content()), cache.path(), patience, &mut |_, _| ()).unwrap();
    assert!(start.elapsed() > patience, "{:?}", start.elapsed());
    assert_eq!(std::fs::read(path).unwrap(), content());
}

#[test]
fn a_server_without_ranges_starts_again() {
    let cache = tempfile::tempdir().unwrap();
    std::fs::write(part(cache.path()), &content()[..50_000]).unwrap();
    let server = Server::new(&content(), &[Manner { ranges: false, ..WELL }]);
    let path = get(&server, &md5_of(&content()), cache.path()).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
    assert_eq!(server.starts(), [50_000]);
}

#[test]
fn a_stale_part_costs_a_second_download_but_not_the_result() {
    for stale in [vec![7; 1000], vec![7; 300_000], vec![7; 400_000]] {
        let cache = tempfile::tempdir().unwrap();
        std::fs::write(part(cache.path()), &stale).unwrap();
        let server = Server::new(&content(), &[WELL]);
        let path = get(&server, &md5_of(&content()), cache.path()).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), content());
        assert_eq!(server.starts(), [stale.len(), 0]);
    }
}

#[test]
fn a_complete_part_is_only_verified() {
    let cache = tempfile::tempdir().unwrap();
    std::fs::write(part(cache.path()), content()).unwrap();
    let server = Server::new(&content(), &[WELL]);
    let path = get(&server, &md5_of(&content()), cache.path()).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
    assert_eq!(server.starts(), [300_000]);
}

#[test]
fn a_wrong_checksum_names_both_sums_and_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&content(), &[WELL]);
    let expected = md5_of(b"something else");
    let error = get(&server, &expected, cache.path()).unwrap_err();
    assert!(matches!(error, DataError::Checksum { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains(&expected) && message.contains(&md5_of(&content()).to_lowercase()));
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0);
    assert_eq!(server.starts(), [0], "a fresh download is not tried twice");
}

#[test]
fn an_answer_that_is_an_error_is_not_taken_for_the_file() {
    for (status, kept) in [("404 Not Found", 0), ("500 Internal Server Error", 10)] {
        let cache = tempfile::tempdir().unwrap();
        std::fs::write(part(cache.path()), &content()[..kept]).unwrap();
        let server = Server::new(b"sorry", &[Manner { status, ranges: false, ..WELL }]);
        let error = get(&server, &md5_of(b"sorry"), cache.path()).unwrap_err();
        assert!(
            error.to_string().contains(&status[..3]) && error.to_string().contains(&server.url),
            "{error}"
        );
        assert_eq!(std::fs::metadata(part(cache.path())).unwrap().len(), kept as u64);
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error_with_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/archive.tar.gz", listener.local_addr().unwrap());
    drop(listener);
    let cache = tempfile::tempdir().unwrap();
    let error = fetch(&url, CIFAR10_MD5, cache.path(), PATIENCE, &mut |_, _| ()).unwrap_err();
    assert!(matches!(&error, DataError::Download { url: named, offset: 0, .. } if *named == url), "{error}");
}

#[test]
fn two_downloads_of_the_same_file_do_not_mix() {
    let cache = tempfile::tempdir().unwrap();
    let held = File::options().append(true).create(true).open(part(cache.path())).unwrap();
    held.lock().unwrap();
    let server = Server::new(&content(), &[WELL]);
    let error = get(&server, &md5_of(&content()), cache.path()).unwrap_err();
    assert!(matches!(error, DataError::DownloadInProgress { .. }), "{error}");
    assert!(server.starts().is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let server = Server::new(&content(), &[WELL]);
    let error = get(&server, CIFAR10_MD5, &file).unwrap_err();
    assert!(
        matches!(&error, DataError::Write { file: named, .. } if *named == file.display().to_string()),
        "{error}"
    );
}
