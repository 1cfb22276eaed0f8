//! What the watcher tells and takes over HTTP.

mod change;
mod read;
mod token;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::board::Board;
use super::cluster::Courier;
use super::document::Refusal;
use super::metrics::WatchMetrics;
use super::page::page;
use super::pulse::Pulse;
use crate::config::Secret;
use crate::telemetry::Metrics;
use crate::telemetry::http::{answer, exposition};
use crate::telemetry::names;
use token::Token;

/// No request that is right is longer.
const LONGEST_BODY: usize = 64 << 10;

const INDEX: &str = "shasta watch\n\n\
    /                    the page\n\
    /api/v1/lag          how all groups stand, as JSON; ?group=NAME, ?partitions=bad\n\
    /api/v1/history      age, lag and rates by the minute; ?cluster=..&group=..&topic=..\n\
    /api/v1/explain      each rule with its numbers; ?cluster=..&group=..&topic=..\n\
    /api/v1/schema       the JSON schema of /api/v1/lag\n\
    /api/v1/maintenance  POST begins it, DELETE ends it (with the token)\n\
    /api/v1/acknowledge  POST (with the token)\n\
    /metrics             metrics in the text format of Prometheus\n\
    /livez               200 while all clusters are looked at, else 503 and why\n\
    /readyz              200 once all clusters were looked at, else 503 and why\n";

/// What requests are answered from.
#[derive(Clone, Debug)]
pub struct Api {
    pub courier: Courier,
    pub pulse: Arc<Pulse>,
    pub metrics: Metrics,
    pub watch_metrics: WatchMetrics,
    pub every: Duration,
    token: Token,
}

impl Api {
    pub fn new(
        courier: Courier,
        pulse: Arc<Pulse>,
        metrics: Metrics,
        watch_metrics: WatchMetrics,
        every: Duration,
        token: Option<Secret>,
    ) -> Self {
        Self { courier, pulse, metrics, watch_metrics, every, token: Token::new(token) }
    }

    pub fn routes(self) -> Router {
        Router::new()
            .route("/", get(page))
            .route("/api/v1/lag", get(read::lag))
            .route("/api/v1/history", get(read::history))
            .route("/api/v1/explain", get(read::explain))
            .route("/api/v1/schema", get(read::schema))
            .route("/api/v1/maintenance", post(change::announce).delete(change::end))
            .route("/api/v1/acknowledge", post(change::acknowledge))
            .route("/metrics", get(|State(api): State<Self>| answer(move || api.exposition())))
            .route("/livez", get(|State(api): State<Self>| async move { api.pulse.livez() }))
            .route("/readyz", get(|State(api): State<Self>| async move { api.pulse.readyz() }))
            .fallback(|| async { (StatusCode::NOT_FOUND, INDEX) })
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .with_state(self)
    }

    fn board(&self) -> &Board {
        &self.courier.board
    }

    /// What this process counts, and what it watches.
    fn exposition(&self) -> Response {
        let own = self.metrics.render_only(names::OF_NOTIFIERS);
        exposition(own.and_then(|own| Ok(own + &self.watch_metrics.render(self.board())?)))
    }
}

/// Why a request was not done.
#[derive(Debug)]
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(Refusal { error: self.1 })).into_response()
    }
}

#[cfg(test)]
mod tests;
