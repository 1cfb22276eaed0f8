//! What changes.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::terminal::Terminal;
use super::{House, path, short};
use crate::support::redis::RedisOptions;

#[test]
fn every_change_is_a_line_until_ctrl_c() {
    let house = House::new("read-follow");
    house.set("hall", "light/1", r#"{"on":true,"place":"over the old table by the door","note":"the bulb is new"}"#);
    let follow = house.read(&[&path("hall"), "--follow"]);
    let first = follow.json();
    assert_eq!((&first["type"], &first["channel"]), (&json!("snapshot"), &json!("house/hall/application")));
    assert_eq!(first["objects"]["light/1"]["data"]["on"], json!(true));
    house.set("hall", "light/1", r#"{"on":false,"place":"over the old table by the door"}"#);
    let set = follow.json();
    assert_eq!(short(&set), r#"set light/1 {"on":false,"place":"over the old table by the door"}"#);
    assert_eq!((&set["changed"], &set["removed"]), (&json!(["on"]), &json!(["note"])));
    let place =
        |line: &Value| format!("house/hall/application@{}/{}/{}", line["entry"].as_str().unwrap(), line["partition"], line["offset"]);
    assert_eq!(set["token"], json!(place(&set)));
    assert!(set["publishedAt"].as_i64().unwrap() > 1_700_000_000_000, "{set}");
    house.set("hall", "note", "no JSON");
    let whole = follow.json();
    assert_eq!((short(&whole).as_str(), &whole["changed"]), (r#"set note "no JSON""#, &json!(null)));
    house.delete("hall", "light/1");
    let deleted = follow.json();
    assert_eq!((short(&deleted).as_str(), &deleted["token"]), ("deleted light/1 null", &json!(place(&deleted))));
    let ended = follow.interrupted();
    assert_eq!((ended.code, ended.lines.len(), ended.errors.as_str()), (Some(0), 0, ""));
}

#[test]
fn all_channels_are_followed_also_those_that_come_and_a_broken_one_holds_up_none() {
    let house = House::new("read-follow-all");
    house.set("hall", "light/1", "1");
    let follow = house.read(&["--all", "--follow"]);
    assert_eq!(short(&follow.json()), "snapshot light/1=1");
    house.until_listened_to("attic");
    house.set("attic", "light/2", "2");
    let attic = follow.json();
    assert_eq!((short(&attic).as_str(), &attic["channel"]), ("snapshot light/2=2", &json!("house/attic/application")));
    let [_, stream] = house.keys("attic");
    house.scene.redis.command::<i64>(&["DEL", &stream]);
    house.scene.redis.command::<String>(&["SET", &stream, "x"]);
    follow.until_said("house/attic/application can not be read: ");
    house.set("hall", "light/1", "3");
    let hall = follow.json();
    assert_eq!((short(&hall).as_str(), &hall["channel"]), ("set light/1 3", &json!("house/hall/application")));
    follow.signal(Signal::SIGTERM);
    let ended = follow.ended();
    assert_eq!((ended.code, ended.lines.len(), ended.errors.lines().count()), (Some(0), 0, 1), "{}", ended.errors);
}

#[test]
fn a_table_has_a_row_for_each_change_and_ends_with_the_token() {
    let house = House::new("read-follow-table");
    house.set("hall", "light/1", "1");
    let follow = house.read(&[&path("hall"), "--follow", "--table"]);
    let words = |line: String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(follow.line()), ["change", "name", "lifetime", "age", "entry", "data"]);
    assert_eq!(words(follow.line())[0], "snapshot");
    assert_eq!(words(follow.line())[0], "light/1");
    house.set("hall", "light/1", "2");
    let row = words(follow.line());
    assert_eq!((row[0].as_str(), row[1].as_str(), row.last().unwrap().as_str()), ("set", "light/1", "2"));
    let ended = follow.interrupted();
    assert_eq!(ended.code, Some(0));
    let token = ended.errors.strip_prefix("go on with --since ").unwrap().trim_end();
    assert!(token.starts_with("house/hall/application@"), "{token}");
}

#[test]
fn a_redis_that_is_killed_and_comes_back_is_waited_for_and_nothing_is_missed() {
    let mut house = House::with("read-outage", RedisOptions { aof: true, ..RedisOptions::default() });
    house.set("hall", "light/1", "0");
    let follow = house.read(&[&path("hall"), "--follow"]);
    assert_eq!(short(&follow.json()), "snapshot light/1=0");
    house.scene.redis.kill9();
    follow.until_said(": waiting until it is back");
    house.scene.redis.restart();
    follow.until_said("redis is back after ");
    for number in 1..4 {
        house.set("hall", "light/1", &number.to_string());
        assert_eq!(short(&follow.json()), format!("set light/1 {number}"));
    }
    let ended = follow.interrupted();
    assert_eq!((ended.code, ended.lines.len(), ended.errors.lines().count()), (Some(0), 0, 2), "{}", ended.errors);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly_also_where_nothing_changes() {
    let house = House::new("read-head");
    house.set("hall", "light/1", "0");
    let sets = [format!("redis.nodes={}", house.scene.redis.address()), format!("redis.prefix={}", house.scene.prefix)];
    let channel = path("hall");
    let arguments = [&channel[..], "--follow", "--set", &sets[0], "--set", &sets[1]];
    let ended = Terminal::read_into_head(arguments.into_iter()).ended();
    assert_eq!((ended.lines.len(), ended.errors.as_str()), (1, "code 0\n"));
}
