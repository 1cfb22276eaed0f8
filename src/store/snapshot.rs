//! A channel as it is at one instant: its hash, and the last entry of its stream.

use redis::{Cmd, Value};

use super::node::Node;
use super::{Store, StoreError, slot_of};
use crate::core::entry_id::EntryId;
use crate::core::slice::Slice;

/// What Redis holds for a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawSnapshot {
    /// The name of each object and its encoded `TagDataEnvelope`.
    pub objects: Vec<(Vec<u8>, Vec<u8>)>,
    /// The id of the stream's last entry; `None` where there is no stream.
    pub last: Option<EntryId>,
}

impl Store {
    /// Reads a channel, given its escaped form, in one transaction. Not a script: who only reads needs no right to run any.
    ///
    /// # Errors
    /// As Redis answers; [`StoreError::Refused`] where a key of the channel has another type.
    pub async fn snapshot(&self, slice: Slice, channel: &str) -> Result<RawSnapshot, StoreError> {
        let (hash, stream) = (self.keys().snapshot(slice, channel), self.keys().stream(slice, channel));
        let mut read_hash = redis::cmd("HGETALL");
        read_hash.arg(&hash);
        let mut read_last = redis::cmd("XREVRANGE");
        read_last.arg(&stream).arg("+").arg("-").arg("COUNT").arg(1);
        let transaction: [Cmd; 4] = [redis::cmd("MULTI"), read_hash, read_last, redis::cmd("EXEC")];
        let commands = transaction.into_iter().map(|command| (slot_of(&hash), command)).collect();
        let answers = self.send_by_slot(0, commands, |node, _, value| checked(node, value)).await;
        // The first error says why: EXEC would only say that there was one.
        let answers: Vec<Value> = answers.results.into_iter().collect::<Result<_, _>>()?;
        let node = || self.node_of(slice).unwrap_or_default();
        match answers.into_iter().next_back() {
            Some(Value::Array(parts)) => snapshot(parts).map_err(|answer| unexpected(node(), answer)),
            other => Err(unexpected(node(), format!("{other:?}"))),
        }
    }
}

/// Also the answers inside of EXEC's.
fn checked(node: &Node, value: Value) -> Result<Value, StoreError> {
    match node.checked(value)? {
        Value::Array(parts) => Ok(Value::Array(parts.into_iter().map(|part| node.checked(part)).collect::<Result<_, _>>()?)),
        value => Ok(value),
    }
}

fn unexpected(node: String, answer: String) -> StoreError {
    StoreError::Unexpected { node, command: "HGETALL and XREVRANGE", answer: answer.chars().take(200).collect() }
}

fn snapshot(parts: Vec<Value>) -> Result<RawSnapshot, String> {
    let [hash, last] = <[Value; 2]>::try_from(parts).map_err(|parts| format!("{parts:?}"))?;
    let fields: Vec<Value> = match hash {
        Value::Array(fields) => fields,
        Value::Map(pairs) => pairs.into_iter().flat_map(|(field, value)| [field, value]).collect(),
        other => return Err(format!("{other:?}")),
    };
    let pair = |pair: &[Value]| match pair {
        [Value::BulkString(name), Value::BulkString(value)] => Ok((name.clone(), value.clone())),
        other => Err(format!("{other:?}")),
    };
    let objects = fields.chunks(2).map(pair).collect::<Result<_, _>>()?;
    Ok(RawSnapshot { objects, last: last_id(&last)? })
}

fn last_id(entries: &Value) -> Result<Option<EntryId>, String> {
    let odd = || format!("{entries:?}");
    let Value::Array(entries) = entries else { return Err(odd()) };
    match entries.first() {
        None => Ok(None),
        Some(Value::Array(entry)) => match entry.first() {
            Some(Value::BulkString(id)) => String::from_utf8_lossy(id).parse().map(Some).map_err(|_| odd()),
            _ => Err(odd()),
        },
        Some(_) => Err(odd()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::{ScratchRedis, run};
    use super::*;
    use crate::core::slice::SliceCount;

    const SLICE: Slice = match SliceCount::most().slice(3) {
        Some(slice) => slice,
        None => panic!("there are more than three"),
    };

    #[tokio::test]
    async fn the_hash_and_the_last_entry_are_read_together() {
        let redis = ScratchRedis::start();
        let store = Store::connect(&redis.settings()).await.unwrap();
        assert_eq!(store.snapshot(SLICE, "a/b/c").await, Ok(RawSnapshot::default()));
        let mut connection = redis.connection();
        run(&mut connection, &["XADD", "shasta:{s3}:strm:a/b/c", "5-1", "d", "x"]).unwrap();
        run(&mut connection, &["XADD", "shasta:{s3}:strm:a/b/c", "7-2", "d", "x"]).unwrap();
        run(&mut connection, &["HSET", "shasta:{s3}:snap:a/b/c", "n", "v"]).unwrap();
        let expected = RawSnapshot { objects: vec![(b"n".to_vec(), b"v".to_vec())], last: Some(EntryId { ms: 7, seq: 2 }) };
        assert_eq!(store.snapshot(SLICE, "a/b/c").await, Ok(expected));
    }

    #[tokio::test]
    async fn a_key_of_another_type_is_an_error_and_no_empty_channel() {
        let redis = ScratchRedis::start();
        let store = Store::connect(&redis.settings()).await.unwrap();
        run(&mut redis.connection(), &["SET", "shasta:{s3}:strm:a/b/c", "x"]).unwrap();
        let error = store.snapshot(SLICE, "a/b/c").await.unwrap_err();
        assert!(matches!(&error, StoreError::Refused { answer, .. } if answer.contains("WRONGTYPE")), "{error:?}");
    }
}
