//! Publishes a few events and says what became of each: `cargo run --no-default-features --features publish --example publish -- 127.0.0.1:9092`.

use std::error::Error;
use std::time::Duration;

use shasta::config::Config;
use shasta::core::tag_data::{TagData, TagDataObjectIdentifier};
use shasta::{PublishError, Publisher};

/// The state of a lamp in a room: one object of the room's channel.
fn lamp(room: &str, name: &str, is_on: bool) -> TagData {
    let text = |text: &str| Some(text.to_owned());
    let identifier = TagDataObjectIdentifier { app_id: text("app"), tag: text(room), scope: text("system"), name: text(name) };
    TagData { identifier: Some(identifier), deleted: None, lifetime: Some(60), data: Some(format!(r#"{{"on":{is_on}}}"#)) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = Config::default();
    if let Some(brokers) = std::env::args().nth(1) {
        config.kafka.brokers = brokers;
    }
    let publisher = Publisher::connect(&config)?;

    // One, and the wait for it.
    match publisher.publish(lamp("room-7", "light/1", true)).await {
        Ok(published) => println!("{}/{} at {}", published.topic, published.partition, published.offset),
        Err(error) => println!("{} (worth another try: {}): {error}", error.reason(), error.is_retryable()),
    }

    // Many at once, in order per channel. What failed is ours again.
    let outcomes = publisher.publish_all((0..100).map(|number| lamp("room-7", "light/1", number % 2 == 0))).await;
    let failed: Vec<TagData> = outcomes.into_iter().filter_map(Result::err).map(PublishError::into_record).collect();
    println!("{} of 100 failed", failed.len());

    // Without waiting: failures come as a stream.
    let mut failures = publisher.failures();
    publisher.send(lamp("room-8", "light/1", true))?;
    for left in publisher.flush(Duration::from_secs(10)).await {
        println!("not acknowledged yet: {left}");
    }
    drop(publisher);
    while let Some(failure) = failures.next().await {
        println!("{failure}");
    }
    Ok(())
}
