//! What is printed as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::{Failure, json_text};
use crate::client::{Change, Changed, Channel, Event, Object, Snapshot, Token};

/// A channel at one instant, on one line.
pub fn snapshot(snapshot: &Snapshot) -> Result<String, Failure> {
    json(&PrintedSnapshot::of(snapshot))
}

/// A step of a followed channel, on one line.
pub fn change(channel: &Channel, change: &Change, token: Option<&Token>) -> Result<String, Failure> {
    json(&PrintedChange::of(channel, change, token))
}

/// What was published may hold white space between tokens, also line ends.
fn json(printed: &impl Serialize) -> Result<String, Failure> {
    Ok(json_text::compact(&serde_json::to_string(printed).map_err(Failure::failed)?))
}

#[derive(Serialize)]
struct PrintedSnapshot<'a> {
    channel: String,
    position: Option<String>,
    token: String,
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

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum PrintedChange<'a> {
    Snapshot(PrintedSnapshot<'a>),
    Restarted(PrintedSnapshot<'a>),
    Set(PrintedSet<'a>),
    Deleted(PrintedDeleted<'a>),
}

#[derive(Serialize)]
struct PrintedSet<'a> {
    channel: String,
    name: &'a str,
    data: Data<'a>,
    lifetime: Option<u32>,
    changed: Option<Vec<&'a str>>,
    removed: Option<&'a [String]>,
    #[serde(flatten)]
    event: PrintedEvent,
}

#[derive(Serialize)]
struct PrintedDeleted<'a> {
    channel: String,
    name: &'a str,
    #[serde(flatten)]
    event: PrintedEvent,
}

/// Where a change comes from, and the place after it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintedEvent {
    published_at: Option<i64>,
    entry: String,
    partition: u32,
    offset: u64,
    token: Option<String>,
}

impl<'a> PrintedSnapshot<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        Self {
            channel: snapshot.channel().to_string(),
            position: snapshot.position().map(|id| id.to_string()),
            token: snapshot.token.to_string(),
            objects: snapshot.objects.iter().map(|(name, object)| (name.as_str(), PrintedObject::of(object))).collect(),
        }
    }
}

impl<'a> PrintedObject<'a> {
    fn of(object: &'a Object) -> Self {
        Self {
            data: Data::of(object),
            lifetime: object.lifetime(),
            published_at: object.published_at_ms,
            entry: object.entry.map(|id| id.to_string()),
        }
    }
}

impl<'a> Data<'a> {
    fn of(object: &'a Object) -> Self {
        let data = object.data();
        serde_json::from_str(data).map_or(Data::Text(data), Data::Json)
    }
}

impl<'a> PrintedChange<'a> {
    fn of(channel: &Channel, change: &'a Change, token: Option<&Token>) -> Self {
        let channel = channel.to_string();
        match change {
            Change::Snapshot(snapshot) => Self::Snapshot(PrintedSnapshot::of(snapshot)),
            Change::Restarted(snapshot) => Self::Restarted(PrintedSnapshot::of(snapshot)),
            Change::Set { name, object, changed, event } => Self::Set(PrintedSet {
                channel,
                name,
                data: Data::of(object),
                lifetime: object.lifetime(),
                changed: changed.as_ref().map(members),
                removed: changed.as_ref().map(|changed| &changed.removed[..]),
                event: PrintedEvent::of(*event, token),
            }),
            Change::Deleted { name, event } => Self::Deleted(PrintedDeleted { channel, name, event: PrintedEvent::of(*event, token) }),
        }
    }
}

fn members(changed: &Changed) -> Vec<&str> {
    changed.set.iter().map(|member| member.name.as_str()).collect()
}

impl PrintedEvent {
    fn of(event: Event, token: Option<&Token>) -> Self {
        let Event { entry, partition, offset, published_at_ms } = event;
        Self { published_at: published_at_ms, entry: entry.to_string(), partition, offset, token: token.map(Token::to_string) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{EntryId, TagData};
    use crate::core::tag_data::Member;

    fn object(data: &str, lifetime: Option<u32>) -> Object {
        let tag_data = TagData { identifier: None, deleted: None, lifetime, data: Some(data.to_owned()) };
        Object { tag_data: tag_data.into(), entry: Some(EntryId { ms: 1, seq: 0 }), published_at_ms: Some(9) }
    }

    fn event(published_at_ms: Option<i64>) -> Event {
        Event { entry: EntryId { ms: 7, seq: 1 }, partition: 3, offset: 9_007_199_254_740_993, published_at_ms }
    }

    #[test]
    fn data_is_json_as_it_was_published_and_else_a_string() {
        let objects = [("a", "{\"b\":1.0,\n\"a\":12345678901234567890123}"), ("b", "hello"), ("c", "")];
        let objects = objects.into_iter().map(|(name, data)| (name.to_owned(), object(data, None))).collect();
        let json = snapshot(&Snapshot { objects, token: "app/a%2Fb/s@-".parse().unwrap() }).unwrap();
        let rest = r#""lifetime":null,"publishedAt":9,"entry":"1-0"}"#;
        let data = [r#""a":{"data":{"b":1.0,"a":12345678901234567890123},"#, r#""b":{"data":"hello","#, r#""c":{"data":"","#];
        let objects = data.map(|data| format!("{data}{rest}")).join(",");
        assert_eq!(json, format!(r#"{{"channel":"app/a%2Fb/s","position":null,"token":"app/a%2Fb/s@-","objects":{{{objects}}}}}"#));
    }

    #[test]
    fn each_kind_of_change_is_a_line_of_its_own() {
        let (channel, token): (Channel, Token) = ("a/b/c".parse().unwrap(), "a/b/c@7-1/3/9".parse().unwrap());
        let line = |told: Change| change(&channel, &told, Some(&token)).unwrap();
        let snapshot = Snapshot { objects: BTreeMap::new(), token: token.clone() };
        let of_snapshot = r#""channel":"a/b/c","position":"7-1","token":"a/b/c@7-1/3/9","objects":{}}"#;
        assert_eq!(line(Change::Snapshot(snapshot.clone())), format!(r#"{{"type":"snapshot",{of_snapshot}"#));
        assert_eq!(line(Change::Restarted(snapshot)), format!(r#"{{"type":"restarted",{of_snapshot}"#));
        let of_event = r#""entry":"7-1","partition":3,"offset":9007199254740993,"token":"a/b/c@7-1/3/9"}"#;
        let deleted = Change::Deleted { name: "n".to_owned(), event: event(None) };
        assert_eq!(line(deleted), format!(r#"{{"type":"deleted","channel":"a/b/c","name":"n","publishedAt":null,{of_event}"#));
        let member = Member { name: "on".to_owned(), json: "1.0".to_owned() };
        let changed = Changed { set: vec![member], removed: vec!["dim".to_owned()], lifetime: None };
        let set =
            |changed| Change::Set { name: "n".to_owned(), object: object(r#"{"on": 1.0}"#, Some(60)), changed, event: event(Some(9)) };
        let of_set = r#"{"type":"set","channel":"a/b/c","name":"n","data":{"on":1.0},"lifetime":60,"#;
        let expected = format!(r#"{of_set}"changed":["on"],"removed":["dim"],"publishedAt":9,{of_event}"#);
        assert_eq!(line(set(Some(changed))), expected);
        assert_eq!(line(set(None)), format!(r#"{of_set}"changed":null,"removed":null,"publishedAt":9,{of_event}"#));
    }
}
