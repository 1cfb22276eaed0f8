//! One Redis server: its connections, its scripts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Pipeline, Value};
use tokio::sync::Mutex;

use super::StoreError;
use super::connect::{Connector, describe};
use super::script;

/// A server and a fixed number of multiplexed connections to it, made when first needed.
#[derive(Debug)]
pub struct Node {
    address: String,
    connector: Connector,
    lanes: Vec<Lane>,
    /// Microseconds that the last answered pipeline took; 0: none yet.
    round_trip: AtomicU64,
    /// Whether the scripts were loaded since it was connected to.
    scripts: AtomicBool,
}

#[derive(Debug, Default)]
struct Lane {
    /// Held while connecting, so that only one task connects.
    state: Mutex<LaneState>,
}

#[derive(Debug, Default)]
struct LaneState {
    connection: Option<MultiplexedConnection>,
    /// How many connections there were: only the one that failed is given up.
    generation: u64,
    failed: Option<(Instant, StoreError)>,
}

impl Node {
    pub fn new(address: &str, connector: &Connector) -> Self {
        let lanes = (0..connector.settings().connections_per_node.max(1)).map(|_| Lane::default()).collect();
        Self {
            address: address.to_owned(),
            connector: connector.clone(),
            lanes,
            round_trip: AtomicU64::new(0),
            scripts: AtomicBool::new(false),
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// How long the last answered pipeline took.
    pub fn last_round_trip(&self) -> Option<Duration> {
        match self.round_trip.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Sends a pipeline over the connection of `lane` and waits for all its answers; an error answer of one command stays in its place.
    ///
    /// # Errors
    /// Where no or not every answer came: what was carried out is not known then, and the connection is given up.
    pub async fn send(&self, lane: usize, pipeline: &Pipeline) -> Result<Vec<Value>, StoreError> {
        let lane = &self.lanes[lane % self.lanes.len()];
        let (generation, mut connection) = self.connection(lane).await?;
        let sent_at = Instant::now();
        let count = pipeline.len();
        let error = match self.answered(connection.req_packed_commands(pipeline, 0, count)).await {
            Ok(values) if values.len() == count => {
                let micros = u64::try_from(sent_at.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.round_trip.store(micros.max(1), Ordering::Relaxed);
                return Ok(values);
            }
            Ok(values) => StoreError::Lost { node: self.address.clone(), reason: format!("{} answers to {count} commands", values.len()) },
            Err(error) => error,
        };
        self.give_up(lane, generation).await;
        Err(error)
    }

    /// Waits for what was sent to this node, as long as a call may take.
    ///
    /// # Errors
    /// [`StoreError::TimedOut`] and [`StoreError::Lost`]: what was carried out is not known.
    pub(super) async fn answered<T>(&self, sent: impl Future<Output = redis::RedisResult<T>>) -> Result<T, StoreError> {
        let timeout = self.connector.settings().call_timeout;
        match tokio::time::timeout(timeout, sent).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(StoreError::Lost { node: self.address.clone(), reason: describe(&error) }),
            Err(_) => Err(StoreError::TimedOut { node: self.address.clone(), after: timeout }),
        }
    }

    /// Sends one command and waits for its answer; an error answer is an error.
    ///
    /// # Errors
    /// As [`Self::send`], and the classified error answer.
    pub async fn ask(&self, command: redis::Cmd) -> Result<Value, StoreError> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        let mut values = self.send(0, &pipeline).await?;
        values.pop().map_or_else(
            || Err(StoreError::Lost { node: self.address.clone(), reason: "no answer".to_owned() }),
            |value| self.checked(value),
        )
    }

    /// An error answer as a [`StoreError`].
    pub fn checked(&self, value: Value) -> Result<Value, StoreError> {
        match value {
            Value::ServerError(error) => {
                let answer = format!("{} {}", error.code(), error.details().unwrap_or_default());
                Err(StoreError::from_answer(&self.address, self.connector.user(), answer.trim_end()))
            }
            value => Ok(value),
        }
    }

    /// Loads the scripts; a restart or SCRIPT FLUSH loses them.
    ///
    /// # Errors
    /// As [`Self::send`], and [`StoreError::Denied`] where the user may not.
    pub async fn load_scripts(&self) -> Result<(), StoreError> {
        for source in script::SOURCES {
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(source);
            self.ask(load).await?;
        }
        self.scripts.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether it should have the scripts, as far as is known.
    pub fn has_scripts(&self) -> bool {
        self.scripts.load(Ordering::Relaxed)
    }

    /// They are gone: a restart, SCRIPT FLUSH, or another server behind the address.
    pub fn forget_scripts(&self) {
        self.scripts.store(false, Ordering::Relaxed);
    }

    async fn connection(&self, lane: &Lane) -> Result<(u64, MultiplexedConnection), StoreError> {
        let asked_at = Instant::now();
        let mut state = lane.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((state.generation, connection.clone()));
        }
        // Who waited for another's attempt shares its failure: one timeout after the other would add up to minutes.
        if let Some((failed_at, error)) = &state.failed
            && *failed_at >= asked_at
        {
            return Err(error.clone());
        }
        match self.connector.connect(&self.address).await {
            Ok(connection) => {
                state.generation += 1;
                state.connection = Some(connection.clone());
                Ok((state.generation, connection))
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn give_up(&self, lane: &Lane, generation: u64) {
        let mut state = lane.state.lock().await;
        if state.generation == generation {
            state.connection = None;
            self.forget_scripts();
        }
    }

    /// Gives all connections up: behind the same address another server may be the primary by now.
    pub async fn disconnect(&self) {
        self.forget_scripts();
        for lane in &self.lanes {
            lane.state.lock().await.connection = None;
        }
    }
}
