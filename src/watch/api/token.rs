//! Who may change something.

use axum::http::{HeaderMap, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::Refused;
use crate::config::Secret;

/// The configured token.
#[derive(Clone, Debug)]
pub struct Token(Option<Secret>);

impl Token {
    pub fn new(token: Option<Secret>) -> Self {
        Self(token)
    }

    /// Takes as long whatever of the token is right.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let Some(token) = &self.0 else {
            let error = "this watcher takes no changes: watch.token is not set";
            return Err(Refused(StatusCode::FORBIDDEN, error.to_owned()));
        };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let Some(given) = given else {
            let error = "a token is needed: authorization: Bearer <watch.token>";
            return Err(Refused(StatusCode::UNAUTHORIZED, error.to_owned()));
        };
        let is_right = bool::from(given.as_bytes().ct_eq(token.expose().as_bytes()));
        is_right.then_some(()).ok_or_else(|| Refused(StatusCode::UNAUTHORIZED, "the token is wrong".to_owned()))
    }
}
