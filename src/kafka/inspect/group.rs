//! Groups, their members and what they have committed.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::{ByTopic, Inspector};
use crate::core::offset::NextOffset;
use crate::kafka::failure::KafkaFailure;
use crate::kafka::raw::{self, Line, RawGroup, RawMember};

/// The broker's word for a group that does not exist, also where a newer broker answers with an error instead.
const NO_SUCH_GROUP: &str = "Dead";

/// A group as its coordinator tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupDescription {
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead`, also where there is none; `Unknown` for the two states of
    /// the newer protocol that the client library has no name for (`Assigning`, `Reconciling`).
    pub state: String,
    pub members: Vec<Member>,
}

/// Who is in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// New whenever a process joins anew.
    pub id: String,
    pub client_id: String,
    /// As the broker sees it, with a slash before an address: `/10.0.0.7`.
    pub host: String,
    /// Of a static member.
    pub instance_id: Option<String>,
    /// Partitions by topic.
    pub assigned: BTreeMap<String, Vec<i32>>,
}

impl Inspector {
    /// The names of all groups.
    ///
    /// # Errors
    /// What the brokers answer, or that they do not in time.
    pub async fn groups(&self, limit: Duration) -> Result<Vec<String>, KafkaFailure> {
        self.within(limit, raw::list_groups(self.client(), limit)).await
    }

    /// State and members.
    ///
    /// # Errors
    /// What the coordinator answers, or that it does not in time. A group that does not exist is none: it is `Dead`.
    pub async fn describe(&self, group: &str, limit: Duration) -> Result<GroupDescription, KafkaFailure> {
        let ask = |broker, limit| raw::describe_group(self.client(), broker, group, limit);
        let described = self.within(limit, self.ask_coordinator(group, limit, ask)).await;
        match described {
            Ok(RawGroup { state, members }) => Ok(GroupDescription { state, members: members.into_iter().map(Member::from).collect() }),
            Err(failure) if failure.code() == Code::GroupIdNotFound => {
                Ok(GroupDescription { state: NO_SUCH_GROUP.to_owned(), members: Vec::new() })
            }
            Err(failure) => Err(failure),
        }
    }

    /// What a group has committed: for these partitions, or (`None`) for all that it has any for. `Ok(None)`: nothing.
    ///
    /// # Errors
    /// What the coordinator answers for the whole group, or that it does not in time.
    pub async fn committed(
        &self,
        group: &str,
        partitions: Option<&[(&str, Vec<i32>)]>,
        limit: Duration,
    ) -> Result<ByTopic<Option<NextOffset>>, KafkaFailure> {
        if partitions.is_some_and(<[_]>::is_empty) {
            return Ok(ByTopic::new());
        }
        let ask = |broker, limit| raw::committed(self.client(), broker, group, partitions, limit);
        let lines = self.within(limit, self.ask_coordinator(group, limit, ask)).await?;
        Ok(by_topic(lines, |offset| Ok(NextOffset::at(offset))))
    }
}

pub(super) fn by_topic<T>(lines: Vec<Line>, read: impl Fn(i64) -> Result<T, KafkaFailure>) -> ByTopic<T> {
    let mut found = ByTopic::new();
    for Line { topic, partition, offset } in lines {
        let read = offset.map_err(KafkaFailure::of).and_then(&read);
        found.entry(topic).or_default().insert(partition, read);
    }
    found
}

impl From<RawMember> for Member {
    fn from(RawMember { id, client_id, host, instance_id, assigned }: RawMember) -> Self {
        let mut by_topic: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in assigned {
            by_topic.entry(topic).or_default().push(partition);
        }
        Self { id, client_id, host, instance_id, assigned: by_topic }
    }
}
