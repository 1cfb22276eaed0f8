//! Many channels, or all of them.

use super::*;

#[tokio::test]
async fn many_channels_are_followed_over_two_connections() {
    let mut world = World::new();
    (0..300).for_each(|number| world.set(&channel(number), "n", "0"));
    let mut rooms = world.client(NEVER).await.follow_many((0..300).map(channel));
    assert!(!rooms.add(channel(7)));
    let mut state: BTreeMap<Channel, String> = BTreeMap::new();
    let mut take = async |rooms: &mut Subscriptions, count| {
        for _ in 0..count {
            let (channel, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
            state.insert(channel, short(change.unwrap()));
        }
        state.values().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(take(&mut rooms, 300).await.len(), 1);
    for number in 0..8 {
        world.until_listened_to(&channel(number)).await;
    }
    let Value::BulkString(clients) = world.run(&["CLIENT", "LIST"]) else { panic!("a list") };
    // Reading, listening, and the test's own.
    assert_eq!(String::from_utf8(clients).unwrap().lines().count(), 3);
    (0..300).for_each(|number| world.set(&channel(number), "n", "1"));
    for _ in 0..300 {
        let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(short(change.unwrap()), "=n:1");
    }
    assert!(rooms.remove(&channel(3)) && !rooms.remove(&channel(3)));
    world.set(&channel(3), "n", "2");
    world.set(&channel(4), "n", "2");
    let (told, _) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((told, rooms.len()), (channel(4), 299));
}

#[tokio::test]
async fn everything_is_followed_what_is_there_and_what_comes() {
    let mut world = World::new();
    (0..50).for_each(|number| world.set(&channel(number), "n", "0"));
    let mut rooms = world.client(NEVER).await.follow_all();
    for _ in 0..50 {
        let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(short(change.unwrap()), "[n:0]");
    }
    world.until_listened_to(&channel(99)).await;
    world.set(&channel(99), "n", "0");
    let (told, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((told, short(change.unwrap()), rooms.len()), (channel(99), "[n:0]".to_owned(), 51));
    // Gone and told: not followed any more, until it is there again.
    let [snap, strm, note] = world.keys(&channel(99));
    world.run(&["DEL", &snap, &strm]);
    world.run(&["SPUBLISH", &note, &channel(99).to_string()]);
    let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!((short(change.unwrap()), rooms.len()), ("![]".to_owned(), 50));
    world.set(&channel(99), "n", "1");
    let (_, change) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
    assert_eq!(short(change.unwrap()), "[n:1]");
}

#[tokio::test]
async fn a_channel_that_comes_while_nobody_listens_is_found_at_once() {
    let mut world = World::new();
    let mut rooms = world.client(NEVER).await.follow_all();
    world.set(&channel(0), "n", "0");
    for number in 0..5 {
        let (told, _) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert_eq!(told, channel(number));
        world.until_listened_to(&channel(number + 1)).await;
        world.run(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        world.set(&channel(number + 1), "n", "0");
    }
}
