//! What people tell the watcher.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Api, Refused};
use crate::core::maintenance::Window;
use crate::telemetry::facts::MaintenanceChanged;
use crate::watch::document::{Acknowledge, Announcement, EndOfMaintenance};
use crate::watch::state::StateError;

const LONGEST_MAINTENANCE_S: f64 = 604_800.0;
/// Of a name or a reason, in bytes.
const LONGEST_TEXT: usize = 500;

type Answer = Result<Json<Value>, Refused>;

pub async fn announce(State(api): State<Api>, request: Request) -> Answer {
    let Announcement { cluster, group, for_s, reason, by } = admitted(&api, request).await?;
    if !(for_s > 0.0 && for_s <= LONGEST_MAINTENANCE_S) {
        return Err(wrong(format!("for_s: {for_s} is not within 1 s and 7 days")));
    }
    texts(&[("group", &group), ("reason", &reason), ("by", &by)])?;
    let began = api.board().now();
    let window = Window { cluster, group, began, until: began + for_s, reason, by };
    let announced = window.clone();
    let has_room = saved(api.courier.on_board(move |board| board.announce(announced)).await)?;
    if !has_room {
        return Err(Refused(StatusCode::CONFLICT, "too much maintenance is announced: end some of it".to_owned()));
    }
    let lasts = Some(Duration::from_secs_f64(for_s));
    MaintenanceChanged { group: &window.group, cluster: window.cluster.as_deref(), by: Some(&window.by), lasts }.emit();
    Ok(Json(json!(window)))
}

pub async fn end(State(api): State<Api>, request: Request) -> Answer {
    let EndOfMaintenance { cluster, group } = admitted(&api, request).await?;
    let (of_cluster, of_group) = (cluster.clone(), group.clone());
    let was_there = saved(api.courier.on_board(move |board| board.end_maintenance(of_cluster.as_deref(), &of_group)).await)?;
    if !was_there {
        return Err(Refused(StatusCode::NOT_FOUND, format!("no maintenance of group {group} was announced")));
    }
    MaintenanceChanged { group: &group, cluster: cluster.as_deref(), by: None, lasts: None }.emit();
    Ok(Json(json!({ "group": group, "cluster": cluster })))
}

pub async fn acknowledge(State(api): State<Api>, request: Request) -> Answer {
    let Acknowledge { incident, by } = admitted(&api, request).await?;
    texts(&[("by", &by)])?;
    let (of, who) = (incident.clone(), by.clone());
    let found = api.courier.on_board(move |board| board.acknowledge(&of, &who)).await.flatten();
    let Some((key, alerts)) = found else {
        return Err(Refused(StatusCode::NOT_FOUND, format!("no incident {incident} is open: /api/v1/lag has those that are")));
    };
    api.courier.acknowledged(&key, alerts).await;
    Ok(Json(json!({ "incident": incident, "by": by })))
}

/// The token first: who has none learns nothing of the rest.
async fn admitted<T: DeserializeOwned>(api: &Api, request: Request) -> Result<T, Refused> {
    api.token.admit(request.headers())?;
    // Whatever it calls itself: there is nothing but JSON here.
    let body = axum::body::Bytes::from_request(request, &()).await.map_err(|error| Refused(error.status(), error.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| wrong(format!("the body is not what was expected: {error}")))
}

fn texts(texts: &[(&str, &str)]) -> Result<(), Refused> {
    match texts.iter().find(|(_, text)| text.trim().is_empty() || text.len() > LONGEST_TEXT) {
        Some((name, _)) => Err(wrong(format!("{name}: expected a text of 1 to {LONGEST_TEXT} bytes"))),
        None => Ok(()),
    }
}

/// It holds anyway; who asked must know that a restart does not know of it.
fn saved(result: Option<Result<bool, StateError>>) -> Result<bool, Refused> {
    let failed = |why: String| Refused(StatusCode::INTERNAL_SERVER_ERROR, format!("it holds until the watcher is started again: {why}"));
    result.ok_or_else(|| failed("it is ending".to_owned()))?.map_err(|error| failed(error.to_string()))
}

fn wrong(error: String) -> Refused {
    Refused(StatusCode::BAD_REQUEST, error)
}
