//! Clients of HTTP: what all that ask somebody have in common.

use std::error::Error;

use reqwest::{Client, ClientBuilder, redirect};

/// A client is made of it for these URLs: no redirects, and without the host's authorities where all are plain HTTP. A host without a
/// single authority can speak that all the same.
pub fn client_for<'a>(urls: impl IntoIterator<Item = &'a str>) -> ClientBuilder {
    choose_tls();
    let builder = Client::builder().redirect(redirect::Policy::none());
    let mut urls = urls.into_iter().peekable();
    let are_plain = urls.peek().is_some() && urls.all(|url| url.starts_with("http://"));
    if are_plain { builder.tls_certs_only([]) } else { builder }
}

/// No client can be made before somebody has chosen. Only the first caller does; a process that chose before keeps its choice.
pub fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The innermost reason, without the URL, which may be a secret: the outer ones only say that a request failed.
pub fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
