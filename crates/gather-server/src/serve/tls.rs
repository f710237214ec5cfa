//! TLS from two files, read again when the server is told to.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use gather_sources::TlsFiles;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("`{file}` cannot be used as {what}")]
    File {
        /// Which.
        file: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Why not.
        #[source]
        why: rustls::pki_types::pem::Error,
    },
    /// Certificate and key are not of use together.
    #[error("certificate `{certificate}` and key `{key}` cannot be used together")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        #[source]
        why: rustls::Error,
    },
}

/// What speaks TLS on a server's behalf. Clones are one.
#[derive(Clone)]
pub(crate) struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// Reads certificate and key.
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(config(files)?)))))
    }

    /// Reads them again: connections from now on are given the new certificate.
    pub(crate) fn renew(&self, files: &TlsFiles) -> Result<(), TlsError> {
        let fresh = Arc::new(config(files)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

fn config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let file = |file: &Path, what| {
        let file = file.to_owned();
        move |why| TlsError::File { file, what, why }
    };
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|found| match found.is_empty() {
            true => Err(rustls::pki_types::pem::Error::NoItemsFound),
            false => Ok(found),
        })
        .map_err(file(&files.certificate, "a certificate in PEM"))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(file(&files.key, "a private key in PEM"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let pair = builder.and_then(|builder| {
        builder
            .with_no_client_auth()
            .with_single_cert(certificates, key)
    });
    let mut config = pair.map_err(|why| TlsError::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        why,
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
