//! A record by its place in the log, as on the command line.

use std::fmt;
use std::str::FromStr;

use crate::core::offset::Offset;

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub topic: String,
    pub partition: i32,
    pub offset: Offset,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (partition, offset) = text.rsplit_once('@')?;
            let (topic, partition) = partition.rsplit_once('/')?;
            let partition = partition.parse().ok().filter(|partition| *partition >= 0)?;
            Some(Self { topic: topic.to_owned(), partition, offset: offset.parse().ok().and_then(Offset::new)? })
                .filter(|place| !place.topic.is_empty())
        };
        parse().ok_or_else(|| "expected topic/partition@offset, such as tag-data/17@123456".to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic, self.partition, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_its_end() {
        let place: Place = "tag-data/17@123".parse().unwrap();
        assert_eq!((place.topic.as_str(), place.partition, place.offset.get()), ("tag-data", 17, 123));
        assert_eq!("tag-data/17@123".parse::<Place>().unwrap().to_string(), "tag-data/17@123");
        for text in ["", "t", "t/1", "t@1", "/1@1", "t/-1@1", "t/1@-1", "t/1@", "t/x@1"] {
            assert!(text.parse::<Place>().is_err(), "{text:?}");
        }
    }
}
