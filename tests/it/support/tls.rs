//! Certificates made for one test: authorities, a good one, one that is out of date.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::scratch::Scratch;

/// An authority and the directory that its PEM files are in.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    ca_file: PathBuf,
    dir: Scratch,
}

/// A certificate with its key, as the PEM files that servers and clients ask for.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    /// The key (PKCS#8) and the chain in one file: Kafka's PEM key store.
    pub bundle_file: PathBuf,
    /// The authority that signed it.
    pub ca_file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    Valid,
    Expired,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let dir = Scratch::new(&format!("ca-{name}"));
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("Shasta test authority {name}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let ca_file = dir.join("ca.pem");
        fs::write(&ca_file, issuer.pem()).unwrap();
        Self { issuer, ca_file, dir }
    }

    /// The PEM file of the authority's own certificate.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// A certificate for `localhost` and 127.0.0.1, good for servers and clients.
    pub fn issue(&self, name: &str) -> Certificate {
        self.issue_with(name, &["localhost", "127.0.0.1"], Validity::Valid)
    }

    pub fn issue_with(&self, name: &str, hosts: &[&str], validity: Validity) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        if validity == Validity::Expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2001, 12, 31);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let write = |suffix: &str, text: String| {
            let file = self.dir.join(&format!("{name}{suffix}"));
            fs::write(&file, text).unwrap();
            file
        };
        Certificate {
            cert_file: write(".pem", certificate.pem()),
            key_file: write(".key", key.serialize_pem()),
            bundle_file: write(".bundle.pem", format!("{}{}{}", key.serialize_pem(), certificate.pem(), self.issuer.pem())),
            ca_file: self.ca_file.clone(),
        }
    }
}
