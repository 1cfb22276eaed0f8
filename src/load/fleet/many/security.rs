//! `[kafka.security]` for the client of the many.

use std::path::Path;
use std::sync::Arc;

use rskafka::client::{Credentials, SaslConfig};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::{KafkaSecurity, Mechanism, Protocol};
use crate::kafka;
use crate::load::fleet::FleetError;

/// How a connection is protected, and who logs in.
pub(super) struct Login {
    pub tls: Option<Arc<ClientConfig>>,
    pub sasl: Option<SaslConfig>,
}

impl Login {
    pub fn new(security: &KafkaSecurity) -> Result<Self, FleetError> {
        let has_tls = matches!(security.protocol, Protocol::Tls | Protocol::SaslTls);
        let has_sasl = matches!(security.protocol, Protocol::SaslPlaintext | Protocol::SaslTls);
        let tls = has_tls.then(|| tls(security)).transpose()?.map(Arc::new);
        Ok(Self { tls, sasl: has_sasl.then(|| sasl(security)).transpose()? })
    }
}

fn sasl(security: &KafkaSecurity) -> Result<SaslConfig, FleetError> {
    let username = security.username.clone().ok_or_else(|| FleetError::Security("username is not set".to_owned()))?;
    let credentials = |username| kafka::password(security).map(|password| Credentials::new(username, password));
    Ok(match security.mechanism {
        Mechanism::ScramSha512 => SaslConfig::ScramSha512(credentials(username)?),
        Mechanism::ScramSha256 => SaslConfig::ScramSha256(credentials(username)?),
        Mechanism::Plain => SaslConfig::Plain(credentials(username)?),
        Mechanism::MskIam => {
            let advice = "many connections can not log in with msk-iam: use SCRAM, or few connections";
            return Err(FleetError::Security(advice.to_owned()));
        }
    })
}

fn tls(security: &KafkaSecurity) -> Result<ClientConfig, FleetError> {
    let mut roots = RootCertStore::empty();
    let bundle = kafka::authorities(security)?;
    for certificate in certificates(&bundle)? {
        roots.add(certificate).map_err(|error| unusable(&bundle, &error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| FleetError::Security(error.to_string()))?.with_root_certificates(roots);
    match (&security.certificate_file, &security.key_file) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error))?;
            builder.with_client_auth_cert(certificates(certificate)?, private).map_err(|error| unusable(certificate, &error))
        }
        _ => Err(FleetError::Security("certificate_file and key_file go together".to_owned())),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, FleetError> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unusable(file, &error))?;
    let found: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| unusable(file, &error))?;
    if found.is_empty() { Err(unusable(file, &"no certificate in it")) } else { Ok(found) }
}

fn unusable(file: &Path, reason: &dyn std::fmt::Display) -> FleetError {
    FleetError::Security(format!("{}: {reason}", file.display()))
}

/// What a connection failed of, with the setting that it is about.
pub(super) fn in_words(error: &str) -> String {
    let remedy = if error.contains("UnknownIssuer") {
        "its authority is not in kafka.security.ca_file"
    } else if error.contains("CertificateRequired") || error.contains("BadCertificate") {
        "set kafka.security.certificate_file and key_file"
    } else if error.contains("Sasl") || error.contains("SASL") {
        "are kafka.security.mechanism, username and password right?"
    } else {
        return error.to_owned();
    };
    format!("{error}: {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn reason(security: &KafkaSecurity) -> String {
        Login::new(security).err().unwrap().to_string()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let tls = KafkaSecurity { protocol: Protocol::Tls, ca_file: Some("/nowhere/ca.pem".into()), ..KafkaSecurity::default() };
        assert!(reason(&tls).contains("/nowhere/ca.pem"));
        let sasl = KafkaSecurity { protocol: Protocol::SaslPlaintext, ..KafkaSecurity::default() };
        assert!(reason(&sasl).contains("username"));
        let iam = KafkaSecurity { username: Some("a".to_owned()), mechanism: Mechanism::MskIam, ..sasl };
        assert!(reason(&iam).contains("SCRAM"));
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let security = KafkaSecurity { protocol: Protocol::Tls, ca_file: Some(file.path().to_owned()), ..KafkaSecurity::default() };
        assert!(reason(&security).contains("no certificate"));
    }

    #[test]
    fn each_mechanism_is_the_one_that_is_asked_for() {
        let security = KafkaSecurity {
            protocol: Protocol::SaslPlaintext,
            mechanism: Mechanism::ScramSha256,
            username: Some("a".to_owned()),
            password: Some(Secret::new("b")),
            ..KafkaSecurity::default()
        };
        assert!(matches!(Login::new(&security).unwrap().sasl, Some(SaslConfig::ScramSha256(_))));
    }
}
