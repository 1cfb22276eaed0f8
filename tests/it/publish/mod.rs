//! The library's publisher against a real Kafka.

mod bounded;
mod command;
mod growth;
mod life;
mod refused;
mod rights;

use std::collections::BTreeMap;
use std::time::Duration;

use shasta::config::Config;
use shasta::core::tag_data::{TagData, TagDataObjectIdentifier};
use shasta::{PublishError, Published, Publisher};
use tokio::runtime::Runtime;

use crate::support::kafka::KafkaBroker;

/// Longer than anything that is waited for here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn config(kafka: &KafkaBroker, topic: &str) -> Config {
    let mut config = Config::default();
    config.kafka.brokers = kafka.address();
    config.kafka.topic = topic.to_owned();
    config.kafka.group = format!("{topic}-group");
    config.publish.metadata_interval = Duration::from_millis(200);
    // A broker that was restarted is found again at once.
    config.kafka.properties = BTreeMap::from(
        [("reconnect.backoff.ms", "20"), ("reconnect.backoff.max.ms", "200")].map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    config
}

/// An event of the channel `app/<tag>/system`.
fn event(tag: &str, data: &str) -> TagData {
    let text = |text: &str| Some(text.to_owned());
    let identifier = TagDataObjectIdentifier { app_id: text("app"), tag: text(tag), scope: text("system"), name: text("n") };
    TagData { identifier: Some(identifier), deleted: None, lifetime: None, data: text(data) }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it took too long")
}

/// Publishes one, and again while the failure says that this may help.
async fn published(publisher: &Publisher, record: TagData) -> Result<Published, PublishError> {
    within(publisher.publish(record)).await
}
