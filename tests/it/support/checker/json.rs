//! An object's data as JSON: its members with the exact texts of their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Member name, unescaped -> the value's text.
pub type Members = BTreeMap<String, String>;

/// `None` where the text is no JSON object, or one that names a member twice.
pub fn members(data: &str) -> Option<Members> {
    serde_json::from_str::<UniqueMembers>(data).ok().map(|members| members.0)
}

/// Whether two objects' data mean the same: the same members with the same texts, or else the same bytes.
pub fn same_data(left: &str, right: &str) -> bool {
    match (members(left), members(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

struct UniqueMembers(Members);

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = UniqueMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueMembers, A::Error> {
        let mut members = Members::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            if members.insert(name, value.get().to_owned()).is_some() {
                return Err(de::Error::custom("a member twice"));
            }
        }
        Ok(UniqueMembers(members))
    }
}
