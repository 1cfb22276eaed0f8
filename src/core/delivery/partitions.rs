//! Which partitions an alert is about: never hundreds of them.

use serde::{Deserialize, Serialize};

/// As many as a person reads.
const WORST: usize = 10;

/// The worst ones by number, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partitions {
    /// At most ten, the worst first.
    pub worst: Vec<usize>,
    pub count: usize,
    /// So many has the topic.
    pub of: usize,
}

impl Partitions {
    /// `affected` in the order of how bad they are.
    pub fn new(affected: &[usize], of: usize) -> Self {
        Self { worst: affected.iter().take(WORST).copied().collect(), count: affected.len(), of }
    }
}
