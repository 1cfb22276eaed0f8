//! A user who may do nothing but read.

use std::fs;

use super::terminal::Terminal;
use super::{House, LIMIT, path, short};
use crate::support::scratch::Scratch;
use crate::support::wait::until;
use crate::support::worker::WorkerConfig;

/// The commands of the reference; the last is for `--all` alone.
const RIGHTS: [&str; 11] =
    ["+cluster|slots", "+asking", "+ping", "+hgetall", "+xrange", "+xrevrange", "+xinfo|stream", "+multi", "+exec", "+ssubscribe", "+scan"];

#[test]
fn a_user_with_just_the_rights_of_a_reader_reads_and_follows() {
    let house = House::new("read-rights");
    house.set("hall", "light/1", "1");
    let (redis, prefix) = (&house.scene.redis, &house.scene.prefix);
    let user = ["ACL", "SETUSER", "reader", "on", ">secret", &format!("~{prefix}*"), "resetchannels", &format!("&{prefix}*")];
    let _: String = redis.command(&[&user[..], &RIGHTS].concat());
    let files = Scratch::new("reader");
    let config = WorkerConfig::default()
        .set("redis.nodes", vec![redis.address().into()] as Vec<toml::Value>)
        .set("redis.prefix", prefix.clone())
        .set("redis.username", "reader")
        .set("redis.password", "secret");
    let file = files.join("shasta.toml");
    fs::write(&file, config.text()).unwrap();
    let read = |arguments: &[&str]| Terminal::read([arguments, &["--config", file.to_str().unwrap()]].concat().into_iter());

    let follow = read(&[&path("hall"), "--follow"]);
    let first = follow.json();
    house.until_listened_to("hall");
    house.set("hall", "light/1", "2");
    assert_eq!(short(&follow.json()), "set light/1 2");
    let resumed = read(&["--since", first["token"].as_str().unwrap()]);
    assert_eq!(short(&resumed.json()), "set light/1 2");
    let all = read(&["--all"]).ended();
    assert_eq!((all.code, all.lines.len(), all.errors.as_str()), (Some(0), 1, ""));
    // The connection for notices is pinged now and then.
    let pings = || redis.info("commandstats").get("cmdstat_ping").cloned();
    let before = pings();
    until("a ping", LIMIT, || (pings() != before).then_some(()));
    assert_eq!((follow.interrupted().errors, resumed.interrupted().errors), (String::new(), String::new()));
    let denied: Vec<redis::Value> = redis.command(&["ACL", "LOG"]);
    assert!(denied.is_empty(), "{denied:?}");
}
