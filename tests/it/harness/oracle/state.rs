//! Objects, positions, commits, dead letters and the layout that are not as they should be.

use super::*;

#[test]
fn a_stale_object() {
    rejects(Kind::StaleObject, |world| {
        change_envelope(world, |envelope| envelope.tag_data = Some(tag_data(&channel(0), "x", "{}").encode_to_vec()));
    });
    rejects(Kind::StaleObject, |world| change_envelope(world, |envelope| envelope.timestamp_ms = Some(1)));
}

#[test]
fn a_wrong_sequence_number() {
    rejects(Kind::WrongSequence, |world| change_envelope(world, |envelope| envelope.sequence_number = Some("1-1".to_owned())));
    rejects(Kind::WrongSequence, |world| change_envelope(world, |envelope| envelope.sequence_number = None));
}

#[test]
fn an_object_too_many_and_one_too_few() {
    rejects(Kind::ExtraObject, |world| {
        let (key, name) = some_object(world);
        let hash = world.store.hashes.get_mut(&key).unwrap();
        hash.insert(b"another".to_vec(), hash[&name].clone());
    });
    rejects(Kind::MissingObject, |world| {
        let (key, name) = some_object(world);
        world.store.hashes.get_mut(&key).unwrap().remove(&name);
    });
}

#[test]
fn a_key_that_no_event_explains() {
    rejects(Kind::UnexpectedKey, |world| {
        let (key, _) = some_object(world);
        let hash = world.store.hashes[&key].clone();
        world.store.hashes.insert(format!("{PREFIX}{{s1}}:snap:other/room/system"), hash);
    });
}

#[test]
fn positions_that_are_missing_or_wrong() {
    rejects(Kind::MissingPosition, |world| {
        let key = world.store.hashes.keys().find(|key| key.ends_with(":pos")).unwrap().clone();
        world.store.hashes.remove(&key);
    });
    rejects(Kind::WrongPosition, |world| change_position(world, |id, _| format!("{id}:1")));
    rejects(Kind::WrongPosition, |world| change_position(world, |id, next| format!("{id}:{}", next + 1)));
    rejects(Kind::WrongPosition, |world| change_position(world, |_, next| format!("another:{next}")));
    rejects(Kind::WrongPosition, |world| change_position(world, |_, next| next.to_string()));
}

#[test]
fn a_commit_ahead_of_a_position_or_of_the_log() {
    rejects(Kind::CommittedAhead, |world| change_position(world, |id, next| format!("{id}:{}", next - 1)));
    rejects(Kind::CommittedAhead, |world| world.committed.get_mut(&1).unwrap().offset += 1);
    rejects(Kind::CommittedBehind, |world| world.committed.get_mut(&1).unwrap().offset -= 1);
}

#[test]
fn metadata_that_are_missing_or_wrong() {
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |_| String::new()));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;21;{};{};{}", parts[2], parts[3], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};-;{}", parts[2], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};0;{}", parts[2], parts[4])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};{};AAAA", parts[2], parts[3])));
    rejects(Kind::WrongMetadata, |world| change_metadata(world, |parts| format!("1;20;{};{};AAA=", parts[2], parts[3])));
    rejects(Kind::CommittedAhead, |world| change_metadata(world, |parts| format!("1;20;{};{};//8P", parts[2], parts[3])));
}

#[test]
fn dead_letters_that_are_missing_wrong_or_too_many() {
    rejects(Kind::MissingDeadLetter, |world| drop(world.dead_letters.pop()));
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].value = None);
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].key = Some(Vec::new()));
    rejects(Kind::WrongDeadLetter, |world| drop(world.dead_letters[0].headers.remove(0)));
    rejects(Kind::WrongDeadLetter, |world| world.dead_letters[0].headers.retain(|(name, _)| name != "shasta-reason"));
    // An absent value and an empty one are not the same.
    rejects(Kind::WrongDeadLetter, |world| {
        let letter = world.dead_letters.iter_mut().find(|letter| letter.value.as_ref().is_some_and(Vec::is_empty)).unwrap();
        letter.value = None;
    });
    rejects(Kind::ExtraDeadLetter, |world| {
        let mut letter = world.dead_letters[0].clone();
        letter.headers.iter_mut().for_each(|(name, value)| {
            if name == "shasta-offset" {
                *value = Some(b"0".to_vec());
            }
        });
        world.dead_letters.push(letter);
    });
}

#[test]
fn a_wrong_layout() {
    for (field, value) in [("version", "2"), ("slices", "21"), ("slices", "x"), ("hash", "crc16")] {
        rejects(Kind::Layout, |world| {
            let layout = world.store.hashes.get_mut(&format!("{PREFIX}layout")).unwrap();
            layout.insert(field.as_bytes().to_vec(), value.as_bytes().to_vec());
        });
    }
    rejects(Kind::Layout, |world| drop(world.store.hashes.remove(&format!("{PREFIX}layout"))));
    rejects(Kind::Layout, |world| world.group = "another".to_owned());
}

#[test]
fn a_wrong_typed_channel_may_be_among_the_dead_letters() {
    let mut world = good_world();
    let room = world.store.streams.iter().max_by_key(|(_, entries)| entries.len()).unwrap().0.clone();
    let entry = world.store.streams.get_mut(&room).unwrap().remove(0);
    let delta = Delta::decode(entry.fields[0].1.as_slice()).unwrap();
    let place = (i32::try_from(delta.partition).unwrap(), i64::try_from(delta.offset).unwrap());
    let record = world.log.iter().find(|record| (record.partition, record.offset) == place).unwrap().clone();
    let event = judge(&record, &rules()).unwrap();
    let mut letter = world.dead_letters[0].clone();
    letter.headers.retain(|(name, _)| name.starts_with("shasta-"));
    letter.headers.splice(0..0, record.headers.clone());
    for (name, value) in &mut letter.headers {
        match name.as_str() {
            "shasta-partition" => *value = Some(place.0.to_string().into_bytes()),
            "shasta-offset" => *value = Some(place.1.to_string().into_bytes()),
            "shasta-timestamp" => *value = Some(record.timestamp_ms.to_string().into_bytes()),
            _ => {}
        }
    }
    world.dead_letters.push(KafkaRecord { key: record.key, value: record.value, ..letter });
    assert_found(Kind::MissingEntry, &check(&world, &rules()), "not wrong-typed");
    assert_found(Kind::ExtraDeadLetter, &check(&world, &rules()), "not wrong-typed");
    let lenient = Rules { wrong_typed: [event.channel].into(), ..rules() };
    let left = check(&world, &lenient);
    let about_the_letter = [Kind::MissingEntry, Kind::ExtraDeadLetter, Kind::AppliedDeadLetter];
    assert!(!left.iter().any(|found| about_the_letter.contains(&found.kind)), "{}", describe(&left));
    world.store.streams.get_mut(&room).unwrap().insert(0, entry);
    let [found] = check(&world, &lenient).try_into().unwrap();
    assert_eq!(found.kind, Kind::AppliedDeadLetter);
}
