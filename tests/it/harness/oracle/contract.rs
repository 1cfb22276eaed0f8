//! What the oracle itself takes from the specification.

use super::*;

/// Fixed by hand: where the oracle's own arithmetic must agree with the world.
#[test]
fn names_are_those_of_the_contract() {
    assert_eq!(murmur2_positive(b"21"), (-973_932_308_i32 as u32) & 0x7fff_ffff);
    assert_eq!(murmur2_positive(b"foobar"), (-790_332_482_i32 as u32) & 0x7fff_ffff);
    assert_eq!(murmur2_positive(b"abc"), 479_470_107);
    assert_eq!(murmur2_positive(b"a-little-bit-long-string"), (-985_981_536_i32 as u32) & 0x7fff_ffff);
    let room = Channel::new("a/b", "{x} ü", "system");
    assert_eq!(room.escaped(), "a%2Fb/%7Bx%7D%20%C3%BC/system");
    assert_eq!(channel_key(&Channel::new("app", "t", "s")), b"\x0a\x03app\x12\x01t\x1a\x01s");
    let long = Channel::new(&"a".repeat(200), "t", "s");
    assert_eq!(channel_key(&long)[..3], [0x0a, 0xc8, 0x01]);
    let names = Names::new("p:", 1024);
    let slice = names.slice(&room);
    assert_eq!(names.snapshot(&room), format!("p:{{s{slice}}}:snap:a%2Fb/%7Bx%7D%20%C3%BC/system"));
}

#[test]
fn records_are_judged_as_the_specification_says() {
    let room = channel(2);
    let good = tag_data(&room, &object_name(0), "{}");
    let record = |key: Option<Vec<u8>>, value: Option<Vec<u8>>| KafkaRecord {
        partition: 0,
        offset: 0,
        timestamp_ms: 1,
        key,
        value,
        headers: Vec::new(),
    };
    let is_valid = |record: &KafkaRecord| judge(record, &Rules::default()).is_ok();
    for key in [None, Some(Vec::new()), Some(b"no key".to_vec()), Some(b"\x0a\x03app".to_vec()), Some(channel_key(&room))] {
        assert!(is_valid(&record(key.clone(), Some(good.encode_to_vec()))), "{key:?}");
    }
    assert!(!is_valid(&record(Some(channel_key(&channel(1))), Some(good.encode_to_vec()))));
    let by_key = record(good.identifier.as_ref().map(Message::encode_to_vec), None);
    assert_eq!(judge(&by_key, &Rules::default()).unwrap().change, EventChange::Delete);
    for (index, invalid) in invalid_records(0).into_iter().enumerate() {
        let record = KafkaRecord { headers: invalid.headers, ..record(invalid.key, invalid.value) };
        assert!(!is_valid(&record), "case {index}: {record:?}");
    }
    let big = tag_data(&room, "x", &"d".repeat(1 << 20));
    assert!(!is_valid(&record(None, Some(big.encode_to_vec()))));
    let json = br#"{"identifier":{"appId":"a","tag":"t","scope":"s","name":"n"},"data":"d","lifetime":null,"x":{}}"#.to_vec();
    let mut as_json = record(None, Some(json));
    assert!(!is_valid(&as_json));
    assert!(judge(&as_json, &Rules { codec: Codec::Json, ..Rules::default() }).is_ok());
    for (values, valid) in [(vec!["APPLICATION/json;charset=x"], true), (vec!["application/json", "application/x-protobuf"], false)] {
        as_json.headers = values.iter().map(|value| ("content-type".to_owned(), Some(value.as_bytes().to_vec()))).collect();
        assert_eq!(is_valid(&as_json), valid, "{values:?}");
    }
}
