//! Notices where they are refused, or not known.

use super::*;

#[test]
fn a_notice_that_is_refused_changes_no_answer() {
    let mut world = World::start(&[]);
    let mut at = -1;
    for (publish, rights) in [(Publish::Sharded, ["-spublish", "allchannels"]), (Publish::Plain, ["+spublish", "resetchannels"])] {
        world.run(&[&["ACL", "SETUSER", "u", "reset", "on", ">p", "~*", "+@all"][..], &rights].concat());
        world.fold.notices = Some(publish);
        let mut connection = world.server.connection();
        run(&mut connection, &["AUTH", "u", "p"]).unwrap();
        let call = call(at, at + 10, &["a"], vec![set(at + 1, 0, "x", "1")]);
        let outcome = apply_over(&mut connection, &world.server, &world.fold, &call);
        assert!(matches!(outcome, Ok(Outcome::Applied(_))), "{outcome:?}");
        let refused: Vec<Vec<Value>> = redis::from_redis_value(world.run(&["ACL", "LOG"])).unwrap();
        assert!(!refused.is_empty());
        world.run(&["ACL", "LOG", "RESET"]);
        at += 10;
    }
}

#[tokio::test]
async fn the_way_to_publish_is_found_by_trying_and_a_missing_right_is_named() {
    let mut world = World::start(&[]);
    let settings =
        crate::config::Redis { username: Some("u".to_owned()), password: Some(crate::config::Secret::new("p")), ..world.server.settings() };
    world.run(&["ACL", "SETUSER", "u", "on", ">p", "~shasta:*", "&shasta:*", "+@all"]);
    let store = Store::connect(&settings).await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(store.probe_notices().await.unwrap(), Publish::Sharded);
    for missing in ["-spublish", "resetchannels"] {
        world.run(&["ACL", "SETUSER", "u", "+@all", "resetchannels", "&shasta:*", missing]);
        match store.probe_notices().await {
            Err(refused @ NoNotices::Refused { .. }) => {
                assert!(refused.to_string().contains("`ACL SETUSER u +spublish &shasta:*`"), "{refused}")
            }
            other => panic!("with {missing}: {other:?}"),
        }
    }
    assert_eq!(world.text(&["DBSIZE"]), "0");
}

/// As Redis 6.2 is: it has no SPUBLISH.
#[tokio::test]
async fn one_server_without_sharded_channels_is_enough_to_do_without_them() {
    let server = ScratchRedis::start_with(&["--rename-command", "SPUBLISH", ""]);
    let store = Store::connect(&server.settings()).await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(store.probe_notices().await.unwrap(), Publish::Plain);
}
