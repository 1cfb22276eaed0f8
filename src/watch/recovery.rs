//! What the process before this one left to be told.

use std::collections::BTreeSet;

use super::board::Key;
use super::cluster::Courier;
use crate::config::WatchedGroup;
use crate::core::delivery::{Alert, State};
use crate::core::lag::Severity;

/// Hands on what was not, and ends what is not watched any more.
pub async fn recover(courier: &Courier, groups: &[WatchedGroup], discovers: bool) {
    for key in courier.board.keys() {
        let pending = courier.board.pending(&key).into_iter().filter(|alert| !courier.notifier.knows(alert)).collect();
        courier.hand_on(&key, pending).await;
        courier.board.handed_on(&key);
        if !is_watched(&key, groups, discovers) {
            courier.end(key).await;
        }
    }
    end_forgotten(courier).await;
}

/// A group that nobody configured shows whether it is there at the first look.
fn is_watched(key: &Key, groups: &[WatchedGroup], discovers: bool) -> bool {
    let group = groups.iter().find(|group| key.is_of(&group.cluster, &group.group));
    let has_topic = |group: &WatchedGroup| {
        let listed = |topic: &String| group.topics.is_empty() || group.topics.contains(topic);
        key.topic.as_ref().map_or(group.topics.is_empty(), listed)
    };
    group.map_or(discovers, has_topic)
}

/// What people believe to be open, and of which no state is left. If it is true, it opens again.
async fn end_forgotten(courier: &Courier) {
    let open: BTreeSet<String> = courier.board.incidents();
    for alert in courier.notifier.open_alerts().into_iter().filter(|alert| !open.contains(&alert.key)) {
        let evidence = "it is not watched any more, or its state was lost".to_owned();
        courier.notifier.submit(Alert { state: State::Closed, severity: Severity::None, evidence, ..alert }).await;
    }
}
