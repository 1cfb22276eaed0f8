//! `shasta read`: a channel's snapshot on the terminal.

use std::collections::BTreeMap;
use std::io::{Write, stderr, stdout};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::client::{Channel, Client, ClientError, Object, Snapshot};
use crate::store::StoreError;

use super::runtime::block_on;
use super::{Exit, Failure, Settings, json_text};

/// Prints the snapshot of a channel as JSON
///
/// All objects, and the position in the channel's stream that they stand at, of the same instant.
#[derive(Debug, clap::Args)]
#[command(
    after_help = r#"Printed: {"channel":"app/room-7/system","position":"1789-0","objects":{"light/1":{"data":{"on":true},"lifetime":60,
"publishedAt":1700000000000,"entry":"1789-0"}}}. "data" is JSON where the object's data is, as it was published, else a string.
A channel of which nothing is there (nothing was published, or it expired) has no objects, and the exit code is 0 all the same.

Examples:
  shasta read app/room-7/system
  shasta read app/room%2F7/system --compact | jq .objects
  shasta read app/room-7/system --config /etc/shasta/shasta.toml"#
)]
pub struct Args {
    /// app_id/tag/scope, everything in them but A-Z a-z 0-9 . _ ~ - percent-escaped
    #[arg(value_name = "CHANNEL")]
    channel: Channel,
    /// Prints all of it on one line
    #[arg(long)]
    compact: bool,
}

pub fn run(args: &Args, settings: &Settings) -> Result<(), Failure> {
    let config = settings.load()?;
    let snapshot = block_on(async {
        let client = Client::connect(&config.redis).await.map_err(failure)?;
        client.snapshot(&args.channel).await.map_err(failure)
    })?;
    if snapshot.is_empty() {
        let _closed = writeln!(stderr(), "nothing is there: no event of {} was applied, or all of it expired", args.channel);
    }
    let json = serde_json::to_string(&Printed::of(&snapshot)).map_err(Failure::failed)?;
    let layout = if args.compact { json_text::compact } else { json_text::pretty };
    Ok(writeln!(stdout(), "{}", layout(&json))?)
}

fn failure(error: ClientError) -> Failure {
    let exit = match &error {
        ClientError::Store(StoreError::Settings(_)) => Exit::Configuration,
        ClientError::Store(StoreError::Refused { .. } | StoreError::Unexpected { .. }) => Exit::Failed,
        ClientError::Store(_) => Exit::Unavailable,
        ClientError::Url(_) => Exit::Configuration,
        ClientError::NoLayout { .. }
        | ClientError::Layout(_)
        | ClientError::LayoutChanged { .. }
        | ClientError::UndecodableObject { .. }
        | ClientError::UndecodableEntry { .. } => Exit::Failed,
    };
    Failure::new(exit, error)
}

#[derive(Serialize)]
struct Printed<'a> {
    channel: String,
    position: Option<String>,
    objects: BTreeMap<&'a str, PrintedObject<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintedObject<'a> {
    data: Data<'a>,
    lifetime: Option<u32>,
    published_at: Option<i64>,
    entry: Option<String>,
}

/// The exact text where it is JSON: a number may have more digits than any type here.
#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl<'a> Printed<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let objects = snapshot.objects.iter().map(|(name, object)| (name.as_str(), PrintedObject::of(object)));
        Self { channel: snapshot.channel().to_string(), position: snapshot.position().map(|id| id.to_string()), objects: objects.collect() }
    }
}

impl<'a> PrintedObject<'a> {
    fn of(object: &'a Object) -> Self {
        let data = object.data();
        Self {
            data: serde_json::from_str(data).map_or(Data::Text(data), Data::Json),
            lifetime: object.lifetime(),
            published_at: object.published_at_ms,
            entry: object.entry.map(|id| id.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::entry_id::EntryId;
    use crate::core::tag_data::TagData;

    #[test]
    fn data_is_json_as_it_was_published_and_else_a_string() {
        let object = |data: &str| {
            let tag_data = TagData { identifier: None, deleted: None, lifetime: None, data: Some(data.to_owned()) };
            Object { tag_data: tag_data.into(), entry: Some(EntryId { ms: 1, seq: 0 }), published_at_ms: Some(9) }
        };
        let objects = [("a", r#"{"b":1.0, "a":12345678901234567890123}"#), ("b", "hello"), ("c", "")];
        let objects = objects.into_iter().map(|(name, data)| (name.to_owned(), object(data))).collect();
        let snapshot = Snapshot { objects, token: "app/a%2Fb/s@-".parse().unwrap() };
        let json = json_text::compact(&serde_json::to_string(&Printed::of(&snapshot)).unwrap());
        let rest = r#""lifetime":null,"publishedAt":9,"entry":"1-0"}"#;
        let data = [r#""a":{"data":{"b":1.0,"a":12345678901234567890123},"#, r#""b":{"data":"hello","#, r#""c":{"data":"","#];
        let objects = data.map(|data| format!("{data}{rest}")).join(",");
        assert_eq!(json, format!(r#"{{"channel":"app/a%2Fb/s","position":null,"objects":{{{objects}}}}}"#));
    }
}
