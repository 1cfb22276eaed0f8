//! Which groups of a cluster are looked at: those that are configured, and others when asked for.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::config::WatchedGroup;
use crate::watch::lock;
use crate::watch::look::Looker;

/// How often other groups are looked for.
const DISCOVERED_EVERY: Duration = Duration::from_secs(60);
/// More groups that nobody configured are not looked at: each costs requests.
const MOST_DISCOVERED: usize = 100;

#[derive(Debug)]
pub struct Roster {
    configured: Vec<WatchedGroup>,
    discovers: bool,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    at: Option<Instant>,
    names: BTreeSet<String>,
}

/// A group to look at.
#[derive(Clone, Debug)]
pub struct Listed {
    pub group: WatchedGroup,
    /// Configured: it pages.
    pub expected: bool,
}

impl Roster {
    pub fn new(configured: Vec<WatchedGroup>, discovers: bool) -> Self {
        Self { configured, discovers, found: Mutex::default() }
    }

    /// Those that are configured come first.
    pub fn listed(&self, cluster: &str, freshness: Duration) -> Vec<Listed> {
        let configured = self.configured.iter().map(|group| Listed { group: group.clone(), expected: true });
        let found = lock(&self.found).names.clone();
        let other = |group: String| {
            let [topics, workers] = [Vec::new(), Vec::new()];
            Listed {
                group: WatchedGroup { cluster: cluster.to_owned(), group, topics, read_committed: true, freshness, workers },
                expected: false,
            }
        };
        configured.chain(found.into_iter().map(other)).collect()
    }

    /// Whether the list has all groups that there are.
    pub fn is_complete(&self) -> bool {
        !self.discovers || lock(&self.found).at.is_some()
    }

    /// Looks for other groups where that is due.
    pub async fn discover(&self, looker: &Looker) {
        let is_due = lock(&self.found).at.is_none_or(|at| at.elapsed() >= DISCOVERED_EVERY);
        if !self.discovers || !is_due {
            return;
        }
        let Ok(names) = looker.groups().await else { return };
        let is_known = |name: &String| self.configured.iter().any(|group| group.group == *name);
        let names = names.into_iter().filter(|name| !is_known(name)).collect::<BTreeSet<_>>().into_iter().take(MOST_DISCOVERED).collect();
        *lock(&self.found) = Found { at: Some(Instant::now()), names };
    }
}
