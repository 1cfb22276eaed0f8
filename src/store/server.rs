//! What a server has to be before anything is entrusted to it.

use std::collections::HashMap;

use redis::Value;

use super::{NoNotices, Node, Publish, Routing, Store, StoreError, script, slot_of};
use crate::core::slice::SliceCount;

/// The oldest Redis whose scripts and commands do what is needed (MemoryDB's oldest too).
const OLDEST: (u32, u32) = (6, 2);

/// A server that would lose or refuse what is written to it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "redis {node}: maxmemory-policy is {policy}: it would silently delete positions and snapshots; set `maxmemory-policy noeviction`"
    )]
    Evicts { node: String, policy: String },
    #[error("redis {node}: version {version} is older than 6.2")]
    TooOld { node: String, version: String },
    #[error("redis {node}: user {user:?} may not run all that the scripts call: `ACL SETUSER {user} {commands}`")]
    Forbidden { node: String, user: String, commands: String },
}

impl Store {
    /// Checks every node. What a node does not tell (INFO may be forbidden) comes back as a warning.
    ///
    /// # Errors
    /// [`Unfit`] names the first node that can not be used, and the remedy.
    pub async fn check_servers(&self) -> Result<Vec<String>, Unfit> {
        let mut warnings = Vec::new();
        for node in self.routing().nodes() {
            match info(node).await {
                Ok(info) => warnings.extend(judge(node.address(), &info)?),
                Err(StoreError::Denied { answer, .. } | StoreError::Refused { answer, .. }) => {
                    warnings
                        .push(format!("redis {}: INFO is refused ({answer}): version and maxmemory-policy are not known", node.address()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(warnings)
    }

    /// Loads the scripts at every node and tries each command that they call, without writing anything. A permission that is
    /// missing must be told before the first event: inside a call it would come up between two writes.
    ///
    /// # Errors
    /// [`Unfit::Forbidden`] names the node and the commands, [`Unfit::Store`] what keeps the scripts from running at all.
    pub async fn probe(&self) -> Result<(), Unfit> {
        let routing = self.routing();
        for node in routing.nodes() {
            node.load_scripts().await?;
            let Some(key) = self.probe_key(&routing, node) else { continue };
            let refused = text(node.ask(script::probe(&key)).await?);
            if !refused.is_empty() {
                let names = refused.lines().filter_map(|line| line.split_whitespace().next());
                let commands: Vec<String> = names.map(|name| format!("+{}", name.to_lowercase())).collect();
                let (node, user) = (node.address().to_owned(), self.connector.user().to_owned());
                return Err(Unfit::Forbidden { node, user, commands: commands.join(" ") });
            }
        }
        Ok(())
    }

    /// Finds out by trying how notices can be published at every node. To be called after [`Self::probe`], which loads the scripts.
    ///
    /// # Errors
    /// [`NoNotices::Refused`] names the first node that takes none and the remedy, [`NoNotices::Store`] what keeps it from being asked.
    pub async fn probe_notices(&self) -> Result<Publish, NoNotices> {
        let mut publish = Publish::Sharded;
        loop {
            match self.try_notices(publish).await? {
                Tried::Good => return Ok(publish),
                // One such node is enough: readers listen in one way to the whole of a cluster.
                Tried::Refused { error, .. } if publish == Publish::Sharded && is_unknown_command(&error) => publish = Publish::Plain,
                Tried::Refused { node, error } => {
                    let (user, prefix) = (self.user().to_owned(), self.keys().prefix().to_owned());
                    return Err(NoNotices::Refused { node, user, error, command: publish.command().to_lowercase(), prefix });
                }
            }
        }
    }

    async fn try_notices(&self, publish: Publish) -> Result<Tried, StoreError> {
        let routing = self.routing();
        for node in routing.nodes() {
            let Some(key) = self.probe_key(&routing, node) else { continue };
            let error = text(node.ask(script::probe_notices(&key, publish)).await?);
            if !error.is_empty() {
                return Ok(Tried::Refused { node: node.address().to_owned(), error });
            }
        }
        Ok(Tried::Good)
    }

    /// A key of ours that a node serves; a node without a slot of ours has nothing to permit.
    fn probe_key(&self, routing: &Routing, node: &Node) -> Option<String> {
        let serves = |key: &String| routing.node(slot_of(key)).is_some_and(|serving| serving.address() == node.address());
        SliceCount::most().all().map(|slice| self.keys().probe(slice)).find(serves)
    }
}

/// What a way of publishing came to at all nodes, or at the first that did not take it.
enum Tried {
    Good,
    Refused { node: String, error: String },
}

/// As Redis below 7 answers a script that calls SPUBLISH.
fn is_unknown_command(error: &str) -> bool {
    error.to_ascii_lowercase().contains("unknown redis command")
}

async fn info(node: &Node) -> Result<HashMap<String, String>, StoreError> {
    let text = text(node.ask(redis::cmd("INFO")).await?);
    Ok(text.lines().filter_map(|line| line.trim_end().split_once(':')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn text(answer: Value) -> String {
    match answer {
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::VerbatimString { text, .. } => text,
        _ => String::new(),
    }
}

fn judge(node: &str, info: &HashMap<String, String>) -> Result<Option<String>, Unfit> {
    let node = node.to_owned();
    if let Some(version) = info.get("redis_version") {
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        let found = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        if found < OLDEST {
            return Err(Unfit::TooOld { node, version: version.clone() });
        }
    }
    match info.get("maxmemory_policy").map(String::as_str) {
        Some("noeviction") => Ok(None),
        Some(policy) => Err(Unfit::Evicts { node, policy: policy.to_owned() }),
        None => Ok(Some(format!("redis {node}: INFO does not tell maxmemory-policy: make sure that it is noeviction"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_evicting_policy_and_an_old_server_are_refused() {
        let good = info(&[("redis_version", "7.0.15"), ("maxmemory_policy", "noeviction")]);
        assert!(judge("n", &good).unwrap().is_none());
        let evicting = info(&[("redis_version", "7.0.15"), ("maxmemory_policy", "allkeys-lru")]);
        assert!(judge("n", &evicting).unwrap_err().to_string().contains("noeviction"));
        assert!(judge("n", &info(&[("redis_version", "6.0.16")])).unwrap_err().to_string().contains("6.0.16"));
        assert!(judge("n", &info(&[("redis_version", "6.2.6")])).unwrap().is_some());
    }
}
