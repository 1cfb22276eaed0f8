//! What is to be run.

use std::path::PathBuf;
use std::time::Duration;

use crate::core::load::schedule::{Closed, Population, Schedule};
use crate::load::channels::Channels;
use crate::load::fleet::{Route, SinkFaults};

/// Everything that decides a run, apart from the servers.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Tells this run's events and channels from those of every other.
    pub run: u32,
    pub load: Load,
    pub population: Population,
    /// Bytes of an event's data.
    pub payload: usize,
    pub level: Level,
    pub sender: Sender,
    pub seed: u64,
    /// Events that may be without an answer; above it the generator drops. `None`: any number.
    pub outstanding: Option<usize>,
    pub when_full: WhenFull,
    pub delivery_timeout: Duration,
    /// Followers of the library; each has its share of the channels.
    pub followers: u16,
    /// Events that are due before it are not counted.
    pub warm_up: Duration,
    /// How long answers and sightings are waited for after the last event. What comes later is late.
    pub drain: Duration,
    /// Endpoints of the workers, to know which of them has a partition.
    pub workers: Vec<String>,
    /// Processes of the system under test on this machine, by name: their memory and CPU are watched.
    pub processes: Vec<(u32, String)>,
    /// Where every row of the ledger is written; `None`: nowhere.
    pub raw: Option<PathBuf>,
    /// Microseconds since 1970 at which to start, so that several load hosts start together; `None`: at once.
    pub start_at_us: Option<i64>,
}

/// What a producer of the open loop does where there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The event is dropped: whoever published it was refused.
    #[default]
    Refuse,
    /// It waits, and its later events with it.
    Wait,
}

/// Who sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Sender {
    /// So many connections of a pure Rust client.
    Many { connections: usize },
    /// A few librdkafka clients.
    Fat { clients: usize, linger: Duration },
    /// Shasta's own publisher.
    Publisher,
    /// librdkafka with a queue as large as it gets.
    Bare { linger: Duration },
    /// Nobody: this process pretends to be all servers, and does wrong what it is told to.
    Sink { faults: SinkFaults },
}

/// Whether events are due whatever the system does, or each waits for the answer to the one before.
#[derive(Clone, Debug)]
pub enum Load {
    Open(Schedule),
    Closed(Closed),
}

/// What an event passes; each adds one part to the one before, to see what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing outside of this process: the tool tests itself.
    Sink,
    /// Kafka and a reader of the topic.
    Kafka,
    /// The workers and Redis.
    Worker,
    /// The library's followers.
    Follower,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Kafka => "kafka",
            Self::Worker => "worker",
            Self::Follower => "follower",
        }
    }
}

impl Sender {
    /// As a report names it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Many { .. } => "rskafka",
            Self::Fat { .. } => "librdkafka",
            Self::Publisher => "shasta",
            Self::Bare { .. } => "librdkafka without a bound",
            Self::Sink { .. } => "sink",
        }
    }
}

impl Load {
    /// How many events there will be.
    pub fn events(&self) -> u64 {
        match self {
            Self::Open(schedule) => schedule.len(),
            Self::Closed(closed) => closed.events(),
        }
    }
}

impl Plan {
    pub fn warm_up_us(&self) -> i64 {
        i64::try_from(self.warm_up.as_micros()).unwrap_or(i64::MAX)
    }

    /// The events that are counted, by their numbers.
    pub fn counted(&self) -> std::ops::Range<u64> {
        let first = match &self.load {
            Load::Open(schedule) => schedule.events().find(|due| due.at_us >= self.warm_up_us()).map_or(0, |due| due.event),
            Load::Closed(_) => 0,
        };
        first..self.load.events()
    }

    /// Which producer sends to which partition.
    pub fn routes(&self, channels: &Channels) -> Vec<Route> {
        let turns = |producer: u32| {
            // After so many events a producer has been at each of its channels.
            let round = u64::from(self.population.channels().div_ceil(self.population.producers()).max(1));
            (0..round).map(move |sequence| (producer, self.population.place(producer, sequence).0))
        };
        let routes = (0..self.population.producers()).flat_map(turns);
        let mut routes: Vec<Route> =
            routes.filter_map(|(producer, channel)| Some(Route { producer, partition: channels.get(channel)?.partition })).collect();
        routes.sort_unstable();
        routes.dedup();
        routes
    }
}
