//! Names, deltas and envelopes are bytes to the script, whatever they hold.

use proptest::prelude::*;
use std::sync::Mutex;

use super::*;
use crate::store::contract::{compare_stream, snapshot_dump};
use crate::store::model::Model;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => prop::collection::vec(any::<u8>(), 0..60),
        2 => Just(Vec::new()),
        4 => prop::sample::select(vec![&b"\0"[..], b"\n", b"\r\n", b"*3\r\n", b"\x12\x0f1-0", b"%s %d", b"?", b"]] --"]).prop_map(<[u8]>::to_vec),
        1 => (any::<u8>(), Just(1_000_000usize)).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "\\PC{0,20}",
        3 => any::<String>(),
        2 => Just(String::new()),
        4 => prop::sample::select(&["\n", "a\0b", "1 x", "\u{7f}\r\n", "{s9}", "%"][..]).prop_map(str::to_owned),
    ]
}

fn event() -> impl Strategy<Value = (usize, String, Vec<u8>, Option<Vec<u8>>)> {
    (0usize..3, text(), bytes(), prop::option::weighted(0.8, bytes()))
}

#[test]
fn the_script_takes_any_bytes() {
    let server = ScratchRedis::start();
    let connection = Mutex::new(server.connection());
    load(&mut connection.lock().unwrap());
    let case = (prop::collection::vec(text(), 3), prop::collection::vec(event(), 1..12), text());
    let mut runner = proptest::test_runner::TestRunner::new(crate::core::properties::at_least(400));
    let outcome = runner.run(&case, |(mut paths, events, field)| {
        let connection = &mut *connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        run(connection, &["FLUSHALL"]).unwrap();
        paths.iter_mut().enumerate().for_each(|(index, path)| path.push_str(&index.to_string()));
        let fold = Fold { field, ..fold(Some(DAY_MS)) };
        let events: Vec<CallEvent> = (0i64..)
            .zip(events)
            .map(|(offset, (channel, name, delta, head))| CallEvent {
                delta,
                write: head.map_or(Write::Delete, |envelope_head| Write::Set { envelope_head, now: true }),
                ..set(offset, channel, &name, "")
            })
            .collect();
        let channels: Vec<&str> = paths.iter().map(String::as_str).collect();
        let call = call(-1, 100, &channels, events);
        let Ok(Outcome::Applied(ids)) = apply_over(connection, &server, &fold, &call) else { panic!("not applied") };
        let mut model = Model::new();
        model.expect_ids(ids);
        model.apply(&fold, &call);
        for path in &paths {
            let keys = [fold.keys.snapshot(slice(), path), fold.keys.stream(slice(), path)];
            let dumps = dump(connection, &keys);
            let channel = model.channel(slice(), path);
            assert!(dumps[0].value == snapshot_dump(&channel.snapshot), "{path:?}");
            compare_stream(&dumps[1].value, &channel.stream);
        }
        let positions = dump(connection, &[fold.keys.positions(slice())]).remove(0).value;
        let expected = [(fold.field.into_bytes(), position(100).to_string().into_bytes())];
        assert_eq!(positions, Dumped::Fields(expected.into()));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{}", failure.to_string().chars().take(2_000).collect::<String>()));
}
