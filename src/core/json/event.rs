//! The shapes of the mapping, as serde reads and writes them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Deserialize, Serialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Object<Identifier<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub data: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Identifier<'a> {
    #[serde(borrow, rename = "appId", alias = "app_id", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
}

/// Within an `Option` a bare `Cow` would always be copied.
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'a> Text<'a> {
    pub fn of(text: Option<&'a str>) -> Option<Self> {
        text.map(|text| Self(Cow::Borrowed(text)))
    }
}

/// A struct that is read from an object only: serde's derive would take an array of its fields as well.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Object<T>(pub T);

/// A `uint32`.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Seconds(pub u32);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a lifetime in whole seconds, 0 to 4294967295")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Seconds, E> {
        u32::try_from(number).map(Seconds).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    // The mapping takes 1e2 and 100.0 for 100; every uint32 is exact as a double.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Seconds, E> {
        let whole = number as u32;
        if f64::from(whole) == number { Ok(Seconds(whole)) } else { Err(E::invalid_value(Unexpected::Float(number), &self)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Seconds, E> {
        // JSON's grammar of a number, without the white space that a document may have around it.
        let number = if text == text.trim() { serde_json::from_str(text).ok() } else { None };
        number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self)).and_then(|number| self.visit_f64(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_escapes_is_not_copied() {
        let Object(event) = serde_json::from_str::<Object<Event<'_>>>(r#"{"identifier":{"app_id":"a","tag":"\n"},"data":"d"}"#).unwrap();
        let Object(identifier) = event.identifier.unwrap();
        assert!(matches!(event.data.unwrap().0, Cow::Borrowed("d")));
        assert!(matches!(identifier.app_id.unwrap().0, Cow::Borrowed("a")));
        assert_eq!(identifier.tag.unwrap().0, "\n");
    }
}
