//! An event and its identifier as they were published, borrowed.
//!
//! What is accepted and what it means is what prost makes of the same bytes: a repeated identifier is merged, the last scalar
//! wins, fields that are unknown are passed over. They are not lost: an event is stored as the bytes that came.

use super::error::WireError;
use super::field::Fields;

/// A borrowed `TagDataObjectIdentifier`: what a Kafka key holds, and what an event names its object by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentifierRef<'a> {
    pub app_id: Option<&'a str>,
    pub tag: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub name: Option<&'a str>,
}

/// A borrowed `TagData`.
#[derive(Clone, Copy, Debug)]
pub struct TagDataRef<'a> {
    pub app_id: Option<&'a str>,
    pub tag: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub name: Option<&'a str>,
    pub deleted: Option<bool>,
    /// Seconds.
    pub lifetime: Option<u32>,
    pub data: Option<&'a str>,
    /// Whether there is an identifier at all; an empty one is one.
    pub has_identifier: bool,
    /// Whether the event or its identifier has fields besides these.
    pub has_unknown: bool,
    /// The whole message as it came.
    pub bytes: &'a [u8],
}

impl<'a> IdentifierRef<'a> {
    /// Reads a whole message. Errors name the field and the byte.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut identifier = Self::default();
        identifier.merge(Fields::of(bytes))?;
        Ok(identifier)
    }

    /// Whether there were fields besides the known ones.
    fn merge(&mut self, fields: Fields<'a>) -> Result<bool, WireError> {
        let mut has_unknown = false;
        for field in fields {
            let field = field?;
            match field.number {
                1 => self.app_id = Some(field.text("identifier.app_id")?),
                2 => self.tag = Some(field.text("identifier.tag")?),
                3 => self.scope = Some(field.text("identifier.scope")?),
                4 => self.name = Some(field.text("identifier.name")?),
                _ => has_unknown = true,
            }
        }
        Ok(has_unknown)
    }
}

impl<'a> TagDataRef<'a> {
    /// Reads a whole message. Errors name the field and the byte.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut identifier = None;
        let mut has_unknown = false;
        let (mut deleted, mut lifetime, mut data) = (None, None, None);
        for field in Fields::of(bytes) {
            let field = field?;
            match field.number {
                1 => has_unknown |= identifier.get_or_insert_with(IdentifierRef::default).merge(field.fields("identifier")?)?,
                2 => deleted = Some(field.varint("deleted")? != 0),
                // A longer varint is cut to 32 bits, as every implementation does.
                3 => lifetime = Some(field.varint("lifetime")? as u32),
                4 => data = Some(field.text("data")?),
                _ => has_unknown = true,
            }
        }
        let has_identifier = identifier.is_some();
        let IdentifierRef { app_id, tag, scope, name } = identifier.unwrap_or_default();
        Ok(Self { app_id, tag, scope, name, deleted, lifetime, data, has_identifier, has_unknown, bytes })
    }

    /// The identifier, if there is one; an empty one is one.
    pub fn identifier(&self) -> Option<IdentifierRef<'a>> {
        let Self { app_id, tag, scope, name, .. } = *self;
        self.has_identifier.then_some(IdentifierRef { app_id, tag, scope, name })
    }

    /// Whether nothing but `data` and `lifetime` differs: the same identifier (its presence, fields and unknown fields), the same
    /// `deleted` (presence and value) and the same unknown fields, byte for byte in their order.
    pub fn same_but_data_and_lifetime(&self, other: &TagDataRef<'_>) -> bool {
        self.has_identifier == other.has_identifier
            && self.name == other.name
            && self.tag == other.tag
            && self.app_id == other.app_id
            && self.scope == other.scope
            && self.deleted == other.deleted
            && self.has_unknown == other.has_unknown
            && (!self.has_unknown || self.same_unknown(other))
    }

    // Rare, so the message is read again instead of every event keeping a list.
    fn same_unknown(&self, other: &TagDataRef<'_>) -> bool {
        unknown(Fields::of(self.bytes)).eq(unknown(Fields::of(other.bytes)))
            && unknown_in_identifier(self.bytes).eq(unknown_in_identifier(other.bytes))
    }
}

/// Both messages know the fields 1 to 4.
fn unknown<'a>(fields: Fields<'a>) -> impl Iterator<Item = &'a [u8]> {
    fields.flatten().filter(|field| field.number > 4).map(|field| field.raw)
}

fn unknown_in_identifier(event: &[u8]) -> impl Iterator<Item = &[u8]> {
    let identifiers = Fields::of(event).flatten().filter(|field| field.number == 1);
    identifiers.filter_map(|field| field.fields("identifier").ok()).flat_map(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::tag_data::{TagData, TagDataObjectIdentifier};
    use proptest::prelude::*;
    use prost::Message;

    fn owned_identifier(identifier: &IdentifierRef<'_>) -> TagDataObjectIdentifier {
        let [app_id, tag, scope, name] =
            [identifier.app_id, identifier.tag, identifier.scope, identifier.name].map(|part| part.map(str::to_owned));
        TagDataObjectIdentifier { app_id, tag, scope, name }
    }

    fn owned(event: &TagDataRef<'_>) -> TagData {
        let identifier = event.identifier().as_ref().map(owned_identifier);
        TagData { identifier, deleted: event.deleted, lifetime: event.lifetime, data: event.data.map(str::to_owned) }
    }

    /// Both accept the bytes and read the same, or both refuse them.
    fn same_as_prost(bytes: &[u8]) -> Result<(), TestCaseError> {
        let event = TagDataRef::decode(bytes).map(|event| owned(&event));
        let expected = TagData::decode(bytes);
        prop_assert_eq!(event.as_ref().ok(), expected.as_ref().ok(), "{:02x?}: {:?}", bytes, event);
        let identifier = IdentifierRef::decode(bytes).map(|identifier| owned_identifier(&identifier));
        let expected = TagDataObjectIdentifier::decode(bytes);
        prop_assert_eq!(identifier.as_ref().ok(), expected.as_ref().ok(), "{:02x?}: {:?}", bytes, identifier);
        Ok(())
    }

    fn events() -> impl Strategy<Value = TagData> {
        let part = || prop::option::of("\\PC{0,12}");
        let identifier =
            (part(), part(), part(), part()).prop_map(|(app_id, tag, scope, name)| TagDataObjectIdentifier { app_id, tag, scope, name });
        (prop::option::of(identifier), any::<Option<bool>>(), any::<Option<u32>>(), prop::option::of("\\PC{0,40}"))
            .prop_map(|(identifier, deleted, lifetime, data)| TagData { identifier, deleted, lifetime, data })
    }

    /// One field, nearly well formed: mostly of a known number, of any wire type, sometimes a message or a group of such fields.
    fn fields() -> impl Strategy<Value = Vec<u8>> {
        let number = prop_oneof![8 => 1u64..6, 1 => 0u64..40, 1 => Just((1 << 29) - 1), 1 => any::<u64>()];
        let value = prop_oneof![
            (any::<u64>(), 0..64u32).prop_map(|(value, shift)| (0, varint(value >> shift))),
            prop::collection::vec(any::<u8>(), 7..10).prop_map(|bytes| (1, bytes)),
            "\\PC{0,6}".prop_map(|text| (2, delimited(text.as_bytes()))),
            prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| (2, delimited(&bytes))),
            prop::collection::vec(any::<u8>(), 3..6).prop_map(|bytes| (5, bytes)),
            (0..8u64).prop_map(|wire_type| (wire_type, Vec::new())),
        ];
        let field = (number, value).prop_map(|(number, (wire_type, value))| [varint(number.wrapping_shl(3) | wire_type), value].concat());
        field.prop_recursive(4, 24, 4, |inner| {
            (1..6u64, any::<bool>(), prop::collection::vec(inner, 0..4)).prop_map(|(number, group, inner)| match group {
                true => [varint(number << 3 | 3), inner.concat(), varint(number << 3 | 4)].concat(),
                false => [varint(number << 3 | 2), delimited(&inner.concat())].concat(),
            })
        })
    }

    fn varint(value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        prost::encoding::encode_varint(value, &mut out);
        out
    }

    fn delimited(bytes: &[u8]) -> Vec<u8> {
        [varint(bytes.len() as u64), bytes.to_vec()].concat()
    }

    #[test]
    fn what_is_wrong_is_said_with_the_field_and_its_place() {
        let said = |bytes| TagDataRef::decode(bytes).unwrap_err().to_string();
        assert_eq!(said(b"\x0a\x05\x12\x03a\xffb"), "identifier.tag is not UTF-8, at byte 5");
        assert_eq!(said(b"\x10\x00\x20\x01"), "data has wire type Varint instead of LengthDelimited, at byte 2");
        assert_eq!(said(b"\x22\x05abc"), "the message ends within a field, at byte 2");
    }

    #[test]
    fn a_repeated_identifier_is_merged_and_the_last_scalar_wins() {
        let bytes = b"\x0a\x03\x0a\x01a\x18\x01\x0a\x06\x12\x01t\x0a\x01b\x18\x02";
        let event = TagDataRef::decode(bytes).unwrap();
        assert_eq!((event.app_id, event.tag, event.lifetime), (Some("b"), Some("t"), Some(2)));
    }

    #[test]
    fn groups_are_as_deep_as_prost_has_them() {
        for depth in 90..110 {
            let groups = [vec![0x2b; depth], vec![0x2c; depth]].concat();
            let within = [vec![0x2b; depth], vec![0x28, 1], vec![0x2c; depth]].concat();
            for bytes in [&groups, &within] {
                same_as_prost(bytes).unwrap();
                same_as_prost(&[vec![0x0a], delimited(bytes)].concat()).unwrap();
            }
        }
    }

    #[test]
    fn varints_are_as_long_as_prost_has_them() {
        for length in 0..12 {
            for last in 0..4 {
                let bytes = [vec![0x18], vec![0xff; length], vec![last]].concat();
                same_as_prost(&bytes).unwrap();
                same_as_prost(&bytes[1..]).unwrap();
            }
        }
    }

    #[test]
    fn only_data_and_lifetime_may_differ() {
        let base: &[u8] = b"\x0a\x06\x22\x01n\x2a\x01x\x10\x00\x18\x07\x22\x01d\x30\x09";
        let alike: [&[u8]; 4] = [
            b"\x0a\x06\x22\x01n\x2a\x01x\x10\x00\x30\x09",
            b"\x22\x02ee\x30\x09\x0a\x06\x22\x01n\x2a\x01x\x18\x08\x10\x00",
            b"\x0a\x03\x2a\x01x\x10\x01\x10\x00\x30\x09\x0a\x03\x22\x01n",
            b"\x0a\x06\x2a\x01x\x22\x01n\x30\x09\x10\x00",
        ];
        let different: [&[u8]; 8] = [
            b"\x10\x00\x30\x09",
            b"\x0a\x06\x22\x01m\x2a\x01x\x10\x00\x30\x09",
            b"\x0a\x06\x22\x01n\x2a\x01y\x10\x00\x30\x09",
            b"\x0a\x03\x22\x01n\x10\x00\x30\x09",
            b"\x0a\x06\x22\x01n\x2a\x01x\x30\x09",
            b"\x0a\x06\x22\x01n\x2a\x01x\x10\x01\x30\x09",
            b"\x0a\x06\x22\x01n\x2a\x01x\x10\x00\x30\x08",
            b"\x0a\x06\x22\x01n\x2a\x01x\x10\x00\x30\x09\x30\x09",
        ];
        let base = TagDataRef::decode(base).unwrap();
        for (others, same) in [(&alike[..], true), (&different[..], false)] {
            for bytes in others {
                let other = TagDataRef::decode(bytes).unwrap();
                assert_eq!(base.same_but_data_and_lifetime(&other), same, "{bytes:02x?}");
                assert_eq!(other.same_but_data_and_lifetime(&base), same, "{bytes:02x?}");
            }
        }
    }

    #[test]
    fn an_unknown_field_counts_where_it_is() {
        let [inside, outside, nowhere]: [&[u8]; 3] = [b"\x0a\x02\x30\x09", b"\x0a\x00\x30\x09", b"\x0a\x00"];
        let [inside, outside, nowhere] = [inside, outside, nowhere].map(|bytes| TagDataRef::decode(bytes).unwrap());
        for (one, other) in [(inside, outside), (inside, nowhere), (outside, nowhere)] {
            assert!(!one.same_but_data_and_lifetime(&other) && !other.same_but_data_and_lifetime(&one));
        }
    }

    proptest! {
        #![proptest_config(crate::core::properties::at_least(2_000))]

        #[test]
        fn random_bytes_are_read_as_prost_reads_them(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            same_as_prost(&bytes)?;
        }

        #[test]
        fn nearly_well_formed_fields_are_read_as_prost_reads_them(fields in prop::collection::vec(fields(), 0..6)) {
            same_as_prost(&fields.concat())?;
        }

        #[test]
        fn a_mutated_event_is_read_as_prost_reads_it(
            event in events(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
        ) {
            let mut bytes = event.encode_to_vec();
            for (index, byte, kind) in changes {
                let index = index.index(bytes.len() + 1);
                match kind {
                    0 => bytes.insert(index, byte),
                    1 if index < bytes.len() => bytes[index] = byte,
                    _ if index < bytes.len() => drop(bytes.remove(index)),
                    _ => {}
                }
            }
            same_as_prost(&bytes)?;
        }
    }

    proptest! {
        #[test]
        fn every_truncation_is_read_as_prost_reads_it(event in events(), more in fields()) {
            let bytes = [event.encode_to_vec(), more].concat();
            for length in 0..=bytes.len() {
                same_as_prost(&bytes[..length])?;
            }
        }

        #[test]
        fn an_event_is_the_same_as_itself_with_other_data(event in events(), more in fields(), data: Option<String>, lifetime: Option<u32>) {
            let other = TagData { data, lifetime, ..event.clone() };
            let [bytes, other_bytes] = [&event, &other].map(|event| [event.encode_to_vec(), more.clone()].concat());
            if let (Ok(event), Ok(other)) = (TagDataRef::decode(&bytes), TagDataRef::decode(&other_bytes)) {
                prop_assert!(event.same_but_data_and_lifetime(&other));
            }
        }

        #[test]
        fn events_that_are_the_same_are_so_for_prost(one in events(), other in events()) {
            let [bytes, other_bytes] = [&one, &other].map(Message::encode_to_vec);
            let same = TagDataRef::decode(&bytes).unwrap().same_but_data_and_lifetime(&TagDataRef::decode(&other_bytes).unwrap());
            prop_assert_eq!(same, one.identifier == other.identifier && one.deleted == other.deleted);
        }
    }
}
