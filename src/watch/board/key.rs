//! Which subject it is.

use crate::core::lag::Header;

/// A group and one of its topics; without a topic a group of which none is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub cluster: String,
    pub group: String,
    pub topic: Option<String>,
}

impl Key {
    pub fn of(header: &Header) -> Self {
        Self { cluster: header.cluster.clone(), group: header.group.clone(), topic: header.topic.clone() }
    }

    pub fn is_of(&self, cluster: &str, group: &str) -> bool {
        self.cluster == cluster && self.group == group
    }
}
