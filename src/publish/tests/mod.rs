//! A publisher against the mock of a cluster; what needs a real one is in `tests/it/publish`.

mod failing;
mod ordering;

use std::time::Duration;

use super::*;
use crate::config::Config;
use crate::core::channel::Channel;
use crate::core::tag_data::{TagData, TagDataObjectIdentifier};
use crate::kafka::mock::MockKafka;

const TOPIC: &str = "tag-data";
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    mock: MockKafka,
    config: Config,
}

impl World {
    fn with_partitions(partitions: u32) -> Self {
        let mock = MockKafka::start(1).unwrap();
        mock.create_topic(TOPIC, partitions).unwrap();
        let config = Config { kafka: mock.settings(TOPIC, "shasta-tags"), ..Config::default() };
        Self { mock, config }
    }

    fn connect(&self) -> Publisher {
        Publisher::connect(&self.config).unwrap()
    }
}

/// An event of the channel `app/<tag>/system`.
fn event(tag: &str, data: &str) -> TagData {
    let text = |text: &str| Some(text.to_owned());
    let identifier = TagDataObjectIdentifier { app_id: text("app"), tag: text(tag), scope: text("system"), name: text("n") };
    TagData { identifier: Some(identifier), deleted: None, lifetime: None, data: text(data) }
}

fn partition_of(tag: &str, partitions: u32) -> i32 {
    i32::try_from(Channel::new("app", tag, "system").unwrap().key().hash() % partitions).unwrap()
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}
