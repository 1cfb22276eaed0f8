//! What can not be read, and the exit codes that say why.

use super::terminal::{Ended, Terminal};
use super::{House, path};
use crate::support::ports::free_port;
use crate::support::redis::{RedisOptions, RedisServer};

fn read(redis: &str, arguments: &[&str]) -> Ended {
    let set = format!("redis.nodes={redis}");
    Terminal::read(arguments.iter().copied().chain(["--set", &set])).ended()
}

#[test]
fn a_token_of_another_channel_is_a_mistake_of_usage() {
    let ended = read("127.0.0.1:1", &["a/b/c", "--since", "a/b/d@1-1/0/0"]);
    assert_eq!((ended.code, ended.lines.len()), (Some(2), 0));
    assert!(ended.errors.contains("a token of a/b/d") && ended.errors.contains("the channel to read is a/b/c"), "{}", ended.errors);
    let ended = read("127.0.0.1:1", &["--since", "a/b/c@1-1"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.errors.contains("is no token"), "{}", ended.errors);
}

#[test]
fn without_redis_or_a_layout_it_ends_with_the_code_that_says_so() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let empty = RedisServer::start(RedisOptions::default());
    for arguments in [&["a/b/c"][..], &["a/b/c", "--follow"], &["--all"], &["--since", "a/b/c@-"]] {
        let ended = read(&nobody, arguments);
        assert_eq!((ended.code, ended.lines.len()), (Some(69), 0), "{arguments:?}: {}", ended.errors);
        let ended = read(&empty.address(), arguments);
        assert_eq!((ended.code, ended.lines.len()), (Some(1), 0), "{arguments:?}: {}", ended.errors);
        assert!(ended.errors.starts_with("no layout under prefix"), "{}", ended.errors);
    }
}

#[test]
fn what_does_not_pass_by_itself_ends_a_follower() {
    let house = House::new("read-wrong-type");
    house.set("hall", "light/1", "1");
    let follow = house.read(&[&path("hall"), "--follow"]);
    follow.line();
    for key in house.keys("hall") {
        house.scene.redis.command::<i64>(&["DEL", &key]);
        house.scene.redis.command::<String>(&["SET", &key, "x"]);
    }
    let ended = follow.ended();
    assert_eq!((ended.code, ended.lines.len()), (Some(1), 0));
    assert!(ended.errors.contains("WRONGTYPE"), "{}", ended.errors);
    assert_eq!(house.printed(&[&path("hall")]).code, Some(1));
}
