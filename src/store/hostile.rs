//! The store among nodes that move slots, stand still, forget or come and go.

use std::time::{Duration, Instant};

use super::contract::position;
use super::scratch::{ScratchRedis, run};
use super::{Fold, Publish, Read, Store, StoreError, slot_of};
use crate::config;
use crate::core::call::{Call, CallChannel, CallEvent, Expected, Outcome, StopCause, Write};
use crate::core::keys::Keys;
use crate::core::offset::Offset;
use crate::core::slice::{Slice, SliceCount};

fn slice(index: u32) -> Slice {
    SliceCount::new(1024).unwrap().slice(index).unwrap()
}

fn slot(slice: Slice) -> u16 {
    slot_of(&Keys::new("shasta:").unwrap().positions(slice))
}

fn fold() -> Fold {
    let keys = Keys::new("shasta:").unwrap();
    Fold { keys, field: "tag-data/0".to_owned(), stream_length: 100, ttl_ms: Some(60_000), notices: Some(Publish::Sharded) }
}

/// One set of object `x` of channel `a`; `-1`: the slice has no position.
fn call(slice: Slice, base: i64, next: i64) -> Call {
    let event = CallEvent {
        offset: Offset::new(base.max(0)).unwrap(),
        channel: 0,
        name: "x".to_owned(),
        delta: b"d".to_vec(),
        write: Write::Set { envelope_head: b"e".to_vec(), now: true },
        expected: Expected::Anything,
    };
    let channels = vec![CallChannel { path: "a".to_owned(), refresh: true }];
    Call { slice, base: (base >= 0).then(|| position(base)), next: position(next), channels, events: vec![event] }
}

fn applied(result: &Result<Outcome, StoreError>) -> bool {
    matches!(result, Ok(Outcome::Applied(_)))
}

/// Both nodes know the scripts afterwards.
async fn connect(settings: &config::Redis) -> Store {
    let store = Store::connect(settings).await.unwrap();
    for node in store.routing().nodes() {
        node.load_scripts().await.unwrap();
    }
    store
}

fn connections_received(server: &ScratchRedis) -> i64 {
    let info: String = redis::cmd("INFO").arg("stats").query(&mut server.connection()).unwrap();
    info.lines().find_map(|line| line.strip_prefix("total_connections_received:")).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_slot_that_is_on_its_way_is_asked_for_at_its_new_node_within_the_attempt() {
    // The second node serves nothing yet: it is in no slot map.
    let [old, new] = ScratchRedis::cluster_of_two(16_384);
    let store = connect(&old.settings()).await;
    let moving = slice(1);
    assert!(applied(&store.apply(&fold(), 0, &[call(moving, -1, 10), call(slice(2), -1, 10)]).await.results[0]));

    let [mut at_old, mut at_new] = [old.connection(), new.connection()];
    super::contract::load(&mut at_new);
    let id = |connection: &mut redis::Connection| redis::cmd("CLUSTER").arg("MYID").query::<String>(connection).unwrap();
    let (old_id, new_id) = (id(&mut at_old), id(&mut at_new));
    let number = slot(moving).to_string();
    run(&mut at_new, &["CLUSTER", "SETSLOT", &number, "IMPORTING", &old_id]).unwrap();
    run(&mut at_old, &["CLUSTER", "SETSLOT", &number, "MIGRATING", &new_id]).unwrap();
    let keys = [fold().keys.positions(moving), fold().keys.snapshot(moving, "a"), fold().keys.stream(moving, "a")];
    let port = new.port.to_string();
    let migrate = |keys: &[String]| {
        let mut words = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        run(&mut old.connection(), &words).unwrap();
    };
    migrate(&keys[..1]);
    // Half here, half there: nobody can serve that, and nothing is written.
    let halfway = store.apply(&fold(), 0, &[call(moving, 10, 20)]).await;
    assert!(matches!(&halfway.results[0], Err(StoreError::Moved { answer, .. }) if answer.starts_with("TRYAGAIN")), "{halfway:?}");
    assert_eq!(store.positions("tag-data/0", 0, &[moving]).await.unwrap(), [Some(position(10))]);

    migrate(&keys[1..]);
    let calls = [call(moving, 10, 20), call(slice(2), 10, 20), call(moving, 20, 30)];
    let answers = store.apply(&fold(), 0, &calls).await;
    assert!(answers.results.iter().all(applied), "{answers:?}");
    assert_eq!(answers.round_trips.len(), 2);
    let read = Read { slice: moving, channels: vec![("a".to_owned(), vec!["x".to_owned()])] };
    assert!(store.read(&fold(), 0, &[read]).await.results[0].as_ref().unwrap()[0].is_some());
    assert_eq!(store.positions("tag-data/0", 0, &[moving]).await.unwrap(), [Some(position(30))]);

    for connection in [&mut at_new, &mut at_old] {
        run(connection, &["CLUSTER", "SETSLOT", &number, "NODE", &new_id]).unwrap();
    }
    let moved = store.apply(&fold(), 0, &[call(moving, 30, 40)]).await;
    assert!(matches!(&moved.results[0], Err(StoreError::Moved { .. })), "{moved:?}");
    assert!(applied(&store.apply(&fold(), 0, &[call(moving, 30, 40)]).await.results[0]));
}

#[tokio::test]
async fn a_node_that_stands_still_fails_alone_and_in_time() {
    let [first, second] = ScratchRedis::cluster_of_two(8_192);
    let timeout = Duration::from_millis(300);
    let settings = config::Redis { call_timeout: timeout, connect_timeout: timeout, ..first.settings() };
    let store = connect(&settings).await;
    let low = (0..1024).map(slice).find(|slice| slot(*slice) < 8_192).unwrap();
    let high = (0..1024).map(slice).find(|slice| slot(*slice) >= 8_192).unwrap();
    let answers = store.apply(&fold(), 0, &[call(low, -1, 0), call(high, -1, 0)]).await;
    assert!(answers.results.iter().all(applied), "{answers:?}");
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let tasks_before = tasks();

    second.freeze();
    for round in 0..5 {
        let started = Instant::now();
        let answers = store.apply(&fold(), 0, &[call(low, round, round + 1), call(high, 0, 1)]).await;
        assert!(applied(&answers.results[0]), "{answers:?}");
        assert!(answers.results[1].as_ref().is_err_and(StoreError::suggests_refresh), "{answers:?}");
        // The attempt, and the slot map asked of somebody, the frozen one perhaps.
        assert!(started.elapsed() < timeout + Duration::from_millis(700), "{:?}", started.elapsed());
    }
    assert!(tasks() <= tasks_before, "{} tasks, {tasks_before} before", tasks());
    second.thaw();
    // What was sent before the freeze was noticed may have been carried out.
    let result = store.apply(&fold(), 0, &[call(high, 0, 1)]).await.results.remove(0);
    assert!(matches!(result, Ok(Outcome::Applied(_) | Outcome::Already)), "{result:?}");
    assert!(tasks() <= tasks_before);
}

#[tokio::test]
async fn tasks_that_wait_for_the_same_connection_share_its_failure() {
    let server = ScratchRedis::start();
    let timeout = Duration::from_millis(300);
    let settings = config::Redis { call_timeout: timeout, connect_timeout: timeout, ..server.settings() };
    let store = connect(&settings).await;
    server.freeze();
    assert!(store.apply(&fold(), 0, &[call(slice(1), -1, 10)]).await.results[0].is_err());
    let started = Instant::now();
    let fold = fold();
    let calls = [call(slice(1), -1, 10)];
    let answers = futures_util::future::join_all((0..20).map(|_| store.apply(&fold, 0, &calls))).await;
    assert!(answers.iter().all(|answers| answers.results[0].is_err()));
    assert!(started.elapsed() < 3 * timeout, "{:?}", started.elapsed());
    server.thaw();
    let result = store.apply(&fold, 0, &calls).await.results.remove(0);
    assert!(matches!(result, Ok(Outcome::Applied(_) | Outcome::Already)), "{result:?}");
}

#[tokio::test]
async fn a_send_that_is_given_up_leaves_the_connection_and_later_answers_as_they_are() {
    let server = ScratchRedis::start();
    let store = connect(&server.settings()).await;
    assert!(applied(&store.apply(&fold(), 0, &[call(slice(1), -1, 10)]).await.results[0]));
    let before = connections_received(&server);
    run(&mut server.connection(), &["CLIENT", "PAUSE", "200", "ALL"]).unwrap();
    let (fold, given_up) = (fold(), [call(slice(1), 10, 20)]);
    let cut = tokio::time::timeout(Duration::from_millis(50), store.apply(&fold, 0, &given_up)).await;
    assert!(cut.is_err());
    assert!(applied(&store.apply(&fold, 0, &[call(slice(2), -1, 7)]).await.results[0]));
    assert_eq!(store.positions("tag-data/0", 0, &[slice(1), slice(2)]).await.unwrap(), [Some(position(20)), Some(position(7))]);
    // The two that this test itself made.
    assert_eq!(connections_received(&server) - before, 2);
}

#[tokio::test]
async fn an_error_of_one_command_stays_with_it() {
    let server = ScratchRedis::start();
    let store = connect(&server.settings()).await;
    let broken = fold().keys.positions(slice(2));
    run(&mut server.connection(), &["SET", &broken, "x"]).unwrap();
    let calls = [call(slice(1), -1, 10), call(slice(2), -1, 10), call(slice(3), -1, 10)];
    let answers = store.apply(&fold(), 0, &calls).await;
    assert!(applied(&answers.results[0]) && applied(&answers.results[2]));
    assert!(
        matches!(&answers.results[1], Ok(Outcome::Stopped { at: 0, cause: StopCause::Failed(error), .. }) if error.starts_with("WRONGTYPE"))
    );
}

#[tokio::test]
async fn a_node_that_became_a_replica_is_connected_to_anew() {
    let server = ScratchRedis::start();
    let store = connect(&server.settings()).await;
    run(&mut server.connection(), &["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let refused = store.apply(&fold(), 0, &[call(slice(1), -1, 10)]).await;
    assert!(matches!(&refused.results[0], Ok(Outcome::Stopped { cause: StopCause::Failed(error), .. }) if error.starts_with("READONLY")));
    let before = connections_received(&server);
    // Behind the same address another node may be the primary by now.
    run(&mut server.connection(), &["REPLICAOF", "NO", "ONE"]).unwrap();
    assert!(applied(&store.apply(&fold(), 0, &[call(slice(1), -1, 10)]).await.results[0]));
    assert_eq!(connections_received(&server) - before, 3);
}

#[tokio::test]
async fn a_server_that_was_started_again_is_found_again() {
    let server = ScratchRedis::start();
    let store = connect(&server.settings()).await;
    assert!(applied(&store.apply(&fold(), 0, &[call(slice(1), -1, 10)]).await.results[0]));
    let port = server.port;
    drop(server);
    let lost = store.apply(&fold(), 0, &[call(slice(1), 10, 20)]).await;
    assert!(lost.results[0].as_ref().is_err_and(StoreError::suggests_refresh), "{lost:?}");
    let _again = ScratchRedis::start_at(port);
    // It has no script any more either: that is known, and not found out by a call that fails.
    let results = store.apply(&fold(), 0, &[call(slice(1), 10, 20)]).await.results;
    assert!(matches!(results[..], [Ok(Outcome::Conflict(None))]), "{results:?}");
}
