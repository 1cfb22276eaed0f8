//! Our own JSON to any URL. A receiver knows a repetition by its key, and us by the signature.

use ring::hmac;

use super::http::Http;
use crate::config::Secret;
use crate::core::delivery::Alert;
use crate::notify::clock::unix_now;
use crate::notify::error::SendError;
use crate::notify::outbox::hex;

#[derive(Debug)]
pub struct Webhook {
    http: Http,
    url: Secret,
    key: Option<hmac::Key>,
    host: String,
}

impl Webhook {
    pub fn new(http: Http, url: &Secret, key: Option<&Secret>, host: &str) -> Self {
        let key = key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes()));
        Self { http, url: url.clone(), key, host: host.to_owned() }
    }

    pub async fn send(&self, alert: &Alert) -> Result<(), SendError> {
        let body = super::json(alert);
        let Alert { key, opened, sequence, .. } = alert;
        let identity = escaped(&format!("{}/{key}/{opened}/{sequence}", self.host));
        let mut headers = vec![("idempotency-key", identity)];
        headers.extend(self.key.as_ref().map(|key| ("x-shasta-signature", signature(key, unix_now() as u64, &body))));
        self.http.post(self.url.expose(), body, &headers).await
    }
}

/// `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>">`: the time is signed too, so that an old request can be told from a new one.
fn signature(key: &hmac::Key, now: u64, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(format!("{now}.").as_bytes());
    context.update(body);
    format!("t={now},v1={}", hex(context.sign().as_ref()))
}

/// What a header can not hold is percent-encoded.
fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::CONTROLS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_any_other_implementation() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let expected = "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686";
        assert_eq!(signature(&key, 1_700_000_000, b"{\"a\":1}"), expected);
    }

    #[test]
    fn any_name_fits_into_a_header() {
        assert_eq!(escaped("prod/t\u{e4}g\n/x"), "prod/t%C3%A4g%0A/x");
    }
}
