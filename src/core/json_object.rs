//! The top level of a JSON object: its members' names and the exact texts of their values. Nothing below the top level is built, so
//! numbers keep their digits, strings their escapes, and depth costs no stack.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One member as it stands in the text.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The name with its quotes and escapes.
    pub name_text: &'a str,
    /// The name after unescaping: what members are matched by.
    pub name: Cow<'a, str>,
    /// The value's exact text, without the white space around it.
    pub value: &'a str,
}

/// The members of an object in the order of the text, no name twice.
#[derive(Debug)]
pub struct JsonObject<'a> {
    members: Vec<Member<'a>>,
    /// The members' indices in the order of their names; empty where there are so few that looking at each is quicker.
    by_name: Vec<usize>,
}

// Below this many members, comparing with each is quicker than to allocate and sort an index. Above, a sort and not a hash map:
// whoever chooses the names can not make it quadratic.
const FEW: usize = 16;

impl<'a> JsonObject<'a> {
    /// `None` where `text` is no JSON object, has a member name twice (after unescaping) or one that is no Unicode (a lone surrogate).
    pub fn parse(text: &'a str) -> Option<Self> {
        let Entries(entries) = serde_json::from_str(text).ok()?;
        let members = entries.into_iter().map(Member::new).collect::<Option<Vec<_>>>()?;
        let mut by_name = Vec::new();
        if members.len() > FEW {
            by_name.extend(0..members.len());
            by_name.sort_unstable_by(|a, b| members[*a].name.cmp(&members[*b].name));
        }
        let object = Self { members, by_name };
        if object.repeats_a_name() { None } else { Some(object) }
    }

    pub fn members(&self) -> &[Member<'a>] {
        &self.members
    }

    /// The index of the member with this name. `guess` is looked at first: versions of an object mostly keep their order.
    pub fn find(&self, name: &str, guess: usize) -> Option<usize> {
        if self.members.get(guess).is_some_and(|member| member.name == name) {
            return Some(guess);
        }
        if self.by_name.is_empty() {
            return self.members.iter().position(|member| member.name == name);
        }
        let at = self.by_name.binary_search_by(|index| (*self.members[*index].name).cmp(name)).ok()?;
        Some(self.by_name[at])
    }

    fn repeats_a_name(&self) -> bool {
        if self.by_name.is_empty() {
            let repeats_before =
                |(index, member): (usize, &Member<'_>)| self.members[..index].iter().any(|other| other.name == member.name);
            return self.members.iter().enumerate().any(repeats_before);
        }
        self.by_name.windows(2).any(|pair| self.members[pair[0]].name == self.members[pair[1]].name)
    }
}

impl<'a> Member<'a> {
    fn new((name, value): (&'a RawValue, &'a RawValue)) -> Option<Self> {
        let name_text = name.get();
        let between_quotes = name_text.get(1..name_text.len().checked_sub(1)?)?;
        let name =
            if between_quotes.contains('\\') { Cow::Owned(serde_json::from_str(name_text).ok()?) } else { Cow::Borrowed(between_quotes) };
        Some(Self { name_text, name, value: value.get() })
    }
}

/// Names and values as they stand in the text, repeated names included.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor).map(Entries)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::with_capacity(FEW);
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn members(text: &str) -> Option<Vec<(String, String)>> {
        let object = JsonObject::parse(text)?;
        Some(object.members().iter().map(|member| (member.name.to_string(), member.value.to_owned())).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn values_keep_their_exact_text() {
        let digits = "9".repeat(5_000);
        let text = format!(" {{ \"a\" : -{digits}.{digits}e+{digits} , \"b\":\n[ 1 ,2 ]\t, \"c\":\"\\u00e9\\/\" }}\n");
        let number = format!("-{digits}.{digits}e+{digits}");
        assert_eq!(members(&text), pairs(&[("a", &number), ("b", "[ 1 ,2 ]"), ("c", "\"\\u00e9\\/\"")]));
        assert_eq!(members("{}"), pairs(&[]));
    }

    #[test]
    fn names_are_what_they_mean_not_how_they_are_escaped() {
        assert_eq!(members(r#"{"\u0061":1,"":2,"\ud83d\ude00\"\\":3}"#), pairs(&[("a", "1"), ("", "2"), ("😀\"\\", "3")]));
        assert_eq!(JsonObject::parse(r#"{"\u0061":1}"#).unwrap().members()[0].name_text, r#""\u0061""#);
    }

    #[test]
    fn a_repeated_name_is_refused_among_few_and_many() {
        assert!(JsonObject::parse(r#"{"a":1,"b":2,"\u0061":1}"#).is_none());
        let many: Vec<String> = (0..100).map(|number| format!("\"n{number}\":{number}")).collect();
        assert!(JsonObject::parse(&format!("{{{}}}", many.join(","))).is_some());
        assert!(JsonObject::parse(&format!("{{{},\"n\\u00317\":0}}", many.join(","))).is_none());
    }

    #[test]
    fn what_is_no_whole_object_is_refused() {
        for text in [
            "",
            " ",
            "null",
            "1",
            "\"a\"",
            "[]",
            "[{}]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "{a:1}",
            "{1:1}",
        ] {
            assert!(JsonObject::parse(text).is_none(), "{text:?}");
        }
        for text in
            ["{\"a\":01}", "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "\u{feff}{}", "{\"a\":[1}", "{\"a\n\":1}"]
        {
            assert!(JsonObject::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_lone_surrogate_is_text_in_a_value_and_refused_in_a_name() {
        assert_eq!(members(r#"{"a":"\ud800"}"#), pairs(&[("a", r#""\ud800""#)]));
        assert!(JsonObject::parse(r#"{"\ud800":1}"#).is_none());
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(members(&format!("{{\"a\":{deep}}}")), pairs(&[("a", &deep)]));
        assert!(JsonObject::parse(&deep).is_none());
        assert!(JsonObject::parse(&"{\"a\":".repeat(500_000)).is_none());
    }

    #[test]
    fn every_member_is_found_whatever_the_guess() {
        for count in [1, FEW, FEW + 1, 300] {
            let text: Vec<String> = (0..count).map(|number| format!("\"n{number}\":{number}")).collect();
            let text = format!("{{{}}}", text.join(","));
            let object = JsonObject::parse(&text).unwrap();
            for number in 0..count {
                for guess in [0, number, count] {
                    assert_eq!(object.find(&format!("n{number}"), guess), Some(number));
                }
            }
            assert_eq!(object.find("n", 0), None);
        }
    }

    #[test]
    fn many_members_are_not_quadratic() {
        let text: Vec<String> = (0..200_000).map(|number| format!("\"a-name-of-some-length-{number}\":0")).collect();
        let text = format!("{{{}}}", text.join(","));
        let before = Instant::now();
        assert!(JsonObject::parse(&text).is_some());
        // Twenty billion comparisons would take a minute.
        assert!(before.elapsed() < Duration::from_secs(10));
    }
}
