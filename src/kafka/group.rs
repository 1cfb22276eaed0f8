//! Who is in a group.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::cluster::Cluster;
use super::commit::Committer;
use super::committed::blocking;
use super::failure::KafkaFailure;

const LIMIT: Duration = Duration::from_secs(10);

impl Cluster {
    /// How many members the group has now; 0 also for a group that does not exist. Somebody may join right after.
    ///
    /// # Errors
    /// What the brokers answer. A coordinator that does not tell is an error, never 0.
    pub async fn group_members(&self, group: &str) -> Result<usize, KafkaFailure> {
        let (client, group) = (Arc::clone(&self.client), group.to_owned());
        blocking(move || {
            let groups = client.consumer().fetch_group_list(Some(&group), LIMIT).map_err(|error| KafkaFailure::of_error(&error))?;
            client.status.succeeded();
            let Some(found) = groups.groups().iter().find(|found| found.name() == group) else { return Ok(0) };
            let (members, state) = (found.members().len(), found.state());
            // The library gives a group that it could not ask about no members and no state.
            if members == 0 && !matches!(state, "Empty" | "Dead") {
                return Err(KafkaFailure::new(Code::CoordinatorNotAvailable, format!("group {group} is in state {state:?}")));
            }
            Ok(members)
        })
        .await
    }

    /// Commits for this connection's group without being a member. The broker refuses that while the group has members.
    pub fn committer(&self, topic: &str) -> Committer {
        Committer::new(Arc::clone(&self.client), Arc::from(topic))
    }
}
