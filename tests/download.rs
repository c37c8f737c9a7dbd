//! Downloads over TLS: whose certificates count.
#![cfg(not(target_arch = "wasm32"))]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use assert_cmd::Command;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server on loopback that answers every request with 404. Returns its address and its certificate in PEM.
fn serve() -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("localhost:0").unwrap();
    let address = format!("https://localhost:{}/archive.tar.gz", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            // A client that does not trust us leaves in the middle of the handshake.
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = stream.get_mut().write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (address, cert.pem())
}

/// Requests the archive, with or without custom certificates.
fn download(address: &str, folder: &Path, certificates: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emascope"));
    command
        .args(["data", "cifar10"])
        .env("EMASCOPE_CACHE", folder)
        .env("EMASCOPE_CIFAR10_URL", address)
        .env("NO_PROXY", "localhost")
        .env_remove("SSL_CERT_DIR")
        .env_remove("SSL_CERT_FILE");
    if let Some(file) = certificates {
        command.env("SSL_CERT_FILE", file);
    }
    command.output().expect("the program starts")
}

#[track_caller]
fn assert_says(output: &Output, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn certificates_of_ones_own_count_and_unknown_ones_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let (address, pem) = serve();
    let file = folder.path().join("ours.pem");
    std::fs::write(&file, pem).unwrap();

    assert_says(&download(&address, folder.path(), Some(&file)), &["the server answered 404"]);
    let refused = download(&address, folder.path(), None);
    assert_says(&refused, &["certificate", "SSL_CERT_FILE", "curl -L -o", &address]);
}

#[test]
fn a_certificate_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let said = download("https://localhost:1/archive.tar.gz", folder.path(), Some(&missing));
    assert_says(&said, &["SSL_CERT_FILE contains no certificate", "missing.pem"]);
}
