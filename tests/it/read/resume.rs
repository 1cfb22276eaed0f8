//! Going on from a token.

use super::{House, path, short};

#[test]
fn a_token_of_a_snapshot_or_of_a_change_goes_on_after_it_and_repeats_nothing() {
    let house = House::new("read-since");
    house.set("hall", "light/1", "1");
    let snapshot: serde_json::Value = serde_json::from_str(&house.printed(&[&path("hall"), "--json"]).lines[0]).unwrap();
    for number in 2..5 {
        house.set("hall", "light/1", &number.to_string());
    }
    let resumed = house.read(&["--since", snapshot["token"].as_str().unwrap()]);
    let told: Vec<_> = (2..5).map(|_| resumed.json()).collect();
    assert_eq!(told.iter().map(short).collect::<Vec<_>>(), ["set light/1 2", "set light/1 3", "set light/1 4"]);
    assert_eq!(resumed.interrupted().lines.len(), 0);
    let again = house.read(&[&path("hall"), "--follow", "--since", told[1]["token"].as_str().unwrap()]);
    assert_eq!(short(&again.json()), "set light/1 4");
    house.set("hall", "light/1", "5");
    assert_eq!(short(&again.json()), "set light/1 5");
}

#[test]
fn a_token_of_an_entry_that_was_trimmed_begins_anew_and_says_so() {
    let house = House::new("read-trimmed");
    house.set("hall", "light/1", "1");
    let follow = house.read(&[&path("hall"), "--follow"]);
    let token = follow.json()["token"].as_str().unwrap().to_owned();
    drop(follow);
    for number in 2..6 {
        house.set("hall", "light/1", &number.to_string());
    }
    let [_, stream] = house.keys("hall");
    house.scene.redis.command::<i64>(&["XTRIM", &stream, "MAXLEN", "2"]);
    let resumed = house.read(&["--since", &token]);
    let restarted = resumed.json();
    assert_eq!(short(&restarted), "restarted light/1=5");
    house.set("hall", "light/1", "6");
    assert_eq!(short(&resumed.json()), "set light/1 6");
    // The new token is as good as any.
    let since = house.read(&["--since", restarted["token"].as_str().unwrap()]);
    assert_eq!(short(&since.json()), "set light/1 6");
}
