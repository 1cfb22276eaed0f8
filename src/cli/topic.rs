//! The topic, asked for by a command that somebody waits for.

use std::time::Duration;

use crate::kafka::{Cluster, TopicDescription, TopicError};

use super::Failure;

/// The client library would wait for 20 s in all for a cluster that is not there.
const LIMIT: Duration = Duration::from_secs(6);

/// What the topic is.
///
/// # Errors
/// [`Exit::Unavailable`](super::Exit::Unavailable) where Kafka does not answer, with the cause; [`Exit::Failed`](super::Exit::Failed) where
/// it answers that there is no such topic for us.
pub async fn describe(cluster: &Cluster, topic: &str) -> Result<TopicDescription, Failure> {
    match tokio::time::timeout(LIMIT, cluster.describe(topic)).await {
        Ok(Ok(description)) => Ok(description),
        Ok(Err(error @ TopicError::Failed { .. })) => Err(Failure::unavailable(because(error, cluster))),
        Ok(Err(error)) => Err(Failure::failed(error)),
        Err(_) => Err(Failure::unavailable(because(format!("topic {topic}: kafka did not answer within {LIMIT:?}"), cluster))),
    }
}

/// An error with the words of the connection it came over: "no answer in time" alone names no cause.
pub fn because(error: impl ToString, cluster: &Cluster) -> String {
    let error = error.to_string();
    match cluster.status().last_failure() {
        Some(last) if !error.contains(last.failure.reason()) => format!("{error}: {}", last.failure),
        _ => error,
    }
}
