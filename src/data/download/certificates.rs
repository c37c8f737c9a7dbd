//! The certificates that a download trusts.

use std::env;

use ureq::tls::{Certificate, RootCerts};

/// Advice for a refused certificate.
pub const ADVICE: &str = "; if your network uses its own certificate, set SSL_CERT_FILE to its PEM file";

/// The certificates of the system, or those of the files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. A system without
/// any, such as a small container, gets Mozilla's, which are built in.
///
/// # Errors
/// A message if the variables are set but name no certificate.
pub fn trusted() -> Result<RootCerts, String> {
    let found = rustls_native_certs::load_native_certs();
    if !found.certs.is_empty() {
        return Ok(found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).into());
    }
    let set = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter(|name| env::var_os(name).is_some())
        .collect::<Vec<_>>();
    if set.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let reasons: String = found.errors.iter().map(|error| format!(": {error}")).collect();
    Err(format!("{} contains no certificate{reasons}", set.join(" with ")))
}
