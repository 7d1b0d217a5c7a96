//! Whom to trust: the system's roots, and a file of further ones for networks that inspect TLS. Every certificate is
//! verified; there is no way to switch that off.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How a connection to a mail server is made private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (ports 993 and 465).
    Implicit,
    /// Asked for in plain text, and required (ports 143 and 587).
    StartTls,
    /// Not at all: a password is then sent to the local machine only.
    None,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("`extra_ca_file` {path}: {why}; it must hold certificates in PEM form", path = path.display())]
    ExtraFile { path: PathBuf, why: String },
    #[error("this system has no trusted certificates ({why}); install ca-certificates or set `extra_ca_file`")]
    NoRoots { why: String },
    #[error("the TLS library refused its own defaults: {0}")]
    Library(#[from] tokio_rustls::rustls::Error),
}

/// Read anew for each connection, so that renewed roots need no restart.
pub(super) fn client_config(extra_ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots(extra_ca_file)?);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The system's certificates and those of `extra_ca_file`.
pub(super) fn roots(extra_ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let native = rustls_native_certs::load_native_certs();
    let mut roots = native.certs;
    roots.extend(extra_certificates(extra_ca_file)?);
    if roots.is_empty() {
        let why = native.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
        return Err(TlsError::NoRoots { why });
    }
    Ok(roots)
}

/// The certificates of `extra_ca_file`: none without a file, at least one with it.
pub(super) fn extra_certificates(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let Some(path) = file else {
        return Ok(Vec::new());
    };
    let fault = |why: String| TlsError::ExtraFile { path: path.to_owned(), why };
    let text = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| fault(error.to_string()))?;
    if certificates.is_empty() {
        return Err(fault("no certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// What to do about a failed handshake; `why` is the TLS library's own text.
pub(super) fn advice(why: &str) -> &'static str {
    if why.contains("UnknownIssuer") || why.contains("BadSignature") {
        "name the authority that signed the server's certificate in `extra_ca_file`"
    } else if why.contains("not valid for name") || why.contains("NotValidForName") {
        "set `host` to a name that the server's certificate is for"
    } else if why.contains("certificate expired") || why.contains("not valid yet") {
        "look at this machine's clock first; if it is right, the server's certificate must be renewed"
    } else if why.contains("CaUsedAsEndEntity") {
        "the server must not present the authority's own certificate as its own"
    } else if why.contains("InvalidContentType") {
        "the port does not speak TLS from the first byte: check `port` and `tls`"
    } else {
        "check `host`, `port` and `tls`, and the server's certificate"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own words, which may change with it.
    #[test]
    fn a_certificate_for_another_name_or_time_is_told() {
        use std::time::Duration;
        use tokio_rustls::rustls::CertificateError;
        use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};

        let time = UnixTime::since_unix_epoch(Duration::from_secs(2));
        let other = UnixTime::since_unix_epoch(Duration::from_secs(1));
        let expected = ServerName::try_from("mail.example").unwrap();
        for (error, says) in [
            (CertificateError::NotValidForNameContext { expected, presented: Vec::new() }, "set `host` to a name"),
            (CertificateError::ExpiredContext { time, not_after: other }, "this machine's clock"),
            (CertificateError::NotValidYetContext { time: other, not_before: time }, "this machine's clock"),
            (CertificateError::UnknownIssuer, "`extra_ca_file`"),
        ] {
            let why = tokio_rustls::rustls::Error::InvalidCertificate(error).to_string();
            assert!(advice(&why).contains(says), "{why}: {}", advice(&why));
        }
    }

    #[test]
    fn a_wrong_extra_file_is_named_with_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("empty.pem");
        std::fs::write(&empty, "not a certificate\n").unwrap();
        let broken = dir.path().join("broken.pem");
        std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n").unwrap();
        for (path, says) in
            [(dir.path().join("none.pem"), "No such file"), (empty, "no certificate in it"), (broken, "")]
        {
            let text = client_config(Some(&path)).unwrap_err().to_string();
            assert!(text.contains(says) && text.contains(&*path.to_string_lossy()), "{text}");
        }
    }
}
