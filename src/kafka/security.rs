//! `[kafka.security]` as properties of the client library.

use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;

use super::client::ConnectError;
use crate::config::{KafkaSecurity, Mechanism, Protocol};

/// The vendored OpenSSL knows no directory of the system's authorities: where the usual systems keep their bundle.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

pub(super) fn apply(security: &KafkaSecurity, client: &mut ClientConfig) -> Result<(), ConnectError> {
    let (protocol, tls, sasl) = match security.protocol {
        Protocol::Plaintext => ("plaintext", false, false),
        Protocol::Tls => ("ssl", true, false),
        Protocol::SaslPlaintext => ("sasl_plaintext", false, true),
        Protocol::SaslTls => ("sasl_ssl", true, true),
    };
    client.set("security.protocol", protocol);
    if tls {
        apply_tls(security, client)?;
    }
    if sasl {
        apply_sasl(security, client)?;
    }
    Ok(())
}

fn apply_tls(security: &KafkaSecurity, client: &mut ClientConfig) -> Result<(), ConnectError> {
    set_file(client, "ssl.ca.location", &authorities(security)?)?;
    match (&security.certificate_file, &security.key_file) {
        (Some(certificate), Some(key)) => {
            set_file(client, "ssl.certificate.location", certificate)?;
            set_file(client, "ssl.key.location", key)
        }
        (None, None) => Ok(()),
        _ => Err(ConnectError::Incomplete("certificate_file and key_file go together")),
    }
}

/// The PEM file of the authorities that may have signed a broker's certificate.
///
/// # Errors
/// [`ConnectError::NoAuthorities`] where none is named and the system has none.
pub fn authorities(security: &KafkaSecurity) -> Result<PathBuf, ConnectError> {
    match &security.ca_file {
        Some(file) => Ok(file.clone()),
        None => SYSTEM_BUNDLES.iter().map(PathBuf::from).find(|bundle| bundle.is_file()).ok_or(ConnectError::NoAuthorities),
    }
}

fn set_file(client: &mut ClientConfig, property: &str, file: &Path) -> Result<(), ConnectError> {
    let unreadable = |source| ConnectError::File { path: file.to_owned(), source };
    std::fs::metadata(file).map_err(unreadable)?;
    client.set(property, file.to_string_lossy());
    Ok(())
}

fn apply_sasl(security: &KafkaSecurity, client: &mut ClientConfig) -> Result<(), ConnectError> {
    let mechanism = match security.mechanism {
        Mechanism::ScramSha512 => "SCRAM-SHA-512",
        Mechanism::ScramSha256 => "SCRAM-SHA-256",
        Mechanism::Plain => "PLAIN",
        // The token comes from where the client asks for it, see `Iam`.
        Mechanism::MskIam if cfg!(feature = "msk-iam") => {
            client.set("sasl.mechanism", "OAUTHBEARER");
            return Ok(());
        }
        Mechanism::MskIam => return Err(ConnectError::NoIam),
    };
    let username = security.username.as_deref().ok_or(ConnectError::Incomplete("username is not set"))?;
    let password = password(security)?;
    client.set("sasl.mechanism", mechanism).set("sasl.username", username).set("sasl.password", password);
    Ok(())
}

/// The password, from its file where it lies in one.
///
/// # Errors
/// What is not set or can not be read.
pub fn password(security: &KafkaSecurity) -> Result<String, ConnectError> {
    if let Some(password) = &security.password {
        return Ok(password.expose().to_owned());
    }
    let file = security.password_file.as_ref().ok_or(ConnectError::Incomplete("neither password nor password_file is set"))?;
    // `join` keeps an absolute path as it is.
    let path = std::env::var_os("CREDENTIALS_DIRECTORY").map_or_else(|| file.clone(), |directory| PathBuf::from(directory).join(file));
    let mut text = std::fs::read_to_string(&path).map_err(|source| ConnectError::File { path, source })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn scram() -> KafkaSecurity {
        KafkaSecurity {
            protocol: Protocol::SaslPlaintext,
            username: Some("shasta".to_owned()),
            password: Some(Secret::new("pass")),
            ..KafkaSecurity::default()
        }
    }

    #[test]
    fn scram_needs_name_and_password() {
        let mut client = ClientConfig::new();
        apply(&scram(), &mut client).unwrap();
        assert_eq!(client.get("sasl.mechanism"), Some("SCRAM-SHA-512"));
        assert_eq!(client.get("sasl.password"), Some("pass"));
        let nameless = KafkaSecurity { username: None, ..scram() };
        assert!(matches!(apply(&nameless, &mut ClientConfig::new()), Err(ConnectError::Incomplete(_))));
    }

    #[test]
    fn the_last_line_end_of_a_password_file_is_no_part_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        std::fs::write(&path, "two\nlines\r\n").unwrap();
        let security = KafkaSecurity { password: None, password_file: Some(path), ..scram() };
        assert_eq!(password(&security).unwrap(), "two\nlines");
    }

    #[test]
    fn tls_without_a_readable_bundle_is_an_error_that_names_it() {
        let security = KafkaSecurity { protocol: Protocol::Tls, ca_file: Some("/nowhere/ca.pem".into()), ..KafkaSecurity::default() };
        let error = apply(&security, &mut ClientConfig::new()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    }

    #[cfg(not(feature = "msk-iam"))]
    #[test]
    fn iam_says_what_is_missing() {
        let security = KafkaSecurity { mechanism: Mechanism::MskIam, ..scram() };
        let error = apply(&security, &mut ClientConfig::new()).unwrap_err();
        assert!(error.to_string().contains("msk-iam"), "{error}");
    }
}
