//! Follows a channel, and goes on where the last run was:
//!
//!     cargo run --example follow -- redis://127.0.0.1 app/room-7/system /tmp/room-7.token

use std::path::Path;
use std::{env, fs, io};

use anyhow::Context;
use shasta::{Change, Client, Token};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [redis, channel, file] = &arguments[..] else { anyhow::bail!("expected a Redis URL, a channel and a file for the token") };
    let client = Client::connect(redis.as_str()).await?;
    let mut room = match saved(Path::new(file))? {
        Some(token) => client.resume(token),
        None => client.follow(channel.parse()?).await?,
    };
    while let Some(change) = room.next().await {
        match change? {
            Change::Snapshot(snapshot) => println!("{} objects", snapshot.objects.len()),
            Change::Set { name, object, .. } => println!("{name} is {}", object.data()),
            Change::Deleted { name, .. } => println!("{name} is gone"),
            // What was there before counts no more: it may be older or newer than this.
            Change::Restarted(snapshot) => println!("once more: {} objects", snapshot.objects.len()),
        }
        // After the change was dealt with: a crash in between tells it again, and leaves none out.
        save(Path::new(file), &room.token())?;
    }
    Ok(())
}

fn saved(file: &Path) -> anyhow::Result<Option<Token>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.parse()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

/// Whole or not at all.
fn save(file: &Path, token: &Token) -> anyhow::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, token.to_string()).with_context(|| new.display().to_string())?;
    fs::rename(&new, file).with_context(|| file.display().to_string())
}
