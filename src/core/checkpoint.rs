//! What a committed offset carries as Kafka's metadata: `1;<S>;<topic id>;<highest dead-lettered offset or ->;<bitmap>`.
//!
//! It ties the offset to the positions: when it was committed, the position of every slice of the bitmap was at the offset or above it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::offset::Offset;
use super::position::TopicId;
use super::slice::{SliceCount, SliceSet};

/// The metadata of one partition's committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The slices that ever had an event of the partition; with them, how many slices there are.
    pub slices: SliceSet,
    pub topic_id: TopicId,
    /// The highest offset that was sent to the dead letters.
    pub dead_lettered: Option<Offset>,
}

/// Metadata that is not ours: anybody may commit any bytes, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCheckpoint {
    #[error("the committed offset has no metadata")]
    Empty,
    #[error("the metadata of the committed offset is not of the form 1;<slices>;<topic id>;<offset or ->;<bitmap>")]
    OtherForm,
    #[error("the metadata of the committed offset names a number of slices that is not in 1..={}", SliceCount::MAX)]
    Slices,
    #[error("the metadata of the committed offset has a bitmap that is no base64 of its number of slices")]
    Bitmap,
}

impl Checkpoint {
    /// The metadata text: at most 4,051 bytes with a topic id as Kafka prints it, the broker's default limit being 4,096.
    pub fn encode(&self) -> String {
        let dead_lettered = self.dead_lettered.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
        let bitmap = STANDARD.encode(self.slices.as_bytes());
        format!("1;{};{};{dead_lettered};{bitmap}", self.slices.count(), self.topic_id)
    }

    /// # Errors
    /// Where the metadata was written by another tool, or is none.
    pub fn decode(metadata: &[u8]) -> Result<Self, InvalidCheckpoint> {
        if metadata.is_empty() {
            return Err(InvalidCheckpoint::Empty);
        }
        let text = std::str::from_utf8(metadata).map_err(|_| InvalidCheckpoint::OtherForm)?;
        let mut fields = text.split(';');
        let mut field = || fields.next().ok_or(InvalidCheckpoint::OtherForm);
        let [version, slices, topic_id, dead_lettered, bitmap] = [field()?, field()?, field()?, field()?, field()?];
        if version != "1" || topic_id.is_empty() || fields.next().is_some() {
            return Err(InvalidCheckpoint::OtherForm);
        }
        let count = number(slices).and_then(|count| SliceCount::new(u32::try_from(count).ok()?)).ok_or(InvalidCheckpoint::Slices)?;
        let dead_lettered = match dead_lettered {
            "-" => None,
            digits => Some(number(digits).and_then(Offset::new).ok_or(InvalidCheckpoint::OtherForm)?),
        };
        let bytes = STANDARD.decode(bitmap).map_err(|_| InvalidCheckpoint::Bitmap)?;
        let slices = SliceSet::from_bytes(count, &bytes).ok_or(InvalidCheckpoint::Bitmap)?;
        Ok(Self { slices, topic_id: TopicId::new(topic_id), dead_lettered })
    }
}

/// Digits only: `parse` alone would take a plus sign.
fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn checkpoint(count: u32, slices: &[u32], dead_lettered: Option<i64>) -> Checkpoint {
        let count = SliceCount::new(count).unwrap();
        let mut set = SliceSet::empty(count);
        slices.iter().filter_map(|index| count.slice(*index)).for_each(|slice| set.insert(slice));
        Checkpoint { slices: set, topic_id: TopicId::new("Jj0tGvEZQeO-RpJ8kw8K6Q"), dead_lettered: dead_lettered.and_then(Offset::new) }
    }

    #[test]
    fn the_form_is_the_contract() {
        assert_eq!(checkpoint(10, &[0, 3, 9], Some(77)).encode(), "1;10;Jj0tGvEZQeO-RpJ8kw8K6Q;77;CQI=");
        assert_eq!(checkpoint(8, &[], None).encode(), "1;8;Jj0tGvEZQeO-RpJ8kw8K6Q;-;AA==");
    }

    #[test]
    fn it_fits_into_the_brokers_limit_for_every_number_of_slices() {
        for count in 1..=SliceCount::MAX {
            let encoded = checkpoint(count, &[], Some(i64::MAX)).encode();
            assert!(encoded.len() <= 4_096, "{count} slices take {} bytes", encoded.len());
        }
    }

    #[test]
    fn metadata_of_others_is_told_from_ours() {
        assert_eq!(Checkpoint::decode(b""), Err(InvalidCheckpoint::Empty));
        for text in [
            "x",
            "{}",
            "1",
            "1;8;id;-",
            "1;8;;-;AA==",
            "2;8;id;-;AA==",
            "1;8;id;-;AA==;",
            "1;8;id;-1;AA==",
            "1;8;id;;AA==",
            "1;8;id;+1;AA==",
        ] {
            assert_eq!(Checkpoint::decode(text.as_bytes()), Err(InvalidCheckpoint::OtherForm), "{text}");
        }
        assert_eq!(Checkpoint::decode(b"1;8;id;9223372036854775808;AA=="), Err(InvalidCheckpoint::OtherForm));
        assert_eq!(Checkpoint::decode(b"1;8;\xff;-;AA=="), Err(InvalidCheckpoint::OtherForm));
        for slices in ["0", "24001", "-8", "+8", "", "8 ", "4294967304", "99999999999999999999"] {
            assert_eq!(Checkpoint::decode(format!("1;{slices};id;-;AA==").as_bytes()), Err(InvalidCheckpoint::Slices), "{slices}");
        }
        for bitmap in ["", "AA", "AA=", "AAA=", "AAAA", "A_==", "AA==\n", "AB=="] {
            assert_eq!(Checkpoint::decode(format!("1;8;id;-;{bitmap}").as_bytes()), Err(InvalidCheckpoint::Bitmap), "{bitmap}");
        }
        assert_eq!(Checkpoint::decode(b"1;7;id;-;gA=="), Err(InvalidCheckpoint::Bitmap), "a bit beyond the slices");
    }

    proptest! {
        #[test]
        fn a_checkpoint_survives_its_text(count in 1..=SliceCount::MAX, slices in prop::collection::vec(0..SliceCount::MAX, 0..50), dead in prop::option::of(0..i64::MAX)) {
            let checkpoint = checkpoint(count, &slices, dead);
            prop_assert_eq!(Checkpoint::decode(checkpoint.encode().as_bytes()), Ok(checkpoint));
        }

        #[test]
        fn no_bytes_make_it_panic(metadata in prop_oneof![prop::collection::vec(any::<u8>(), 0..60), "[0-9;A=+-]{0,40}".prop_map(String::into_bytes)]) {
            if let Ok(checkpoint) = Checkpoint::decode(&metadata) {
                prop_assert_eq!(Checkpoint::decode(checkpoint.encode().as_bytes()), Ok(checkpoint));
            }
        }

        #[test]
        fn one_changed_byte_never_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut metadata = checkpoint(20, &[1, 2, 19], Some(5)).encode().into_bytes();
            let at = at.index(metadata.len());
            metadata[at] = byte;
            let _ = Checkpoint::decode(&metadata);
        }
    }
}
