//! What is told.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Api, Refused};
use crate::telemetry::http::answer;
use crate::watch::board::Key;
use crate::watch::document::{Document, History};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    group: Option<String>,
    #[serde(default)]
    partitions: Partitions,
    /// Also tells the rate that it takes to be done within so many seconds.
    needed_within_s: Option<f64>,
}

/// Which partitions are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Partitions {
    #[default]
    All,
    /// Those with something wrong.
    Bad,
}

pub async fn lag(State(api): State<Api>, which: Result<Query<Which>, axum::extract::rejection::QueryRejection>) -> Response {
    let Query(which) = match which {
        Ok(which) => which,
        Err(error) => return Refused(StatusCode::BAD_REQUEST, error.body_text()).into_response(),
    };
    answer(move || {
        let mut document = api.board().document(which.group.as_deref(), which.needed_within_s, api.every.as_secs_f64());
        if which.partitions == Partitions::Bad {
            document.groups.iter_mut().for_each(|group| group.view.partitions.retain(|partition| partition.state.is_some()));
        }
        Json(document)
    })
    .await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    cluster: String,
    group: String,
    topic: Option<String>,
}

impl Of {
    fn key(self) -> Key {
        Key { cluster: self.cluster, group: self.group, topic: self.topic.filter(|topic| !topic.is_empty()) }
    }
}

pub async fn history(State(api): State<Api>, of: Result<Query<Of>, axum::extract::rejection::QueryRejection>) -> Response {
    let Query(of) = match of {
        Ok(of) => of,
        Err(error) => return Refused(StatusCode::BAD_REQUEST, error.body_text()).into_response(),
    };
    answer(move || {
        let points = api.board().history(&of.key());
        points.map(|points| Json(History { points })).ok_or_else(not_watched)
    })
    .await
}

pub async fn explain(State(api): State<Api>, of: Result<Query<Of>, axum::extract::rejection::QueryRejection>) -> Response {
    let Query(of) = match of {
        Ok(of) => of,
        Err(error) => return Refused(StatusCode::BAD_REQUEST, error.body_text()).into_response(),
    };
    answer(move || api.board().explain(&of.key()).map(Json).ok_or_else(not_watched)).await
}

pub async fn schema() -> Response {
    Json(schemars::schema_for!(Document)).into_response()
}

fn not_watched() -> Refused {
    Refused(StatusCode::NOT_FOUND, "no such group and topic is watched: /api/v1/lag has them all".to_owned())
}
