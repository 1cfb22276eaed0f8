//! Which node serves which slot. A single server is a cluster of one.

use std::sync::Arc;

use redis::Value;

use super::StoreError;
use super::connect::Connector;
use super::node::Node;
use super::redirection::address;

/// The slots of a Redis Cluster.
const SLOTS: usize = 16_384;

/// The slot of a key: CRC16 of its hash tag, or of the whole key where it has none.
///
/// Source: the Redis Cluster specification, "Hash tags".
pub fn slot_of(key: &str) -> u16 {
    let tagged = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag).filter(|tag| !tag.is_empty());
    crc16::State::<crc16::XMODEM>::calculate(tagged.unwrap_or(key).as_bytes()) % SLOTS as u16
}

/// A slot map and the nodes it names; never changed, only replaced.
#[derive(Debug)]
pub struct Routing {
    nodes: Vec<Arc<Node>>,
    /// Index into `nodes` per slot; `None` where no node serves the slot.
    slots: Vec<Option<u16>>,
    pub is_cluster: bool,
}

impl Routing {
    /// Every slot at one node.
    pub fn single(node: Arc<Node>) -> Self {
        Self { nodes: vec![node], slots: vec![Some(0); SLOTS], is_cluster: false }
    }

    /// The node that serves `slot`.
    pub fn node(&self, slot: u16) -> Option<&Arc<Node>> {
        self.slots[usize::from(slot) % SLOTS].map(|index| &self.nodes[usize::from(index)])
    }

    pub fn nodes(&self) -> &[Arc<Node>] {
        &self.nodes
    }

    pub fn node_at(&self, address: &str) -> Option<&Arc<Node>> {
        self.nodes.iter().find(|node| node.address() == address)
    }

    /// The map with one more node that serves nothing yet.
    pub fn with_node(&self, node: Arc<Node>) -> Self {
        let mut nodes = self.nodes.clone();
        nodes.push(node);
        Self { nodes, slots: self.slots.clone(), is_cluster: true }
    }

    /// The map after a MOVED: one slot is at `node` now.
    pub fn with_slot_at(&self, slot: u16, node: Arc<Node>) -> Self {
        let mut nodes = self.nodes.clone();
        let known = nodes.iter().position(|known| known.address() == node.address());
        let index = known.unwrap_or_else(|| {
            nodes.push(node);
            nodes.len() - 1
        });
        let mut slots = self.slots.clone();
        slots[usize::from(slot) % SLOTS] = u16::try_from(index).ok();
        Self { nodes, slots, is_cluster: true }
    }

    /// Asks `node` what it knows: the slot map of its cluster, or that it is alone. Nodes known before keep their connections.
    ///
    /// # Errors
    /// Where the node does not answer, or with something else than a slot map.
    pub async fn ask(node: &Arc<Node>, connector: &Connector, before: Option<&Self>) -> Result<Self, StoreError> {
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        match node.ask(command).await {
            Ok(answer) => Self::from_slots(&answer, node, connector, before),
            Err(StoreError::Refused { answer, .. }) if answer.contains("cluster support disabled") => Ok(Self::single(Arc::clone(node))),
            Err(error) => Err(error),
        }
    }

    fn from_slots(answer: &Value, asked: &Arc<Node>, connector: &Connector, before: Option<&Self>) -> Result<Self, StoreError> {
        let unexpected = || StoreError::Unexpected {
            node: asked.address().to_owned(),
            command: "CLUSTER SLOTS",
            answer: format!("{answer:?}").chars().take(200).collect(),
        };
        let Value::Array(ranges) = answer else { return Err(unexpected()) };
        let mut routing = Self { nodes: Vec::new(), slots: vec![None; SLOTS], is_cluster: true };
        for range in ranges {
            let (first, last, address) = slot_range(range, asked.address()).ok_or_else(unexpected)?;
            let known = routing.nodes.iter().position(|node| node.address() == address);
            let index = known.unwrap_or_else(|| {
                let kept = before.and_then(|before| before.node_at(&address)).cloned();
                let kept = kept.or_else(|| (asked.address() == address).then(|| Arc::clone(asked)));
                routing.nodes.push(kept.unwrap_or_else(|| Arc::new(Node::new(&address, connector))));
                routing.nodes.len() - 1
            });
            let index = u16::try_from(index).map_err(|_| unexpected())?;
            routing.slots.get_mut(first..=last).ok_or_else(unexpected)?.fill(Some(index));
        }
        // A node that knows no slots was reset or never joined: its word would send everything nowhere.
        if routing.nodes.is_empty() {
            Err(StoreError::NotReady { node: asked.address().to_owned(), answer: "serves no slots".to_owned() })
        } else {
            Ok(routing)
        }
    }
}

/// First and last slot and the address of the primary, the first node of a range.
fn slot_range(range: &Value, asked: &str) -> Option<(usize, usize, String)> {
    let Value::Array(parts) = range else { return None };
    let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = parts.as_slice() else { return None };
    let [host, Value::Int(port), ..] = primary.as_slice() else { return None };
    let host = match host {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        _ => String::new(),
    };
    Some((usize::try_from(*first).ok()?, usize::try_from(*last).ok()?, address(&host, port, asked)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_that_of_the_hash_tag() {
        // 12739 is the specification's own example.
        assert_eq!(slot_of("123456789"), 12_739);
        assert_eq!(slot_of("shasta:{s7}:pos"), slot_of("s7"));
        assert_eq!(slot_of("{}x"), crc16::State::<crc16::XMODEM>::calculate(b"{}x") % 16_384);
    }
}
