//! A snapshot, and then each change once.

use super::*;

#[tokio::test]
async fn the_snapshot_comes_first_and_then_each_change_once() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let client = world.client(NEVER).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, r#"[n:{"a":1}]"#);
    world.until_listened_to(&channel(1)).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    assert_eq!(next(&mut room).await, r#"=n:{"a":2}"#);
    world.set(&channel(1), "m", "1");
    world.write(&channel(1), "n", None, false);
    assert_eq!(tell(&mut room, 2).await, ["=m:1", "-n"]);
    for number in 0..1_000 {
        world.set(&channel(1), "m", &number.to_string());
    }
    let expected: Vec<String> = (0..1_000).map(|number| format!("=m:{number}")).collect();
    assert_eq!(tell(&mut room, 1_000).await, expected);
    assert_quiet(&mut room).await;
}

#[tokio::test]
async fn a_change_carries_its_event_and_its_members() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    let Some(Ok(Change::Set { object, changed, event, .. })) = timeout(PATIENCE, room.next()).await.unwrap() else { panic!("a set") };
    assert_eq!(changed.unwrap().set[0].json, "2");
    assert_eq!((event.partition, event.offset, event.published_at_ms), (3, 1, Some(7)));
    assert_eq!((object.entry, room.token().position()), (Some(event.entry), Some(event.entry)));
}

#[tokio::test]
async fn a_lost_notice_is_made_up_for_by_looking() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[]");
    let [_, strm, _] = world.keys(&channel(1));
    let delta = Delta { name: "n".to_owned(), change: Some(tag_data::Change::Deleted(true)), ..Delta::default() };
    redis::cmd("XADD").arg(strm).arg("*").arg("d").arg(delta.encode_to_vec()).exec(&mut world.connection).unwrap();
    assert_eq!(next(&mut room).await, "-n");
}

#[tokio::test]
async fn a_channel_that_is_not_there_yet_misses_nothing() {
    let mut world = World::new();
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[]");
    world.until_listened_to(&channel(1)).await;
    world.set(&channel(1), "n", "1");
    world.set(&channel(1), "n", "2");
    assert_eq!(tell(&mut room, 2).await, ["=n:1", "=n:2"]);
}

#[tokio::test]
async fn a_call_that_is_dropped_loses_nothing() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    (0..500).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let mut told = Vec::new();
    let give_up = Instant::now() + PATIENCE;
    while told.len() < 500 && Instant::now() < give_up {
        if let Ok(change) = timeout(Duration::from_micros(200), room.next()).await {
            told.push(short(change.unwrap().unwrap()));
        }
    }
    let expected: Vec<String> = (0..500).map(|number| format!("=n:{number}")).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_broken_connection_is_made_anew_and_nothing_missed() {
    let mut world = World::new();
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for number in 0..5 {
        world.until_listened_to(&channel(1)).await;
        world.run(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        world.run(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        world.set(&channel(1), "n", &number.to_string());
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
    }
}

#[tokio::test]
async fn a_server_that_stands_still_is_waited_for() {
    let mut world = World::new();
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.redis.freeze();
    let waited = timeout(Duration::from_secs(4), room.next()).await;
    world.redis.thaw();
    assert!(waited.is_err(), "{waited:?}");
    world.set(&channel(1), "n", "1");
    assert_eq!(next(&mut room).await, "=n:1");
}

#[tokio::test]
async fn a_slow_caller_holds_no_more_than_a_page() {
    let mut world = World::new();
    world.set(&channel(1), "n", "-1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    (0..1_000).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let ready = |room: &Subscription| {
        let text = format!("{room:?}");
        text.split_once("ready: ").unwrap().1.split_once(|c: char| !c.is_ascii_digit()).unwrap().0.parse::<usize>().unwrap()
    };
    for number in 0..1_000 {
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
        assert!(ready(&room) < 128, "{room:?}");
    }
    // While nobody asks, nobody reads.
    let mut reads = || {
        let Value::BulkString(stats) = world.run(&["INFO", "commandstats"]) else { panic!("statistics") };
        let stats = String::from_utf8(stats).unwrap();
        stats.split_once("cmdstat_xrange:calls=").unwrap().1.split_once(',').unwrap().0.parse::<u64>().unwrap()
    };
    let before = reads();
    sleep(10 * SOON).await;
    assert_eq!(reads(), before);
}
