//! The log-in of MSK with IAM: a signed request stands for a password, and is good for a quarter of an hour.

use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_msk_iam_sasl_signer::{generate_auth_token, generate_auth_token_from_credentials_provider};
use aws_types::region::Region;
use rdkafka::client::OAuthToken;

use crate::config::KafkaSecurity;

/// The instance's metadata service answers in milliseconds; without an answer the client asks again by itself.
const LIMIT: Duration = Duration::from_secs(10);

/// Where tokens come from: the environment, a profile, or the role of the instance or container, in the order of the AWS SDK.
pub(super) struct Iam {
    region: Option<String>,
    provider: Option<SharedCredentialsProvider>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoToken {
    #[error("msk-iam: kafka.security.region is not set")]
    NoRegion,
    #[error("msk-iam: {0}")]
    Runtime(std::io::Error),
    #[error("msk-iam: no AWS credentials within {LIMIT:?}")]
    TimedOut,
    #[error("msk-iam: {0}")]
    Refused(String),
}

impl Iam {
    pub(super) fn new(security: &KafkaSecurity) -> Self {
        Self { region: security.region.clone(), provider: None }
    }

    /// A fresh token. Blocks for as long as AWS takes to tell the credentials.
    pub(super) fn token(&self) -> Result<OAuthToken, NoToken> {
        let region = Region::new(self.region.clone().ok_or(NoToken::NoRegion)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NoToken::Runtime)?;
        let signed = runtime.block_on(async {
            let signing = async {
                match self.provider.clone() {
                    Some(provider) => generate_auth_token_from_credentials_provider(region, provider).await,
                    None => generate_auth_token(region).await,
                }
            };
            tokio::time::timeout(LIMIT, signing).await
        });
        let (token, lifetime_ms) = signed.map_err(|_| NoToken::TimedOut)?.map_err(|error| NoToken::Refused(error.to_string()))?;
        // MSK takes the principal from the signature.
        Ok(OAuthToken { token, principal_name: String::new(), lifetime_ms })
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_token_is_a_signed_request_to_connect() {
        let credentials = Credentials::from_keys("AKIDEXAMPLE", "wJalrXUtnFEMI", None);
        let iam = Iam { region: Some("eu-west-1".to_owned()), provider: Some(SharedCredentialsProvider::new(credentials)) };
        let token = iam.token().unwrap();
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(token.token).unwrap()).unwrap();
        assert!(url.starts_with("https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect"), "{url}");
        assert!(url.contains("X-Amz-Credential=AKIDEXAMPLE%2F") && url.contains("X-Amz-Signature="), "{url}");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
        assert!((60_000..=3_600_000).contains(&(token.lifetime_ms - now)), "{}", token.lifetime_ms);
    }

    #[test]
    fn without_a_region_there_is_no_token() {
        assert!(matches!(Iam { region: None, provider: None }.token(), Err(NoToken::NoRegion)));
    }
}
