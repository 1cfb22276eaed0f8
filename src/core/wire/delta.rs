//! A stream entry's message, written from parts.

use super::encode::{put_bytes, put_text, put_uint};

/// What an entry does to its object. The messages come encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeltaChange<'a> {
    /// The bytes of the `TagData` as it is stored.
    Set(&'a [u8]),
    /// The bytes of a `Changed`.
    Changed(&'a [u8]),
    Deleted,
}

/// Appends the `Delta` of one event: partition, offset and timestamp (milliseconds since 1970) of its Kafka record, the object's
/// name, and the change. Scalars at proto3's default are left out, the change is always written. `partition` and `offset` are
/// those of a record, hence not negative.
pub fn encode_delta(partition: i32, offset: i64, timestamp_ms: Option<i64>, name: &str, change: DeltaChange<'_>, out: &mut Vec<u8>) {
    // partition, offset, timestamp and name are at most 6, 11, 11 and 6 bytes beside the name, the change's head 6.
    const HEADS: usize = 40;
    let message: &[u8] = match change {
        DeltaChange::Set(bytes) | DeltaChange::Changed(bytes) => bytes,
        DeltaChange::Deleted => &[],
    };
    out.reserve(HEADS + name.len() + message.len());
    let scalars = [(1, u64::from(partition as u32)), (2, offset as u64), (3, timestamp_ms.unwrap_or(0) as u64)];
    for (number, value) in scalars.into_iter().filter(|(_, value)| *value != 0) {
        put_uint(number, value, out);
    }
    if !name.is_empty() {
        put_text(4, name, out);
    }
    match change {
        DeltaChange::Set(tag_data) => put_bytes(5, tag_data, out),
        DeltaChange::Changed(changed) => put_bytes(6, changed, out),
        DeltaChange::Deleted => put_uint(7, 1, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::{Change, Changed, Delta, Member, TagData};
    use proptest::prelude::*;
    use prost::Message;

    fn changes() -> impl Strategy<Value = Change> {
        let tag_data = ("\\PC{0,300}", prop::option::of(any::<u32>())).prop_map(|(data, lifetime)| TagData {
            identifier: None,
            deleted: None,
            lifetime,
            data: Some(data),
        });
        let members = prop::collection::vec(("\\PC{0,9}", "\\PC{0,9}").prop_map(|(name, json)| Member { name, json }), 0..4);
        let changed = (members, prop::collection::vec("\\PC{0,9}", 0..4), prop::option::of(any::<u32>()))
            .prop_map(|(set, removed, lifetime)| Changed { set, removed, lifetime });
        prop_oneof![tag_data.prop_map(Change::Set), changed.prop_map(Change::Changed), Just(Change::Deleted(true))]
    }

    proptest! {
        #[test]
        fn a_delta_is_written_as_prost_writes_it(
            partition in prop_oneof![Just(0), 0..i32::MAX],
            offset in prop_oneof![Just(0), 0..i64::MAX],
            timestamp_ms in prop::option::of(prop_oneof![Just(0), Just(-1), any::<i64>()]),
            name in "\\PC{0,20}",
            change in changes(),
        ) {
            let message = match &change {
                Change::Set(tag_data) => tag_data.encode_to_vec(),
                Change::Changed(changed) => changed.encode_to_vec(),
                Change::Deleted(_) => Vec::new(),
            };
            let encoded = match &change {
                Change::Set(_) => DeltaChange::Set(&message),
                Change::Changed(_) => DeltaChange::Changed(&message),
                Change::Deleted(_) => DeltaChange::Deleted,
            };
            let mut out = vec![0xff];
            encode_delta(partition, offset, timestamp_ms, &name, encoded, &mut out);
            let delta = Delta {
                partition: partition as u32,
                offset: offset as u64,
                timestamp_ms: timestamp_ms.unwrap_or(0),
                name,
                change: Some(change),
            };
            prop_assert_eq!(&out[1..], delta.encode_to_vec());
        }
    }
}
