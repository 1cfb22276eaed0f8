//! The page of the watcher: one document without any other resource. It may run what is in it and nothing else, and talk to no one but
//! the watcher it came from.

use axum::http::header;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

const STYLE: &str = include_str!("style.css");
const BODY: &str = include_str!("page.html");
/// In one scope, in this order: what follows uses what stands before it, and the last one starts the page.
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("format.js"),
    include_str!("dom.js"),
    include_str!("kinds.js"),
    include_str!("api.js"),
    include_str!("dialog.js"),
    include_str!("copy.js"),
    include_str!("incidents.js"),
    include_str!("steps.js"),
    include_str!("facts.js"),
    include_str!("ticks.js"),
    include_str!("picture.js"),
    include_str!("graph.js"),
    include_str!("strip.js"),
    include_str!("detail.js"),
    include_str!("table.js"),
    include_str!("card.js"),
    include_str!("clusters.js"),
    include_str!("main.js"),
);

/// Answers `GET /`.
pub async fn page() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, document())
}

fn document() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>Kafka lag - shasta watch</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{BODY}<script>{SCRIPT}</script>\n\
         </body>\n</html>\n"
    )
}

/// Only this very script and style, by their hashes; only this watcher is asked; no frame around it, which could steal clicks.
fn policy() -> String {
    let [script, style] = [SCRIPT, STYLE].map(|text| STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
