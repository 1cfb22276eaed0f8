//! Connections to one node.

use std::path::Path;
use std::sync::Arc;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo, TlsCertificates,
};

use super::StoreError;
use crate::config;

/// How to connect to any node of a deployment.
#[derive(Clone, Debug)]
pub struct Connector {
    settings: Arc<config::Redis>,
    tls: Option<TlsFiles>,
}

#[derive(Clone, Debug)]
struct TlsFiles {
    root: Option<Vec<u8>>,
    client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Connector {
    /// Reads the certificate files once.
    ///
    /// # Errors
    /// [`StoreError::Settings`] names the file that can not be read.
    pub fn new(settings: &config::Redis) -> Result<Self, StoreError> {
        // Only the first caller installs; a process that chose a provider already keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = settings.tls.enabled.then(|| TlsFiles::read(&settings.tls)).transpose()?;
        Ok(Self { settings: Arc::new(settings.clone()), tls })
    }

    pub fn settings(&self) -> &config::Redis {
        &self.settings
    }

    /// The user that errors name.
    pub fn user(&self) -> &str {
        self.settings.username.as_deref().unwrap_or("default")
    }

    /// A new connection, logged in, without a response timeout of its own.
    ///
    /// # Errors
    /// [`StoreError::Denied`] where the node refuses the user, [`StoreError::Unreachable`] otherwise; both within the connect timeout.
    pub async fn connect(&self, node: &str) -> Result<MultiplexedConnection, StoreError> {
        self.connect_with(node, ProtocolVersion::RESP2, AsyncConnectionConfig::new()).await
    }

    /// The same, for what the server sends without being asked.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_listening(&self, node: &str, push: impl AsyncPushSender) -> Result<MultiplexedConnection, StoreError> {
        self.connect_with(node, ProtocolVersion::RESP3, AsyncConnectionConfig::new().set_push_sender(push)).await
    }

    async fn connect_with(
        &self,
        node: &str,
        protocol: ProtocolVersion,
        config: AsyncConnectionConfig,
    ) -> Result<MultiplexedConnection, StoreError> {
        let client = self.client(node, protocol)?;
        let timeout = self.settings.connect_timeout;
        let config = config.set_connection_timeout(Some(timeout)).set_response_timeout(None);
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        match tokio::time::timeout(timeout, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.explain(node, &error)),
            Err(_) => Err(StoreError::Unreachable { node: node.to_owned(), reason: format!("no connection within {timeout:?}") }),
        }
    }

    fn explain(&self, node: &str, error: &redis::RedisError) -> StoreError {
        let answer = describe(error);
        match StoreError::from_answer(node, self.user(), &answer) {
            denied @ StoreError::Denied { .. } => denied,
            _ if answer.contains("WRONGPASS") || answer.contains("NOAUTH") || error.kind() == redis::ErrorKind::AuthenticationFailed => {
                StoreError::Denied { node: node.to_owned(), user: self.user().to_owned(), answer }
            }
            busy @ StoreError::NotReady { .. } => busy,
            _ => StoreError::Unreachable { node: node.to_owned(), reason: in_words(&answer, self.tls.is_some()) },
        }
    }

    fn client(&self, node: &str, protocol: ProtocolVersion) -> Result<Client, StoreError> {
        let (host, port) = node
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?)))
            .ok_or_else(|| StoreError::Settings(format!("{node:?} is no address: expected host:port")))?;
        let mut redis = RedisConnectionInfo::default().set_protocol(protocol);
        if let Some(username) = &self.settings.username {
            redis = redis.set_username(username);
        }
        if let Some(password) = &self.settings.password {
            redis = redis.set_password(password.expose());
        }
        let tcp = TcpSettings::default().set_nodelay(true);
        let info = |addr: ConnectionAddr| -> Result<ConnectionInfo, StoreError> {
            let info = addr.into_connection_info().map_err(|error| StoreError::Settings(describe(&error)))?;
            Ok(info.set_redis_settings(redis).set_tcp_settings(tcp))
        };
        let client = match &self.tls {
            None => Client::open(info(ConnectionAddr::Tcp(host, port))?),
            Some(files) => {
                let addr = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
                Client::build_with_tls(info(addr)?, files.certificates())
            }
        };
        client.map_err(|error| StoreError::Settings(describe(&error)))
    }
}

impl TlsFiles {
    fn read(tls: &config::RedisTls) -> Result<Self, StoreError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| StoreError::Settings(format!("can not read redis.tls file {}: {error}", path.display())))
        };
        let client = match (&tls.certificate_file, &tls.key_file) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
            (None, None) => None,
            _ => return Err(StoreError::Settings("redis.tls needs certificate_file and key_file together".to_owned())),
        };
        Ok(Self { root: tls.ca_file.as_deref().map(read).transpose()?, client })
    }

    fn certificates(&self) -> TlsCertificates {
        let client_tls = self.client.clone().map(|(client_cert, client_key)| ClientTlsConfig { client_cert, client_key });
        TlsCertificates { client_tls, root_cert: self.root.clone() }
    }
}

/// What a failed connection comes from, with the setting that it is about. The same each time, so that it is said once.
fn in_words(answer: &str, tls: bool) -> String {
    if let Some((said, _times)) = answer.split_once("certificate expired: ") {
        return format!("{said}certificate expired");
    }
    let remedy = if answer.contains("UnknownIssuer") {
        "its authority is not in redis.tls.ca_file"
    } else if answer.contains("CertificateRequired") {
        "set redis.tls.certificate_file and key_file"
    } else if !tls && (answer.contains("reset by peer") || answer.contains("unexpected end of file") || answer.contains("broken pipe")) {
        "is TLS spoken there? see redis.tls.enabled"
    } else {
        return answer.to_owned();
    };
    format!("{answer}: {remedy}")
}

/// The error with its source: redis says "io error" where the source says which.
pub(super) fn describe(error: &redis::RedisError) -> String {
    use std::error::Error;
    let mut text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_fails_alike_reads_alike_and_names_the_setting() {
        let expired = |second| format!("invalid peer certificate: certificate expired: verification time {second} (UNIX)");
        assert_eq!(in_words(&expired(1), true), "invalid peer certificate: certificate expired");
        assert_eq!(in_words(&expired(1), true), in_words(&expired(2), true));
        assert!(in_words("invalid peer certificate: UnknownIssuer", true).ends_with("redis.tls.ca_file"));
        assert!(in_words("Connection reset by peer (os error 104)", false).ends_with("redis.tls.enabled"));
        assert_eq!(in_words("Connection refused (os error 111)", false), "Connection refused (os error 111)");
    }
}
