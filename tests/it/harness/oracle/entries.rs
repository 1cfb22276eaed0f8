//! Streams that hold something else than they should.

use super::*;

#[test]
fn a_missing_entry() {
    rejects(Kind::MissingEntry, |world| drop(longest_stream(world).remove(3)));
}

#[test]
fn a_missing_stream() {
    rejects(Kind::MissingEntry, |world| drop(world.store.streams.pop_first()));
}

#[test]
fn a_doubled_entry() {
    rejects(Kind::DoubledEntry, |world| {
        let entries = longest_stream(world);
        entries.push(entries.last().unwrap().clone());
    });
}

#[test]
fn entries_in_the_wrong_order() {
    rejects(Kind::WrongOrder, |world| longest_stream(world).swap(2, 3));
}

#[test]
fn an_entry_of_another_channel() {
    rejects(Kind::ForeignEntry, |world| {
        let (_, entries) = world.store.streams.pop_last().unwrap();
        longest_stream(world).extend(entries);
    });
}

#[test]
fn an_entry_with_more_than_its_field() {
    rejects(Kind::Unreadable, |world| longest_stream(world)[0].fields.push((b"e".to_vec(), b"x".to_vec())));
}

#[test]
fn a_change_that_leads_elsewhere() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.set.first_mut()?.json = "\"something else\"".to_owned();
            Some(changed)
        });
    });
}

#[test]
fn a_change_that_leaves_a_member_out() {
    rejects(Kind::WrongDelta, |world| change_changed(world, |mut changed| changed.set.pop().map(|_| changed)));
    rejects(Kind::WrongDelta, |world| change_changed(world, |mut changed| changed.removed.pop().map(|_| changed)));
}

#[test]
fn a_change_that_carries_too_much() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.set.push(Member { name: "note \"x\"".to_owned(), json: "{ \"nested\" : [1, 2.50, null] }".to_owned() });
            Some(changed)
        });
    });
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| {
            changed.removed.push("never there".to_owned());
            Some(changed)
        });
    });
}

#[test]
fn a_change_with_the_wrong_lifetime() {
    rejects(Kind::WrongDelta, |world| {
        change_changed(world, |mut changed| changed.lifetime.take().map(|_| Changed { lifetime: Some(7), ..changed }));
    });
}

#[test]
fn a_change_of_an_object_that_is_not_there() {
    rejects(Kind::WrongDelta, |world| {
        let first = longest_stream(world)[0].clone();
        let delta = Delta::decode(first.fields[0].1.as_slice()).unwrap();
        let changed = Change::Changed(Changed { set: Vec::new(), removed: Vec::new(), lifetime: None });
        longest_stream(world)[0].fields[0].1 = Delta { change: Some(changed), ..delta }.encode_to_vec();
    });
}

#[test]
fn a_set_of_other_bytes() {
    rejects(Kind::WrongDelta, |world| {
        change_delta(world, |delta| match &delta.change {
            Some(Change::Set(_)) => {
                let other = tag_data(&channel(0), &delta.name, "{}").encode_to_vec();
                Some(Delta { change: Some(Change::Set(other)), ..delta })
            }
            _ => None,
        });
    });
}

#[test]
fn a_deletion_that_sets_and_a_set_that_deletes() {
    let becomes = |kind: &'static str, change: Change| {
        move |delta: Delta| (name_of(&delta) == kind).then(|| Delta { change: Some(change.clone()), ..delta })
    };
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("deleted", Change::Set(Vec::new()))));
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("deleted", Change::Deleted(false))));
    rejects(Kind::WrongDelta, |world| change_delta(world, becomes("set", Change::Deleted(true))));
}

#[test]
fn a_delta_of_another_name_or_time() {
    rejects(Kind::WrongDelta, |world| change_delta(world, |delta| Some(Delta { name: "x".to_owned(), ..delta })));
    rejects(Kind::WrongDelta, |world| change_delta(world, |delta| Some(Delta { timestamp_ms: delta.timestamp_ms + 1, ..delta })));
}
