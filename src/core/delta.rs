//! What a stream entry says of an object: only the members of its JSON data that changed, where both sides are objects.
//!
//! The form is `Changed` of `shasta.v1`: `set` holds the members that are new or whose value text changed, `removed` the names of those
//! that went, `lifetime` the new lifetime where it is another one. Whoever applies it gets the same data, though not the same bytes:
//! order and white space between members do not count.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use super::json_object::{JsonObject, Member};

/// What a delta compares of an object's TagData, as it was or as it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side<'a> {
    pub data: Option<&'a str>,
    /// In seconds.
    pub lifetime: Option<u32>,
}

/// A member that a delta sets: its name after unescaping, and the exact text of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberChange<'a> {
    pub name: &'a str,
    pub json: &'a str,
}

/// A delta that does not fit onto the data at hand: read the object again. No retry can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("the data that a delta changes is no JSON object with each name once")]
    NoObject,
    #[error("a delta removes a member that the data does not have")]
    NoSuchMember,
    #[error("a delta sets a member to what is no JSON text")]
    NoJson,
}

/// The encoded `Changed` that leads from `previous` to `new`, empty where nothing changed.
///
/// `None` where only the whole TagData can say it: one of the two is no JSON object or repeats a member name, or the lifetime went.
/// Whether it is smaller than the whole is for the caller to judge.
pub fn changed(previous: Side<'_>, new: Side<'_>) -> Option<Vec<u8>> {
    if previous.lifetime.is_some() && new.lifetime.is_none() {
        return None;
    }
    let [before, after] = [JsonObject::parse(previous.data?)?, JsonObject::parse(new.data?)?];
    let mut encoded = Vec::new();
    let mut kept = 0;
    for (index, member) in after.members().iter().enumerate() {
        let same_name = before.find(&member.name, index);
        kept += usize::from(same_name.is_some());
        if same_name.is_none_or(|at| before.members()[at].value != member.value) {
            encode_member(member, &mut encoded);
        }
    }
    // Names are unique on both sides: if as many were kept as there were, none went.
    if kept < before.members().len() {
        for (index, member) in before.members().iter().enumerate() {
            if after.find(&member.name, index).is_none() {
                encode_string(REMOVED, &member.name, &mut encoded);
            }
        }
    }
    if let Some(lifetime) = new.lifetime.filter(|_| new.lifetime != previous.lifetime) {
        encode_key(LIFETIME, WireType::Varint, &mut encoded);
        encode_varint(u64::from(lifetime), &mut encoded);
    }
    Some(encoded)
}

/// The data after a delta: members that stay keep their place, new ones follow in the delta's order, without white space between them.
///
/// # Errors
/// Where the delta was not made from this data, see [`Misfit`].
pub fn apply(data: &str, set: &[MemberChange<'_>], removed: &[impl AsRef<str>]) -> Result<String, Misfit> {
    let object = JsonObject::parse(data).ok_or(Misfit::NoObject)?;
    let members = object.members();
    let mut values: Vec<Option<&str>> = members.iter().map(|member| Some(member.value)).collect();
    let mut added = Vec::new();
    for change in set {
        let value: &serde_json::value::RawValue = serde_json::from_str(change.json).map_err(|_| Misfit::NoJson)?;
        match object.find(change.name, 0) {
            Some(at) => values[at] = Some(value.get()),
            None => added.push((serde_json::Value::from(change.name).to_string(), value.get())),
        }
    }
    for name in removed {
        let at = object.find(name.as_ref(), 0).ok_or(Misfit::NoSuchMember)?;
        values[at] = None;
    }
    let staying = members.iter().zip(values).filter_map(|(member, value)| Some((member.name_text, value?)));
    let mut text = String::with_capacity(data.len() + set.iter().map(|change| change.name.len() + change.json.len() + 8).sum::<usize>());
    for (name, value) in staying.chain(added.iter().map(|(name, value)| (name.as_str(), *value))) {
        text.push(if text.is_empty() { '{' } else { ',' });
        text.push_str(name);
        text.push(':');
        text.push_str(value);
    }
    text.push_str(if text.is_empty() { "{}" } else { "}" });
    Ok(text)
}

/// Whether two objects' data are the same: the same members with the same value texts, whatever their order and the white space
/// between them; or else the same bytes.
pub fn same_data(a: Option<&str>, b: Option<&str>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a == b };
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (JsonObject::parse(a), JsonObject::parse(b)) else { return false };
    let in_b = |(index, member): (usize, &Member<'_>)| b.find(&member.name, index).is_some_and(|at| b.members()[at].value == member.value);
    a.members().len() == b.members().len() && a.members().iter().enumerate().all(in_b)
}

// Field numbers of `Changed` and `Member`.
const SET: u32 = 1;
const REMOVED: u32 = 2;
const LIFETIME: u32 = 3;
const NAME: u32 = 1;
const JSON: u32 = 2;

fn encode_member(member: &Member<'_>, encoded: &mut Vec<u8>) {
    encode_key(SET, WireType::LengthDelimited, encoded);
    encode_varint((string_length(&member.name) + string_length(member.value)) as u64, encoded);
    // proto3 leaves an empty string out; it reads back as empty. A value's text is never empty.
    if !member.name.is_empty() {
        encode_string(NAME, &member.name, encoded);
    }
    encode_string(JSON, member.value, encoded);
}

/// The bytes of a string field of `Member`, its one-byte tag included, 0 where it is left out.
fn string_length(text: &str) -> usize {
    if text.is_empty() { 0 } else { 1 + encoded_len_varint(text.len() as u64) + text.len() }
}

fn encode_string(field: u32, text: &str, encoded: &mut Vec<u8>) {
    encode_key(field, WireType::LengthDelimited, encoded);
    encode_varint(text.len() as u64, encoded);
    encoded.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    struct Changed {
        #[prost(message, repeated, tag = "1")]
        set: Vec<Set>,
        #[prost(string, repeated, tag = "2")]
        removed: Vec<String>,
        #[prost(uint32, optional, tag = "3")]
        lifetime: Option<u32>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Set {
        #[prost(string, tag = "1")]
        name: String,
        #[prost(string, tag = "2")]
        json: String,
    }

    fn side(data: &str) -> Side<'_> {
        Side { data: Some(data), lifetime: None }
    }

    fn decoded(previous: &str, new: &str) -> Option<Changed> {
        let encoded = changed(side(previous), side(new))?;
        let message = Changed::decode(encoded.as_slice()).unwrap();
        assert_eq!(message.encode_to_vec(), encoded, "the encoding is the one of prost");
        Some(message)
    }

    fn applied(data: &str, delta: &Changed) -> Result<String, Misfit> {
        let set: Vec<_> = delta.set.iter().map(|member| MemberChange { name: &member.name, json: &member.json }).collect();
        apply(data, &set, &delta.removed)
    }

    fn set(members: &[(&str, &str)]) -> Vec<Set> {
        members.iter().map(|(name, json)| Set { name: (*name).to_owned(), json: (*json).to_owned() }).collect()
    }

    #[test]
    fn only_what_changed_is_carried_in_the_order_of_the_new_text() {
        let delta = decoded(r#"{"a":1,"b":[1, 2],"c":null,"d":{}}"#, r#"{ "new":"x", "b":[1,2], "a":1 ,"":0}"#).unwrap();
        assert_eq!(delta.set, set(&[("new", "\"x\""), ("b", "[1,2]"), ("", "0")]));
        assert_eq!(delta.removed, ["c", "d"]);
        assert_eq!(decoded(r#"{"a":1,"b":2}"#, r#"{"b":2, "\u0061":1}"#), Some(Changed::default()));
    }

    #[test]
    fn the_text_of_a_number_counts_not_its_value() {
        assert_eq!(decoded(r#"{"a":1.0}"#, r#"{"a":1.00}"#).unwrap().set, set(&[("a", "1.00")]));
    }

    #[test]
    fn what_is_no_object_on_either_side_makes_no_delta() {
        for text in ["", "1", "[]", "{\"a\":1", "{\"a\":1,\"\\u0061\":2}", "{\"\\udc00\":1}"] {
            assert_eq!(changed(side(text), side("{}")), None, "{text:?}");
            assert_eq!(changed(side("{}"), side(text)), None, "{text:?}");
        }
        let none = Side { data: None, lifetime: None };
        assert_eq!((changed(none, side("{}")), changed(side("{}"), none)), (None, None));
    }

    #[test]
    fn a_lifetime_is_carried_where_it_changed_and_never_taken_away() {
        let with = |lifetime| Side { data: Some("{}"), lifetime };
        for (previous, new, carried) in
            [(None, None, None), (Some(5), Some(5), None), (None, Some(0), Some(0)), (Some(5), Some(6), Some(6))]
        {
            let encoded = changed(with(previous), with(new)).unwrap();
            assert_eq!(Changed::decode(encoded.as_slice()).unwrap().lifetime, carried);
        }
        assert_eq!(changed(with(Some(5)), with(None)), None);
    }

    #[test]
    fn a_delta_is_applied_in_place_and_what_is_new_follows() {
        let changes = [MemberChange { name: "q\"", json: " 1" }, MemberChange { name: "a", json: "2" }];
        assert_eq!(apply(r#"{ "\u0061":1, "b":2 , "c":3}"#, &changes, &["b"]).unwrap(), r#"{"\u0061":2,"c":3,"q\"":1}"#);
        assert_eq!(apply(r#"{"a":1}"#, &[], &["a"]).unwrap(), "{}");
    }

    #[test]
    fn a_delta_that_was_made_from_other_data_is_refused() {
        assert_eq!(apply("[]", &[], &[""; 0]), Err(Misfit::NoObject));
        assert_eq!(apply("{}", &[], &["a"]), Err(Misfit::NoSuchMember));
        for json in ["", "{", "1 2"] {
            assert_eq!(apply("{}", &[MemberChange { name: "a", json }], &[""; 0]), Err(Misfit::NoJson));
        }
    }

    #[test]
    fn data_is_the_same_by_members_or_by_bytes() {
        for (a, b) in
            [("{\"a\":1,\"b\":2}", " {\"b\":2 ,\"\\u0061\": 1}"), ("{", "{"), ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"), ("[1]", "[1]")]
        {
            assert!(same_data(Some(a), Some(b)), "{a} {b}");
        }
        for (a, b) in
            [("{\"a\":1}", "{\"a\":1.0}"), ("{\"a\":1}", "{\"a\":1,\"b\":1}"), ("[1]", "[ 1]"), ("{\"a\":1,\"a\":1}", "{\"a\":1 ,\"a\":1}")]
        {
            assert!(!same_data(Some(a), Some(b)), "{a} {b}");
        }
        assert!(same_data(None, None));
        assert!(!same_data(None, Some("")) && !same_data(Some("{}"), None));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = |leaf: &str| format!("{{\"a\":{}{leaf}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let delta = decoded(&deep("1"), &deep("2")).unwrap();
        assert_eq!(applied(&deep("1"), &delta).unwrap(), deep("2"));
    }

    fn name() -> impl Strategy<Value = String> {
        // The same few names, differently escaped, so that they meet; and any others.
        let few = prop::sample::select(vec!["a", "\\u0061", "b", "\\\"", "\\u0022", "é", "\\u00e9", "😀", "\\ud83d\\ude00", "", "\\ud800"]);
        prop_oneof![20 => few.prop_map(str::to_owned), 5 => "[a-e]{1,2}", 3 => "[^\"\\\\\\x00-\\x1f]{0,6}"]
    }

    fn space() -> impl Strategy<Value = String> {
        prop_oneof![3 => Just(String::new()), 1 => "[ \t\n\r]{1,3}"]
    }

    fn value() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            prop::sample::select(vec![
                "null",
                "true",
                "0",
                "-1",
                "1.50",
                "1e400",
                "12345678901234567890123",
                "\"\\ud800\"",
                "\"\\n\"",
                "\"}\""
            ])
            .prop_map(str::to_owned),
            "\"[^\"\\\\\\x00-\\x1f]{0,8}\"",
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                (prop::collection::vec(inner.clone(), 0..4), space())
                    .prop_map(|(items, space)| format!("[{}]", items.join(&format!("{space},")))),
                prop::collection::vec((name(), space(), inner), 0..4).prop_map(|members| object(&members)),
            ]
        })
    }

    fn object(members: &[(String, String, String)]) -> String {
        let members: Vec<_> =
            members.iter().map(|(name, space, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn data() -> impl Strategy<Value = String> {
        let members = |count| prop::collection::vec((name(), space(), value()), count);
        prop_oneof![8 => members(0..6), 1 => members(0..40)].prop_map(|members| object(&members))
    }

    /// Objects of more members than are searched one by one, no name twice.
    fn large() -> impl Strategy<Value = String> {
        prop::collection::btree_map("[a-d]{1,3}", value(), 20..60)
            .prop_map(|members| object(&members.into_iter().map(|(name, value)| (name, String::new(), value)).collect::<Vec<_>>()))
    }

    fn members_are_unique(text: &str) -> bool {
        JsonObject::parse(text).is_some()
    }

    proptest! {
        #[test]
        fn whoever_applies_a_delta_gets_the_same_data(previous in prop_oneof![data(), large()], new in prop_oneof![data(), large()]) {
            match decoded(&previous, &new) {
                Some(delta) => {
                    let text = applied(&previous, &delta).unwrap();
                    prop_assert!(same_data(Some(&text), Some(&new)), "{previous} + {delta:?} = {text}, not {new}");
                    prop_assert_eq!(changed(side(&text), side(&new)), Some(Vec::new()));
                }
                None => prop_assert!(!members_are_unique(&previous) || !members_are_unique(&new)),
            }
        }

        #[test]
        fn truncated_data_is_never_an_object(text in data(), cut in any::<prop::sample::Index>()) {
            let cut = (0..text.len()).filter(|at| text.is_char_boundary(*at)).nth(cut.index(text.chars().count())).unwrap_or(0);
            prop_assert_eq!(changed(side("{}"), side(&text[..cut])), None);
        }

        #[test]
        fn same_data_is_what_a_parser_that_builds_everything_says(a in large(), b in large()) {
            let map = |text: &str| -> std::collections::BTreeMap<String, String> {
                let values: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(text).unwrap();
                values.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect()
            };
            prop_assert_eq!(same_data(Some(&a), Some(&b)), map(&a) == map(&b));
            let padded = format!(" {a}\n");
            prop_assert!(same_data(Some(&a), Some(&padded)));
        }
    }
}
