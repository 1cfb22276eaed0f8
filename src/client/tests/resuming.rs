//! From a token or a snapshot.

use super::*;

#[tokio::test]
async fn a_token_goes_on_where_the_reader_was() {
    let mut world = World::new();
    world.set(&channel(1), "n", r#"{"a":1}"#);
    let mut room = world.client(SOON).await.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    next(&mut room).await;
    let token: Token = room.token().to_string().parse().unwrap();
    drop(room);
    world.write(&channel(1), "n", Some(r#"{"a":3}"#), true);
    world.set(&channel(1), "m", "1");
    let client = world.client(SOON).await;
    let mut resumed = client.resume(token.clone());
    assert_eq!(resumed.token(), token);
    assert_eq!(tell(&mut resumed, 2).await, [r#"=n:{"a":3}"#, "=m:1"]);
    world.set(&channel(1), "m", "2");
    assert_eq!(next(&mut resumed).await, "=m:2");
    let [_, strm, _] = world.keys(&channel(1));
    world.run(&["XTRIM", &strm, "MAXLEN", "1"]);
    assert_eq!(next(&mut client.resume(token)).await, r#"![m:2 n:{"a":3}]"#);
}

#[tokio::test]
async fn a_snapshot_goes_on_where_a_token_alone_can_not() {
    let mut world = World::new();
    let client = world.client(SOON).await;
    world.set(&channel(1), "n", r#"{"a":0}"#);
    let [_, strm, _] = world.keys(&channel(1));
    world.write(&channel(1), "n", Some(r#"{"a":1}"#), true);
    world.run(&["XTRIM", &strm, "MAXLEN", "1"]);
    let snapshot = client.snapshot(&channel(1)).await.unwrap();
    world.write(&channel(1), "n", Some(r#"{"a":2}"#), true);
    world.write(&channel(1), "n", Some(r#"{"a":3}"#), true);
    assert_eq!(next(&mut client.resume(snapshot.token.clone())).await, r#"![n:{"a":3}]"#);
    assert_eq!(tell(&mut client.resume(snapshot), 2).await, [r#"=n:{"a":2}"#, r#"=n:{"a":3}"#]);
}
