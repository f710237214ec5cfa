//! Certificates made at start, and the TLS that shows them.
//!
//! One authority that lives as long as the sandbox signs for `localhost`, `127.0.0.1` and
//! `sandbox.example`; beside the good certificate there is one for each way in which a client must
//! refuse. The provider is named here and never taken from the process, so nothing has to be installed.

use std::{io, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

/// The names that every certificate is for, except [`Certificate::WrongName`].
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "sandbox.example"];

/// Which certificate a TLS port shows. All but [`Certificate::Good`] are to be refused by a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// Signed by the sandbox's authority for `localhost`, `127.0.0.1` and `sandbox.example`; in force.
    Good,
    /// The same, but it ended on 2001-01-01.
    Expired,
    /// Signed by the sandbox's authority and in force, but for `wrong.example`.
    WrongName,
    /// For the right names and in force, but signed by itself, so by nobody a client trusts.
    SelfSigned,
}

impl Certificate {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Good, Self::Expired, Self::WrongName, Self::SelfSigned];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// The authority's certificate, and what each kind of port answers a handshake with.
pub(crate) struct Identities {
    pub(crate) root: Vec<u8>,
    /// In the order of [`Certificate::ALL`].
    pub(crate) acceptors: Vec<TlsAcceptor>,
}

impl Identities {
    pub(crate) fn new() -> io::Result<Self> {
        let root_key = KeyPair::generate().map_err(failed)?;
        let mut root = params(&[], "gather sandbox authority")?;
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_der = root.self_signed(&root_key).map_err(failed)?.der().to_vec();
        let issuer = Issuer::new(root, root_key);
        let acceptors = Certificate::ALL
            .into_iter()
            .map(|certificate| acceptor(certificate, &issuer))
            .collect::<io::Result<_>>()?;
        Ok(Self {
            root: root_der,
            acceptors,
        })
    }
}

fn acceptor(certificate: Certificate, issuer: &Issuer<'_, KeyPair>) -> io::Result<TlsAcceptor> {
    let key = KeyPair::generate().map_err(failed)?;
    let mut leaf = match certificate {
        Certificate::WrongName => params(&["wrong.example"], "wrong.example")?,
        _ => params(&NAMES, "gather sandbox")?,
    };
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if certificate == Certificate::Expired {
        leaf.not_after = date_time_ymd(2001, 1, 1);
    }
    let signed = match certificate {
        Certificate::SelfSigned => leaf.self_signed(&key),
        _ => leaf.signed_by(&key, issuer),
    };
    let chain = vec![CertificateDer::from(signed.map_err(failed)?.der().to_vec())];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .map_err(failed)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config).into())
}

/// In force from 2000 to 2100, so on whatever clock a client has.
fn params(names: &[&str], common_name: &str) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    Ok(params)
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!(
        "the sandbox's certificates cannot be made: {error}"
    ))
}
