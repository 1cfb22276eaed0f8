use proptest::prelude::*;

use super::*;
use crate::core::properties::at_least;

const STAMP: Stamp = Stamp { run: 0x0bad_cafe, producer: 12, sequence: 345, event: 67_890 };

fn written(stamp: Stamp, payload: usize) -> String {
    let mut out = Vec::new();
    stamp.write(payload, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn members(text: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(text).unwrap()
}

/// The same event, but for one member.
fn with(text: &str, name: &str, value: &str) -> String {
    let mut members = members(text);
    members.insert(name.to_owned(), value.into());
    serde_json::to_string(&members).unwrap()
}

#[test]
fn the_text_is_what_the_format_says() {
    let text = written(STAMP, 128);
    // The crc is what zlib's crc32 makes of the id, a line feed and the pad.
    let pad = "HEqV7OK9XRKOklWkkOOmmGFxC;hDSjM1jFFVmS0YI2BpLPBcsqBfRv2TovhktvEnoQ84ZnUs";
    assert_eq!(text, format!(r#"{{"id":"0badcafe-12-345-67890","crc":"08cf6f41","pad":"{pad}"}}"#));
    assert_eq!(text.len(), 128);
}

#[test]
fn the_longest_stamp_fits_the_smallest_payload_and_no_smaller_one_is_taken() {
    let longest = Stamp { run: u32::MAX, producer: u32::MAX, sequence: u64::MAX, event: u64::MAX };
    let text = written(longest, Stamp::MINIMUM_PAYLOAD);
    assert_eq!(text.len(), Stamp::MINIMUM_PAYLOAD);
    assert!(text.ends_with(r#""pad":""}"#), "{text}");
    assert_eq!(Stamp::read(&text), Ok(longest));
    let mut out = b"kept".to_vec();
    let error = STAMP.write(Stamp::MINIMUM_PAYLOAD - 1, &mut out).unwrap_err();
    assert_eq!((error, out.as_slice()), (PayloadTooSmall { payload: Stamp::MINIMUM_PAYLOAD - 1 }, b"kept".as_slice()));
    assert!(error.to_string().contains("at least 96"), "{error}");
}

#[test]
fn it_is_appended() {
    let mut out = b"before".to_vec();
    STAMP.write(200, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), format!("before{}", written(STAMP, 200)));
}

#[test]
fn other_order_white_space_and_escapes_are_the_same_event() {
    let members = members(&written(STAMP, 512));
    let [id, crc, pad] = ["id", "crc", "pad"].map(|name| &members[name]);
    assert_eq!(Stamp::read(&format!("{{\"pad\":{pad},\"crc\":{crc},\"id\":{id}}}")), Ok(STAMP));
    assert_eq!(Stamp::read(&format!(" {{\n\t\"crc\" : {crc} ,\r\n \"id\":{id}, \"pad\"  :{pad} }} \n")), Ok(STAMP));
    assert_eq!(Stamp::read(&format!("{{\"\\u0069d\":{},\"crc\":{crc},\"pad\":{pad}}}", id.to_string().replace('-', "\\u002d"))), Ok(STAMP));
}

#[test]
fn what_is_no_event_of_a_load_test_is_none_of_ours() {
    let others = ["", "{}", "[]", "null", "7", r#"{"id":7}"#, r#"{"id":"x"}"#, r#"{"id":"0badcafe-1-2"}"#, r#"{"id":"0badcafe-1-2-3-4"}"#];
    for text in others.into_iter().chain([r#"{"id":"badcafe-1-2-3"}"#, r#"{"id":"0badcafe-1-2-3""#, r#"{"id":"0badcafe-4294967296-2-3"}"#])
    {
        assert_eq!(Stamp::read(text), Err(NotStamped::NotOurs), "{text}");
    }
}

#[test]
fn damage_to_the_pad_or_crc_leaves_the_event_known() {
    let text = written(STAMP, 512);
    let pad = members(&text)["pad"].as_str().unwrap().to_owned();
    let known = Err(NotStamped::Corrupt { stamp: Some(STAMP) });
    assert_eq!(Stamp::read(&with(&text, "pad", &pad.replacen(&pad[..1], "*", 1))), known);
    assert_eq!(Stamp::read(&with(&text, "pad", &pad[..100])), known);
    assert_eq!(Stamp::read(&with(&text, "crc", "00000000")), known);
    assert_eq!(Stamp::read(&with(&text, "more", "")), known);
}

#[test]
fn damage_to_the_id_accuses_no_other_event() {
    let text = written(STAMP, 512);
    for id in ["0badcafe-12-346-67890", "0badcafe-12-345-67891", "0badcafe-13-345-67890", "0badcaff-12-345-67890"] {
        assert_eq!(Stamp::read(&with(&text, "id", id)), Err(NotStamped::Corrupt { stamp: None }), "{id}");
    }
    assert_eq!(Stamp::read(r#"{"id":"0badcafe-1-2-3"}"#), Err(NotStamped::Corrupt { stamp: None }));
}

#[test]
fn the_pad_is_another_one_for_each_event_and_does_not_compress_away() {
    let other = written(Stamp { sequence: 346, ..STAMP }, 512);
    let text = written(STAMP, 512);
    let same = text.bytes().zip(other.bytes()).filter(|(one, another)| one == another).count();
    assert!(same < 100, "{same}");
    let mut used: Vec<u8> = members(&text)["pad"].as_str().unwrap().bytes().collect();
    used.sort_unstable();
    used.dedup();
    assert!(used.len() >= 60, "{} of 64 characters", used.len());
}

fn any_stamp() -> impl Strategy<Value = Stamp> {
    let number = prop_oneof![0..1_000_u64, any::<u64>()];
    (any::<u32>(), any::<u32>(), number.clone(), number).prop_map(|(run, producer, sequence, event)| Stamp {
        run,
        producer,
        sequence,
        event,
    })
}

proptest! {
    #![proptest_config(at_least(256))]

    #[test]
    fn what_was_written_is_read(stamp in any_stamp(), payload in Stamp::MINIMUM_PAYLOAD..2_000) {
        let text = written(stamp, payload);
        prop_assert_eq!(text.len(), payload);
        prop_assert_eq!(Stamp::read(&text), Ok(stamp));
    }

    #[test]
    fn no_changed_byte_goes_unseen(stamp in any_stamp(), payload in Stamp::MINIMUM_PAYLOAD..300, place in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = written(stamp, payload).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        let read = Stamp::read(&text);
        prop_assert!(read.is_err(), "{}", text);
        if let Err(NotStamped::Corrupt { stamp: Some(known) }) = read {
            prop_assert_eq!(known, stamp);
        }
    }

    #[test]
    fn no_text_makes_the_reader_fall(text in ".*", members in prop::collection::vec(("id|crc|pad", "[0-9a-f-]{0,20}"), 0..4)) {
        let _ = Stamp::read(&text);
        let object: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let object = format!("{{{}}}", object.join(","));
        prop_assert!(Stamp::read(&object).is_err());
    }
}
