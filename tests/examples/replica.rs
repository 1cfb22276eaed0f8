//! Keeps a channel's objects at hand, and prints one of them whenever it changes:
//!
//!     cargo run --example replica -- redis://127.0.0.1 app/room-7/system light/1

use std::env;

use shasta::Client;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [redis, channel, name] = &arguments[..] else { anyhow::bail!("expected a Redis URL, a channel and the name of an object") };
    let client = Client::connect(redis.as_str()).await?;
    // Complete from here on. A server would hand it to those who answer requests: `get` waits for nothing.
    let mut replica = client.replica(channel.parse()?).await?;
    let mut shown = None;
    loop {
        let object = replica.get(name);
        if shown != Some(object.clone()) {
            println!("{name} is {}", object.as_ref().map_or("not there", |object| object.data()));
            shown = Some(object);
        }
        if let Some(error) = replica.error() {
            eprintln!("not up to date: {error}");
        }
        replica.changed().await;
    }
}
