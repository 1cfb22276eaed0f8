//! What is there now.

use serde_json::{Value, json};

use super::{House, path};

#[test]
fn a_snapshot_is_printed_as_json_laid_out_or_on_a_line_and_as_a_table() {
    let house = House::new("read-once");
    house.set("hall", "light/1", r#"{ "on" : 1.0 }"#);
    house.set("hall", "note", "no JSON");
    let printed = house.printed(&[&path("hall")]);
    assert_eq!((printed.code, printed.errors.as_str()), (Some(0), ""));
    assert!(printed.lines.len() > 10, "{:?}", printed.lines);
    let snapshot: Value = serde_json::from_str(&printed.lines.join("\n")).unwrap();
    assert_eq!((&snapshot["channel"], &snapshot["objects"]["light/1"]["data"]), (&json!("house/hall/application"), &json!({"on": 1.0})));
    let position = snapshot["position"].as_str().unwrap();
    assert!(snapshot["token"].as_str().unwrap().starts_with(&format!("house/hall/application@{position}/")), "{snapshot}");
    let on_a_line = house.printed(&[&path("hall"), "--json"]);
    assert_eq!(on_a_line.lines.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&on_a_line.lines[0]).unwrap(), snapshot);
    assert!(on_a_line.lines[0].contains(r#""data":{"on":1.0}"#), "{:?}", on_a_line.lines);

    let table = house.printed(&[&path("hall"), "--table"]).lines;
    let words: Vec<Vec<&str>> = table.iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["name", "lifetime", "age", "entry", "data"]);
    assert_eq!((words[1][0], *words[1].last().unwrap(), words[2][0]), ("light/1", r#"{"on":1.0}"#, "note"));
    assert_eq!((words[3][0], Value::from(words[3][1])), ("token", snapshot["token"].clone()));
    assert_eq!(table.len(), 4);
}

#[test]
fn a_channel_of_which_nothing_is_there_is_told_and_no_failure() {
    let house = House::new("read-nothing");
    let printed = house.printed(&[&path("attic"), "--json"]);
    assert_eq!(printed.code, Some(0));
    assert_eq!(
        printed.lines,
        [r#"{"channel":"house/attic/application","position":null,"token":"house/attic/application@-","objects":{}}"#]
    );
    assert!(printed.errors.starts_with("nothing is there: "), "{}", printed.errors);
    assert_eq!(house.printed(&["--all"]), super::Ended { code: Some(0), lines: Vec::new(), errors: String::new() });
}

#[test]
fn all_channels_are_printed_by_name_and_one_that_is_broken_keeps_none_back() {
    let house = House::new("read-all");
    for room in ["kitchen", "attic", "hall/2"] {
        house.set(room, "light/1", r#"{"on":true}"#);
    }
    let all = house.printed(&["--all"]);
    let channels = |lines: &[String]| -> Vec<String> {
        lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["channel"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(channels(&all.lines), ["house/attic/application", "house/hall%2F2/application", "house/kitchen/application"]);
    assert_eq!((all.code, all.errors.as_str()), (Some(0), ""));
    let table = house.printed(&["--all", "--table"]).lines;
    assert_eq!(table.len(), 4);
    assert!(table[0].starts_with("channel ") && table[2].starts_with("house/hall%2F2/application  light/1  "), "{table:#?}");

    let [snapshot, _] = house.keys("attic");
    house.scene.redis.command::<String>(&["SET", &snapshot, "x"]);
    let rest = house.printed(&["--all"]);
    assert_eq!((rest.code, channels(&rest.lines)), (Some(1), channels(&all.lines)[1..].to_vec()));
    assert!(rest.errors.starts_with("house/attic/application can not be read: ") && rest.errors.contains("WRONGTYPE"), "{}", rest.errors);
}
