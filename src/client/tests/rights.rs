//! Who may read and who may listen.

use super::*;

#[tokio::test]
async fn who_may_not_listen_looks_often() {
    let mut world = World::new();
    world.run(&["ACL", "SETUSER", "reader", "on", ">p", "~shasta:*", "+@read", "+multi", "+exec", "+ping", "+hello", "+info", "+cluster"]);
    let settings =
        config::Redis { username: Some("reader".to_owned()), password: Some(config::Secret::new("p")), ..world.redis.settings() };
    let client = Client::connect_sweeping(&settings, Duration::from_secs(20)).await.unwrap();
    let mut room = client.follow(channel(1)).await.unwrap();
    next(&mut room).await;
    for number in 0..3 {
        world.set(&channel(1), "n", &number.to_string());
        assert_eq!(next(&mut room).await, format!("=n:{number}"));
    }
}

#[tokio::test]
async fn each_right_of_a_reader_is_needed() {
    let mut world = World::new();
    world.set(&channel(1), "n", "1");
    let rights = ["+cluster|slots", "+multi", "+exec", "+hgetall", "+xrange", "+xrevrange", "+xinfo|stream", "+ssubscribe", "+ping"];
    let settings =
        config::Redis { username: Some("reader".to_owned()), password: Some(config::Secret::new("p")), ..world.redis.settings() };
    for missing in std::iter::once(None).chain(rights.iter().map(Some)) {
        let granted: Vec<&str> = rights.iter().copied().filter(|right| Some(right) != missing).collect();
        world.run(&[&["ACL", "SETUSER", "reader", "reset", "on", ">p", "~shasta:*", "&shasta:*"], granted.as_slice()].concat());
        world.run(&["CONFIG", "RESETSTAT"]);
        if let Ok(client) = Client::connect(&settings).await
            && let Ok(mut room) = client.follow(channel(1)).await
        {
            next(&mut room).await;
            let _resumed = timeout(Duration::from_millis(300), client.resume(room.token()).next()).await;
            // One look beyond the first, and one round of those who listen.
            let _quiet = timeout(Duration::from_millis(1_300), room.next()).await;
        }
        let Value::BulkString(errors) = world.run(&["INFO", "errorstats"]) else { panic!("a text") };
        // A transaction that may not be carried out is discarded, and says so.
        let errors = String::from_utf8(errors).unwrap();
        let refused = errors.contains("NOPERM") || errors.contains("EXECABORT");
        assert_eq!(refused, missing.is_some(), "without {missing:?}");
    }
}
