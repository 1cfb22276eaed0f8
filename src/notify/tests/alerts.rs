//! Alerts to be told.

use crate::core::delivery::tests::scene;
use crate::core::delivery::{Alert, State};
use crate::core::lag::{Kind, Severity};
use crate::notify::clock::unix_now;

fn now(alert: Alert) -> Alert {
    let now = unix_now();
    Alert { detected_at: now, opened: now as i64, evidence: "no member".to_owned(), ..alert }
}

pub fn page(key: &str) -> Alert {
    now(scene::page(key))
}

pub fn warn(key: &str) -> Alert {
    now(scene::warn(key))
}

pub fn resolved(key: &str) -> Alert {
    now(scene::alert(key, State::Resolved, Severity::None, Kind::Recovering))
}
