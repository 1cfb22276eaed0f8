//! URLs.

use url::Url;

use super::{Findings, shown};

/// What is said of a URL that is a secret.
pub const NOT_A_URL: &str = "is not a URL of http or https";

/// Whether the text names a host that is reached over http or https, without a user and a password in it.
pub fn is_http(text: &str) -> bool {
    let host = |url: &Url| url.host_str().is_some_and(|host| !host.is_empty());
    let open = |url: &Url| url.username().is_empty() && url.password().is_none();
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && host(&url) && open(&url))
}

pub(super) fn each_is_http(key: &str, urls: &[String], findings: &mut Findings) {
    for url in urls {
        findings.add_unless(is_http(url), &[key], || {
            format!("{} is not a URL of http or https without credentials", shown(&format!("{url:?}")))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_and_no_credentials() {
        for right in ["http://127.0.0.1:9464", "https://hooks.slack.com/services/T/B/x", "http://[::1]:1/a?b=c"] {
            assert!(is_http(right), "{right}");
        }
        for wrong in ["", "host:9464", "/path", "ftp://host", "http://", "http://u:p@host", "http://u@host", "http://a b", "[redacted]"] {
            assert!(!is_http(wrong), "{wrong}");
        }
    }
}
