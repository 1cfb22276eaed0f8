//! What lies under channels' keys, as Redis answers it.

use redis::Value;

use crate::core::entry_id::EntryId;
use crate::core::slice::Slice;

/// Where a channel's keys are: its slice and its escaped form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelAt {
    pub slice: Slice,
    pub path: String,
}

/// One entry of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    /// The bytes of its `Delta`.
    pub delta: Vec<u8>,
}

pub(super) fn entries(answer: Value) -> Option<Vec<Entry>> {
    array(answer)?.into_iter().map(entry).collect()
}

fn entry(answer: Value) -> Option<Entry> {
    let [id, fields] = <[Value; 2]>::try_from(array(answer)?).ok()?;
    let [_, delta] = <[Value; 2]>::try_from(array(fields)?).ok()?;
    Some(Entry { id: String::from_utf8(bytes(id)?).ok()?.parse().ok()?, delta: bytes(delta)? })
}

pub(super) fn fields(answer: Value) -> Option<Vec<(String, Vec<u8>)>> {
    let pairs: Vec<(Value, Value)> = match answer {
        Value::Map(pairs) => pairs,
        other => {
            let mut values = array(other)?.into_iter();
            std::iter::from_fn(|| Some((values.next()?, values.next()?))).collect()
        }
    };
    pairs.into_iter().map(|(name, value)| Some((String::from_utf8(bytes(name)?).ok()?, bytes(value)?))).collect()
}

fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}
