//! Who has which partition.

use std::collections::BTreeMap;

use crate::kafka::{GroupDescription, Member};

use super::Owner;

/// By partition of one topic. Empty while nobody knows: brokers tell assignments of a settled group only.
pub fn owners<'a>(described: &'a GroupDescription, topic: &str) -> BTreeMap<i32, &'a Member> {
    let assigned = |member: &'a Member| member.assigned.get(topic).into_iter().flatten().map(move |partition| (*partition, member));
    described.members.iter().flat_map(assigned).collect()
}

/// Whether a partition that no member has is one without an owner.
pub fn is_settled(described: &GroupDescription) -> bool {
    matches!(described.state.as_str(), "Stable" | "Empty" | "Dead")
}

impl Owner {
    pub fn of(member: &Member) -> Self {
        let client_id = member.instance_id.as_ref().unwrap_or(&member.client_id).clone();
        Self { client_id, host: member.host.trim_start_matches('/').to_owned() }
    }
}
