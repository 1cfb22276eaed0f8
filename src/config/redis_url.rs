//! A Redis named by a URL, as applications are used to.

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Redis, RedisTls, Secret};

const DEFAULT_PORT: u16 = 6379;

/// A text that names no Redis. It never holds the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no URL of a Redis: {reason}; expected redis://[user:password@]host[:port][/?prefix=shasta:], or rediss:// for TLS")]
pub struct InvalidRedisUrl {
    pub reason: String,
}

/// One node to ask first, user and password, and the prefix; everything else as it is by default.
impl TryFrom<&str> for Redis {
    type Error = InvalidRedisUrl;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        let invalid = |reason: String| InvalidRedisUrl { reason };
        let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        let enabled = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            other => return Err(invalid(format!("the scheme is {other:?}"))),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("no host".to_owned()))?;
        if !matches!(url.path(), "" | "/" | "/0") {
            return Err(invalid(format!("{:?} behind the host: there is only database 0", url.path())));
        }
        let text = |encoded: &str| {
            let decoded = percent_decode_str(encoded).decode_utf8();
            decoded.map(|decoded| decoded.into_owned()).map_err(|_| invalid("user or password is not UTF-8".to_owned()))
        };
        let username = Some(url.username()).filter(|name| !name.is_empty()).map(text).transpose()?;
        let password = url.password().map(text).transpose()?.map(|password| Secret::new(&password));
        let mut redis = Self {
            nodes: vec![format!("{host}:{}", url.port().unwrap_or(DEFAULT_PORT))],
            username,
            password,
            tls: RedisTls { enabled, ..RedisTls::default() },
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                "prefix" => redis.prefix = value.into_owned(),
                other => return Err(invalid(format!("the parameter {other:?} is not known"))),
            }
        }
        Ok(redis)
    }
}

impl TryFrom<String> for Redis {
    type Error = InvalidRedisUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::try_from(text.as_str())
    }
}

impl From<&Self> for Redis {
    fn from(settings: &Self) -> Self {
        settings.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_node_user_tls_and_prefix() {
        let redis = Redis::try_from("rediss://app:p%40ss@cache.example:7000/?prefix=rooms:").unwrap();
        assert_eq!(redis.nodes, ["cache.example:7000"]);
        assert_eq!((redis.username.as_deref(), redis.password, redis.tls.enabled), (Some("app"), Some(Secret::new("p@ss")), true));
        assert_eq!(redis.prefix, "rooms:");
        assert_eq!(Redis::try_from("redis://127.0.0.1"), Ok(Redis::default()));
        assert_eq!(Redis::try_from("redis://[::1]").unwrap().nodes, ["[::1]:6379"]);
    }

    #[test]
    fn what_names_no_redis_is_refused_without_its_password() {
        for text in ["", "127.0.0.1", "http://a", "redis://", "redis://u:secret@h/3", "redis://u:secret@h/?prefx=a", "redis://u:secret@h:x"]
        {
            let error = Redis::try_from(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }
}
