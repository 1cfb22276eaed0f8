//! What a run is to be, as it is given on the command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::Failure;
use crate::core::load::figures::Objective;
use crate::core::load::schedule::{Arrivals, Closed, Pace, Population, Replay, Schedule, Stamp};
use crate::load::findings::{PairBy, Question};
use crate::load::fleet::SinkFaults;
use crate::load::run::{Level, Load, Plan, Sender, WhenFull};

/// Events of one producer's channel go round so many objects.
const OBJECTS: u32 = 10;
const WARM_UP: Duration = Duration::from_secs(10);
const LINGER: Duration = Duration::from_millis(5);
const FAT_CLIENTS: usize = 2;

/// What is sent, by whom, and how far it is followed.
#[derive(Clone, Debug, clap::Args)]
pub struct LoadOptions {
    /// Events per second over time: `1000`, `1000:30`, `100:5m`, ramps `100-2000:60`, pauses `0:30`, repeats `500:10x3`, joined by commas; a bare rate lasts 10 s
    #[arg(long, value_name = "PACE", default_value = "1000:60")]
    pub rate: Pace,
    /// How long a single bare rate lasts, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub duration: Option<Duration>,
    /// Producers: each has its own phase in the schedule, and channels of its own where there are enough
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub producers: u32,
    /// Opens so many connections, of a small pure Rust client; without it a few librdkafka clients send for all producers
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub connections: Option<u32>,
    /// Who sends
    #[arg(long, value_enum, conflicts_with = "connections")]
    pub client: Option<ClientKind>,
    /// Bytes of an event's data
    #[arg(long, default_value_t = 512)]
    pub payload: usize,
    /// Channels that the events belong to [default: one for each producer]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub channels: Option<u32>,
    /// Objects in each channel
    #[arg(long, default_value_t = OBJECTS, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub objects: u32,
    /// How the events of a producer lie in time: periodic, poisson, jitter:0.3, burst:50 or replay:FILE
    #[arg(long, default_value = "periodic")]
    pub arrivals: Arrivals,
    /// The same seed makes the same schedule
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// `open`: sent when due, whatever the system does. `closed`: each thread waits for its answer, which hides what users see; for comparison
    #[arg(long, value_enum, default_value_t = ModelKind::Open)]
    pub model: ModelKind,
    /// Threads of a closed loop
    #[arg(long, default_value_t = 50)]
    pub threads: u32,
    /// Within this time the threads of a closed loop begin, one after another
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = humantime::parse_duration)]
    pub ramp_up: Duration,
    /// Events of each thread of a closed loop
    #[arg(long, default_value_t = 1_000)]
    pub loops: u64,
    /// How far events are followed; each level adds one part, to see what it costs. `sink` tests this tool alone
    #[arg(long, value_enum, default_value_t = LevelKind::Follower)]
    pub level: LevelKind,
    /// Followers of the library; each has its share of the channels
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub followers: u16,
    /// What is sent in the first while is not counted; its rate is the first of the pace [default: 10s, of a closed loop 0s]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub warm_up: Option<Duration>,
    /// How long missing answers and events are waited for at the end
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub drain: Duration,
    /// Events that may be without an answer; one above it is dropped, and the generator was the limit
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub outstanding: u32,
    /// After this long without an acknowledgement an event has failed
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub delivery_timeout: Duration,
    /// What has to hold, of all scheduled events
    #[arg(long, default_value = "p99.99<100ms")]
    pub objective: Objective,
    /// What makes a pair of the tails D2 to D5, beside who saw the event
    #[arg(long, value_enum, default_value_t = PairKind::Host)]
    pub pair_by: PairKind,
    /// The endpoint of a worker, such as http://worker-3:9464, to know which of them stored an event; repeat it
    #[arg(long = "worker", value_name = "URL")]
    pub workers: Vec<String>,
    /// What the sink does wrong, such as pause=200ms/10s,lose=7,double=5: for `--level sink`
    #[arg(long, default_value = "", hide_default_value = true)]
    pub faults: String,
    /// This is load host I of N, counted from 0: each sends its share of the same schedule
    #[arg(long, value_name = "I/N", value_parser = share)]
    pub share: Option<(u32, u32)>,
    /// Starts at this time (RFC 3339), so that several load hosts start together
    #[arg(long, value_name = "TIME", value_parser = future)]
    pub start_at: Option<std::time::SystemTime>,
}

/// Which client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ClientKind {
    /// A few librdkafka clients
    Librdkafka,
    /// Shasta's publisher
    Shasta,
    /// librdkafka with a queue as large as it gets
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ModelKind {
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LevelKind {
    /// This process pretends to be all servers
    Sink,
    /// Kafka, and a reader of the topic
    Kafka,
    /// And the workers and Redis
    Worker,
    /// And followers of the library
    Follower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PairKind {
    Host,
    Process,
    Producer,
}

impl LevelKind {
    pub const fn level(self) -> Level {
        match self {
            Self::Sink => Level::Sink,
            Self::Kafka => Level::Kafka,
            Self::Worker => Level::Worker,
            Self::Follower => Level::Follower,
        }
    }
}

impl PairKind {
    const fn pair_by(self) -> PairBy {
        match self {
            Self::Host => PairBy::Host,
            Self::Process => PairBy::Process,
            Self::Producer => PairBy::Producer,
        }
    }
}

impl LoadOptions {
    /// A closed loop has no pace that could be kept up before it counts.
    pub fn warm_up(&self) -> Duration {
        self.warm_up.unwrap_or(if self.model == ModelKind::Closed { Duration::ZERO } else { WARM_UP })
    }

    /// The pace that is counted.
    pub fn pace(&self) -> Result<Pace, Failure> {
        let Some(duration) = self.duration else { return Ok(self.rate.clone()) };
        match self.rate.segments() {
            [only] if only.from() == only.to() => Pace::constant(only.from(), duration).map_err(Failure::usage),
            _ => Err(Failure::usage("--duration goes with a single level rate; a pace says itself how long it lasts")),
        }
    }

    /// The plan of a run at this pace.
    pub fn plan(&self, pace: &Pace) -> Result<Plan, Failure> {
        if self.payload < Stamp::MINIMUM_PAYLOAD {
            return Err(Failure::usage(format!(
                "--payload {}: at least {} bytes say which event it is",
                self.payload,
                Stamp::MINIMUM_PAYLOAD
            )));
        }
        let producers = if self.model == ModelKind::Closed { self.threads } else { self.producers };
        let population = Population::new(producers, self.channels.unwrap_or(producers), self.objects).map_err(Failure::usage)?;
        Ok(Plan {
            run: fastrand::u32(..),
            load: self.load(pace, population)?,
            population,
            payload: self.payload,
            level: self.level.level(),
            sender: self.sender()?,
            seed: self.seed,
            outstanding: Some(self.outstanding as usize),
            when_full: WhenFull::default(),
            delivery_timeout: self.delivery_timeout,
            followers: self.followers,
            warm_up: self.warm_up(),
            drain: self.drain,
            workers: self.workers.clone(),
            processes: Vec::new(),
            raw: None,
            start_at_us: self.start_at.map(real_us),
        })
    }

    fn load(&self, pace: &Pace, population: Population) -> Result<Load, Failure> {
        if self.model == ModelKind::Closed {
            return Ok(Load::Closed(Closed::new(self.threads, self.ramp_up, self.loops).map_err(Failure::usage)?));
        }
        let schedule = match &self.arrivals {
            Arrivals::Model(model) => {
                let warmed = pace.warmed_up(self.warm_up()).map_err(Failure::usage)?;
                Schedule::new(warmed, *model, population, self.seed)
            }
            Arrivals::Replay { file } => Schedule::recorded(replay(file)?, population).map_err(Failure::usage)?,
        };
        let share = self.share.map_or(Ok(schedule.clone()), |(host, hosts)| schedule.share(host, hosts)).map_err(Failure::usage)?;
        if share.is_empty() { Err(Failure::usage("no event is due in this schedule")) } else { Ok(Load::Open(share)) }
    }

    fn sender(&self) -> Result<Sender, Failure> {
        if self.level == LevelKind::Sink {
            let faults = if self.faults.is_empty() { Ok(SinkFaults::default()) } else { self.faults.parse() };
            return Ok(Sender::Sink { faults: faults.map_err(|error| Failure::usage(format!("--faults: {error}")))? });
        }
        if !self.faults.is_empty() {
            return Err(Failure::usage("--faults are those of the sink: they go with --level sink"));
        }
        Ok(match (self.connections, self.client) {
            (Some(connections), _) => Sender::Many { connections: connections as usize },
            (None, Some(ClientKind::Shasta)) => Sender::Publisher,
            (None, Some(ClientKind::Bare)) => Sender::Bare { linger: LINGER },
            (None, Some(ClientKind::Librdkafka) | None) => Sender::Fat { clients: FAT_CLIENTS, linger: Duration::ZERO },
        })
    }

    /// What is asked of the run.
    pub fn question(&self) -> Question {
        let stage = self.level.level().last();
        Question { objective: self.objective, stage, pair_by: self.pair_by.pair_by(), begin_us: self.warm_up().as_micros() as i64 }
    }
}

fn replay(file: &str) -> Result<Replay, Failure> {
    let path = PathBuf::from(file);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::usage(format!("--arrivals replay:{file}: {error}")))?;
    Replay::parse(&text).map_err(|error| Failure::usage(format!("{file}: {error}")))
}

fn share(text: &str) -> Result<(u32, u32), String> {
    let form = || format!("{text:?} is no share: expected I/N, such as 0/3 for the first of three hosts");
    let (host, hosts) = text.split_once('/').ok_or_else(form)?;
    Ok((host.parse().map_err(|_| form())?, hosts.parse().map_err(|_| form())?))
}

fn future(text: &str) -> Result<std::time::SystemTime, String> {
    let time = humantime::parse_rfc3339_weak(text).map_err(|error| format!("{error}; expected such as 2026-11-22T14:00:00Z"))?;
    if time < std::time::SystemTime::now() { Err("is past: all events would be late".to_owned()) } else { Ok(time) }
}

fn real_us(time: std::time::SystemTime) -> i64 {
    time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
