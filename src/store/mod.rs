//! Redis: connections and routing, the script and its answers, positions, the layout. Knows nothing of Kafka.
//!
//! A [`Store`] makes one attempt and says what came of each part of it; waiting and trying again is its caller's.

mod connect;
mod contents;
#[cfg(test)]
mod contract;
mod error;
#[cfg(test)]
mod exactness;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
pub mod layout;
mod listen;
mod look;
pub mod model;
mod node;
mod notice;
mod redirection;
mod routing;
#[cfg(test)]
pub(crate) mod scratch;
mod script;
pub mod server;
mod span;
mod survey;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::Mutex;
use tracing::Instrument;

pub use connect::Connector;
pub use contents::{ChannelAt, Entry};
pub use error::StoreError;
pub use listen::{Heard, Listener};
pub use look::{Found, Look};
pub use node::Node;
pub use notice::{NoNotices, Publish};
pub use routing::{Routing, slot_of};
pub use script::{Fold, Read};
pub use survey::{FoundKey, Go};

use self::redirection::Redirection;
use crate::config;
use crate::core::call::{Call, Outcome, StopCause};
use crate::core::keys::Keys;
use crate::core::position::Position;
use crate::core::slice::Slice;

/// A Redis deployment: one server or a cluster, found out by asking.
#[derive(Debug)]
pub struct Store {
    connector: Connector,
    keys: Keys,
    routing: RwLock<Arc<Routing>>,
    /// When the slot map was last asked for; held while asking, so that only one task asks.
    refreshed: Mutex<Instant>,
}

/// One pipeline that was answered.
#[derive(Clone, Debug)]
pub struct RoundTrip {
    /// The node's address.
    pub node: String,
    pub took: Duration,
}

/// What became of a batch's calls or reads, in their order, and what it took.
#[derive(Debug)]
pub struct Answers<T> {
    pub results: Vec<Result<T, StoreError>>,
    pub round_trips: Vec<RoundTrip>,
}

impl Store {
    /// Connects to the first of the configured nodes that answers and learns the deployment from it.
    ///
    /// # Errors
    /// The error of the last node tried; [`StoreError::Settings`] for settings that can not work anywhere.
    pub async fn connect(settings: &config::Redis) -> Result<Self, StoreError> {
        let connector = Connector::new(settings)?;
        let keys = Keys::new(&settings.prefix).map_err(|brace| StoreError::Settings(brace.to_string()))?;
        let mut last_error = StoreError::Settings("redis.nodes is empty".to_owned());
        for address in &settings.nodes {
            let node = Arc::new(Node::new(address, &connector));
            match Routing::ask(&node, &connector, None).await {
                Ok(routing) => {
                    let refreshed = Mutex::new(Instant::now());
                    return Ok(Self { connector, keys, routing: RwLock::new(Arc::new(routing)), refreshed });
                }
                Err(error) => last_error = error,
            }
        }
        Err(last_error)
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The user that is logged in as, for people.
    pub fn user(&self) -> &str {
        self.connector.user()
    }

    /// An error from inside a script may say that the slot's node is not what it was.
    pub async fn reconsider(&self, error: &StoreError) {
        let routing = self.routing();
        if routing.is_cluster && error.suggests_refresh() {
            self.refresh().await;
        }
    }

    /// The slot map of now.
    pub fn routing(&self) -> Arc<Routing> {
        Arc::clone(&self.routing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The address of the node that serves a slice, for people.
    pub fn node_of(&self, slice: Slice) -> Option<String> {
        self.routing().node(slot_of(&self.keys.positions(slice))).map(|node| node.address().to_owned())
    }

    /// Makes each call once: one pipeline per node, the nodes at the same time, so that one that does not answer holds up no other.
    /// Calls of one slice are carried out in their order.
    pub async fn apply(&self, fold: &Fold, lane: usize, calls: impl IntoIterator<Item = &Call>) -> Answers<Outcome> {
        let calls: Vec<&Call> = calls.into_iter().collect();
        let commands = calls.iter().map(|call| (call.slice, script::apply(fold, call))).collect();
        let answers = self.send(lane, commands, |node, _, value| script::outcome(node, value)).await;
        self.leave_replicas(&calls, &answers.results).await;
        answers
    }

    /// A server that was demoted keeps its connections; its address may lead to the new primary.
    async fn leave_replicas(&self, calls: &[&Call], results: &[Result<Outcome, StoreError>]) {
        let routing = self.routing();
        for (call, result) in calls.iter().zip(results) {
            if let Ok(Outcome::Stopped { cause: StopCause::Failed(error), .. }) = result
                && error.contains("READONLY ")
                && let Some(node) = routing.node(slot_of(&self.keys.positions(call.slice)))
            {
                node.disconnect().await;
            }
        }
    }

    /// Reads objects, one pipeline per node, and renews the expiry of their channels.
    pub async fn read(&self, fold: &Fold, lane: usize, reads: &[Read]) -> Answers<Vec<Option<Vec<u8>>>> {
        let commands = reads.iter().map(|read| (read.slice, script::read(fold, read))).collect();
        self.send(lane, commands, |node, index, value| script::values(node, &reads[index], value)).await
    }

    /// The positions of a partition (named by its field) in some slices.
    ///
    /// # Errors
    /// The first error; positions are only worth something together.
    pub async fn positions(&self, field: &str, lane: usize, slices: &[Slice]) -> Result<Vec<Option<Position>>, StoreError> {
        let command = |slice: Slice| {
            let mut command = redis::cmd("HGET");
            command.arg(self.keys.positions(slice)).arg(field);
            (slice, command)
        };
        let commands = slices.iter().copied().map(command).collect();
        let answers = self.send(lane, commands, |node, _, value| position(node, value)).await;
        answers.results.into_iter().collect()
    }

    /// Sends one command to the node that serves `key`.
    ///
    /// # Errors
    /// As the node answered.
    pub async fn ask(&self, key: &str, command: Cmd) -> Result<Value, StoreError> {
        let mut answers = self.send_by_slot(0, vec![(slot_of(key), command)], |node, _, value| node.checked(value)).await;
        answers.results.pop().unwrap_or_else(|| Err(StoreError::Settings("no answer".to_owned())))
    }

    async fn send<T>(
        &self,
        lane: usize,
        commands: Vec<(Slice, Cmd)>,
        read: impl Fn(&Node, usize, Value) -> Result<T, StoreError>,
    ) -> Answers<T> {
        let by_slot = commands.into_iter().map(|(slice, command)| (slot_of(&format!("{{s{slice}}}")), command)).collect();
        self.send_by_slot(lane, by_slot, read).await
    }

    async fn send_by_slot<T>(
        &self,
        lane: usize,
        commands: Vec<(u16, Cmd)>,
        read: impl Fn(&Node, usize, Value) -> Result<T, StoreError>,
    ) -> Answers<T> {
        let routing = self.routing();
        let mut results: Vec<Option<Result<T, StoreError>>> = commands.iter().map(|_| None).collect();
        let mut round_trips = Vec::new();
        let slots: Vec<u16> = commands.iter().map(|(slot, _)| *slot).collect();
        let mut groups: HashMap<&str, Group> = HashMap::new();
        for (index, (slot, command)) in commands.into_iter().enumerate() {
            match routing.node(slot) {
                Some(node) => groups.entry(node.address()).or_insert_with(|| Group::new(Arc::clone(node))).add(index, command),
                None => {
                    let node = routing.nodes().first().map(|node| node.address().to_owned()).unwrap_or_default();
                    results[index] = Some(Err(StoreError::NotReady { node, answer: format!("no node serves slot {slot}") }));
                }
            }
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        // The second round is for what a node that is giving its slot away answered with ASK.
        for _ in 0..2 {
            let mut asked: HashMap<String, Group> = HashMap::new();
            for (group, sent, took) in join_all(groups.drain(..).map(|group| group.send(lane))).await {
                match sent {
                    Ok(values) => {
                        round_trips.push(RoundTrip { node: group.node.address().to_owned(), took });
                        for ((index, command), value) in group.indices.iter().zip(group.commands()).zip(values) {
                            let result = read(&group.node, *index, value);
                            if let Some(address) = ask_address(&result) {
                                let new = |address: &String| Group::asking(self.asked_node(address));
                                asked.entry(address).or_insert_with_key(new).add(*index, command.clone());
                            }
                            results[*index] = Some(result);
                        }
                    }
                    Err(error) => group.indices.iter().for_each(|index| results[*index] = Some(Err(error.clone()))),
                }
            }
            groups.extend(asked.into_values());
        }
        let never = || StoreError::Settings("a command was not sent".to_owned());
        let results: Vec<_> = results.into_iter().map(|result| result.unwrap_or_else(|| Err(never()))).collect();
        let failures = results.iter().zip(&slots).filter_map(|(result, slot)| Some((*slot, result.as_ref().err()?)));
        self.learn_from(&routing, failures).await;
        Answers { results, round_trips }
    }

    /// Errors that say something about the deployment are acted upon before anybody tries again.
    async fn learn_from(&self, used: &Arc<Routing>, failures: impl Iterator<Item = (u16, &StoreError)>) {
        let mut refresh = false;
        for (slot, error) in failures {
            match error {
                StoreError::Moved { node, answer } => {
                    if let Some(Redirection::Moved(address)) = Redirection::read(answer, node) {
                        refresh = true;
                        self.follow_moved(slot, &address);
                    }
                }
                StoreError::ScriptMissing { node } => self.routing().node_at(node).into_iter().for_each(|node| node.forget_scripts()),
                error => refresh |= error.suggests_refresh(),
            }
        }
        if refresh && used.is_cluster {
            self.refresh().await;
        }
    }

    /// MOVED names the slot's node: that alone is enough to go on, before the whole map is asked for.
    fn follow_moved(&self, slot: u16, address: &str) {
        let mut routing = self.routing.write().unwrap_or_else(PoisonError::into_inner);
        let known = routing.node_at(address).cloned();
        let node = known.unwrap_or_else(|| Arc::new(Node::new(address, &self.connector)));
        if routing.node(slot).is_none_or(|serving| serving.address() != address) {
            *routing = Arc::new(routing.with_slot_at(slot, node));
        }
    }

    /// The node that an ASK names; it may serve no slot yet, and then is in no slot map.
    fn asked_node(&self, address: &str) -> Arc<Node> {
        let mut routing = self.routing.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routing.node_at(address) {
            return Arc::clone(known);
        }
        let node = Arc::new(Node::new(address, &self.connector));
        *routing = Arc::new(routing.with_node(Arc::clone(&node)));
        node
    }

    /// Asks the known nodes in turn for the slot map, at most every 100 ms however many tasks meet the same failure.
    async fn refresh(&self) {
        const AT_MOST_EVERY: Duration = Duration::from_millis(100);
        const ANSWER_WITHIN: Duration = Duration::from_millis(500);
        let mut refreshed = self.refreshed.lock().await;
        if refreshed.elapsed() < AT_MOST_EVERY {
            return;
        }
        let known = self.routing();
        let seeds = self.connector.settings().nodes.iter().filter(|address| known.node_at(address).is_none());
        let seeds: Vec<Arc<Node>> = seeds.map(|address| Arc::new(Node::new(address, &self.connector))).collect();
        let mut candidates: Vec<&Arc<Node>> = known.nodes().iter().chain(&seeds).collect();
        fastrand::shuffle(&mut candidates);
        for node in candidates {
            let asked = tokio::time::timeout(ANSWER_WITHIN, Routing::ask(node, &self.connector, Some(&known))).await;
            if let Ok(Ok(routing)) = asked {
                *self.routing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routing);
                break;
            }
        }
        *refreshed = Instant::now();
    }
}

/// The commands of one pipeline and where their answers belong.
struct Group {
    node: Arc<Node>,
    indices: Vec<usize>,
    pipeline: Pipeline,
    /// An ASKING stands before each command.
    asking: bool,
    /// A command calls a script.
    scripted: bool,
}

impl Group {
    fn new(node: Arc<Node>) -> Self {
        Self { node, indices: Vec::new(), pipeline: Pipeline::new(), asking: false, scripted: false }
    }

    fn asking(node: Arc<Node>) -> Self {
        Self { asking: true, ..Self::new(node) }
    }

    fn add(&mut self, index: usize, command: Cmd) {
        self.indices.push(index);
        self.scripted |= calls_script(&command);
        if self.asking {
            self.pipeline.cmd("ASKING");
        }
        self.pipeline.add_command(command);
    }

    fn commands(&self) -> impl Iterator<Item = &Cmd> {
        self.own(self.pipeline.cmd_iter())
    }

    /// Leaves out what belongs to an ASKING.
    fn own<T>(&self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let asking = usize::from(self.asking);
        all.skip(asking).step_by(1 + asking)
    }

    async fn send(self, lane: usize) -> (Self, Result<Vec<Value>, StoreError>, Duration) {
        // A node that is new, or was connected to anew, may not have them.
        if self.scripted
            && !self.node.has_scripts()
            && let Err(error) = self.node.load_scripts().await
        {
            return (self, Err(error), Duration::ZERO);
        }
        let sent_at = Instant::now();
        let span = span::of_pipeline(self.node.address(), self.indices.len());
        let sent = self.node.send(lane, &self.pipeline).instrument(span).await;
        let took = sent_at.elapsed();
        let answers = sent.map(|values| self.own(values.into_iter()).collect());
        (self, answers, took)
    }
}

fn calls_script(command: &Cmd) -> bool {
    matches!(command.args_iter().next(), Some(redis::Arg::Simple(b"EVALSHA")))
}

fn ask_address<T>(result: &Result<T, StoreError>) -> Option<String> {
    match result {
        Err(StoreError::Moved { node, answer }) => match Redirection::read(answer, node)? {
            Redirection::Ask(address) => Some(address),
            Redirection::Moved(_) => None,
        },
        _ => None,
    }
}

fn position(node: &Node, value: Value) -> Result<Option<Position>, StoreError> {
    let unexpected = |answer: String| StoreError::Unexpected { node: node.address().to_owned(), command: "HGET", answer };
    match node.checked(value)? {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            text.parse().map(Some).map_err(|invalid| unexpected(format!("{invalid}")))
        }
        other => Err(unexpected(format!("{other:?}"))),
    }
}
