//! Everything that runs for a demo.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;

use super::dead_letter_reader::DeadLetterReader;
use super::display::Display;
use super::error::DemoError;
use super::options::Options;
use super::rooms::Rooms;
use crate::config::{Kafka, Redis};
use crate::core::channel::Channel;
use crate::core::slice::SliceCount;
use crate::kafka::mock::MockKafka;
use crate::local::{Launcher, PrivateRedis, WorkerSettings, Workers};
use crate::store::ChannelAt;

pub const TOPIC: &str = "tag-data";
pub const GROUP: &str = "shasta-demo";

/// The broker waits so long for the group's members to come: all workers start at once, and who comes later costs a rebalance of seconds.
const MEMBERS_WITHIN: Duration = Duration::from_millis(1_500);

#[derive(Debug)]
pub struct World {
    // The clients go before the broker.
    pub dead_letters: DeadLetterReader,
    pub workers: Workers,
    pub redis: PrivateRedis,
    /// The settings of clients of the topic.
    pub kafka: Kafka,
    /// Those of [`Rooms`], by its index, with the partition of each.
    pub channels: Vec<ChannelAt>,
    pub partition_of: Vec<i32>,
    partitions: u32,
    _broker: MockKafka,
}

impl World {
    /// Starts all of it and says so.
    ///
    /// # Errors
    /// What did not start.
    pub async fn start(options: &Options, directory: &Path, display: &mut Display) -> Result<Self, DemoError> {
        let version = PrivateRedis::version().await?;
        let launcher = Launcher::new(directory).await;
        display.say("shasta demo: all of it on this machine; nothing of it stays")?;
        let broker = MockKafka::start_waiting(1, MEMBERS_WITHIN)?;
        let kafka = broker.settings(TOPIC, GROUP);
        let dead_letter_topic = kafka.dead_letter_topic();
        broker.create_topic(TOPIC, options.partitions)?;
        broker.create_topic(&dead_letter_topic, 1)?;
        let (brokers, partitions) = (&kafka.brokers, options.partitions);
        display.say(&format!("  kafka    a broker in this process at {brokers}, {TOPIC} in {partitions} partitions"))?;
        let redis = PrivateRedis::start(&launcher).await?;
        let (redis_at, pid) = (format!("127.0.0.1:{}", redis.port), redis.child.pid());
        display.say(&format!("  redis    redis-server {version} of its own at {redis_at}, pid {pid}"))?;
        let settings = worker_settings(&kafka, redis_at, options.stream_length());
        let executable = std::env::current_exe().map_err(DemoError::io("the running executable"))?;
        let workers = Workers::start(launcher, executable, &settings, options.workers)?;
        for worker in workers.all() {
            display.say(&format!("  worker   {} at http://{}, pid {}", worker.number, worker.address, worker.pid()))?;
        }
        let dead_letters = DeadLetterReader::start(&dead_letter_settings(&kafka, dead_letter_topic))?;
        let (channels, partition_of) = places(partitions);
        Ok(Self { dead_letters, workers, redis, kafka, channels, partition_of, partitions, _broker: broker })
    }

    /// Waits until every partition is worked on.
    ///
    /// # Errors
    /// Where that takes too long, or something died.
    pub async fn ready(&mut self) -> Result<(), DemoError> {
        let Self { workers, redis, partitions, .. } = self;
        Ok(workers.ready(*partitions, || redis.child.ended().map_or(Ok(()), Err)).await?)
    }

    /// Whether everything lives that should; a worker that died is started again where `keep_going`.
    ///
    /// # Errors
    /// What died.
    pub fn look_after(&mut self, keep_going: bool) -> Result<(), DemoError> {
        self.redis.child.ended().map_or(Ok(()), Err)?;
        Ok(self.workers.look_after(keep_going)?)
    }

    /// Ends what is left after the workers.
    ///
    /// # Errors
    /// Where it does not end well.
    pub async fn end(mut self) -> Result<(), DemoError> {
        const LIMIT: Duration = Duration::from_secs(5);
        self.dead_letters.close().await;
        self.redis.child.terminate();
        Ok(self.redis.child.wait(LIMIT).await?)
    }
}

/// What workers are told of this broker: an empty fetch waits its whole time at it. On a real one `fetch.wait.max.ms` is left at 500.
fn worker_settings(kafka: &Kafka, redis: String, stream_length: u64) -> WorkerSettings {
    let properties = [("heartbeat.interval.ms", "500"), ("fetch.wait.max.ms", "5")];
    WorkerSettings {
        brokers: kafka.brokers.clone(),
        topic: TOPIC.to_owned(),
        group: GROUP.to_owned(),
        redis: vec![redis],
        prefix: Redis::default().prefix,
        stream_length,
        memory: ByteSize::mib(128),
        properties: properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// An empty fetch waits its whole time at this broker, so a slow reader costs less.
fn dead_letter_settings(kafka: &Kafka, topic: String) -> Kafka {
    let mut settings = Kafka { topic, group: format!("{GROUP}-accounts"), ..kafka.clone() };
    settings.properties.insert("fetch.wait.max.ms".to_owned(), "100".to_owned());
    settings
}

/// Slice, path and partition of each channel.
fn places(partitions: u32) -> (Vec<ChannelAt>, Vec<i32>) {
    let slices = SliceCount::for_partitions(partitions);
    let place = |channel: &Channel| {
        let key = channel.key();
        (ChannelAt { slice: slices.slice_of(&key), path: key.path() }, (key.hash() % partitions) as i32)
    };
    Rooms::new(0).channels().iter().map(place).unzip()
}
