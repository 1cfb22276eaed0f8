//! What was lost, trimmed, made again or moved is told.

use super::*;

#[tokio::test]
async fn a_stream_that_was_trimmed_beyond_the_reader_is_told() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.set(&channel(1), "n", "1");
    assert_eq!(next(&mut room).await, "=n:1");
    let [_, strm, _] = world.keys(&channel(1));
    (2..20).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    world.run(&["XTRIM", &strm, "MAXLEN", "3"]);
    assert_eq!(next(&mut room).await, "![n:19]");
    world.set(&channel(1), "n", "20");
    assert_eq!(next(&mut room).await, "=n:20");
}

#[tokio::test]
async fn what_redis_lost_is_told_and_what_it_gets_again_too() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:1]");
    world.run(&["FLUSHALL"]);
    assert_eq!(next(&mut room).await, "![]");
    // A replay: the same events, other ids.
    world.write_layout("8");
    world.offsets = 0;
    world.set(&channel(1), "n", "1");
    world.set(&channel(1), "n", "2");
    assert_eq!(tell(&mut room, 2).await, ["=n:1", "=n:2"]);
}

#[tokio::test]
async fn a_replay_between_two_looks_is_told() {
    let mut world = World::new();
    (1..4).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let mut room = world.client(NEVER).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:3]");
    let [snap, strm, _] = world.keys(&channel(1));
    world.run(&["DEL", &snap, &strm]);
    world.offsets = 0;
    (1..6).for_each(|number| world.set(&channel(1), "n", &number.to_string()));
    let told = next(&mut room).await;
    assert!(told.starts_with("![n:"), "{told}");
}

#[tokio::test]
async fn an_expired_channel_is_empty() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for key in &world.keys(&channel(1))[..2] {
        world.run(&["PEXPIRE", key, "1"]);
    }
    assert_eq!(next(&mut room).await, "![]");
    assert_quiet(&mut room).await;
}

#[tokio::test]
async fn what_does_not_pass_by_itself_is_an_error_and_tried_again() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    let [snap, strm, _] = world.keys(&channel(1));
    world.run(&["SET", &snap, "x"]);
    world.run(&["SET", &strm, "x"]);
    let error = client.follow(channel(1)).await.unwrap_err();
    assert!(error.to_string().contains("WRONGTYPE") && !error.is_retryable(), "{error}");
    let mut room = client.resume("app/room-1/application@-".parse::<Token>().unwrap());
    assert!(timeout(PATIENCE, room.next()).await.unwrap().unwrap().is_err());
    world.run(&["DEL", &snap, &strm]);
    world.set(&channel(1), "n", "1");
    let told = loop {
        if let Ok(change) = timeout(PATIENCE, room.next()).await.unwrap().unwrap() {
            break short(change);
        }
    };
    assert_eq!(told, "=n:1");
}

#[tokio::test]
async fn channels_that_are_elsewhere_since_are_not_taken_for_empty() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let client = world.client(SOON).await;
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.run(&["FLUSHALL"]);
    // Without a layout it may be empty indeed; with another one it is not.
    assert_eq!(next(&mut room).await, "![]");
    world.write_layout("16");
    let error = timeout(PATIENCE, room.next()).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, ClientError::LayoutChanged { before: 8, now: 16, .. }), "{error}");
}

#[tokio::test]
async fn none_of_many_channels_that_are_elsewhere_since_is_taken_for_empty() {
    let mut world = World::new();
    (0..200).for_each(|number| world.set(&channel(number), "n", "1"));
    let mut rooms = world.client(SOON).await.follow_many((0..200).map(channel));
    for _ in 0..200 {
        timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap().1.unwrap();
    }
    // At once: where there is no layout for a moment, the channels may be empty indeed.
    let layout = ["shasta:layout", "version", "1", "slices", "16", "hash", "murmur2", "group:t", "g"];
    redis::pipe().atomic().cmd("FLUSHALL").cmd("HSET").arg(&layout).exec(&mut world.connection).unwrap();
    // Each more than once: with every try.
    for _ in 0..600 {
        let (channel, told) = timeout(PATIENCE, rooms.next()).await.expect("in time").unwrap();
        assert!(matches!(told, Err(ClientError::LayoutChanged { before: 8, now: 16, .. })), "{channel}: {told:?}");
    }
}

#[tokio::test]
async fn a_rebuild_is_an_error_while_nothing_is_there_and_then_told() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    assert_eq!(next(&mut room).await, "[n:1]");
    let layout = ["shasta:layout", "version", "rebuilding", "slices", "8", "hash", "murmur2", "group:t", "g"];
    redis::pipe().atomic().cmd("FLUSHALL").cmd("HSET").arg(&layout).exec(&mut world.connection).unwrap();
    for _ in 0..2 {
        let error = timeout(PATIENCE, room.next()).await.unwrap().unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Layout(_)), "{error}");
    }
    world.offsets = 0;
    world.set(&channel(1), "n", "1");
    world.write_layout("8");
    let told = loop {
        if let Ok(change) = timeout(PATIENCE, room.next()).await.unwrap().unwrap() {
            break short(change);
        }
    };
    assert_eq!(told, "![n:1]");
    world.set(&channel(1), "n", "2");
    assert_eq!(next(&mut room).await, "=n:2");
}
