mod example;
mod page;
mod screens;

use serde_json::Value;

use super::*;
use example::{one, rich, small};

/// Every form of a report.
fn forms(report: &Report) -> Vec<String> {
    vec![json(report), markdown(report), html(report), terminal(report, 120, true), terminal(report, 30, false)]
}

#[test]
fn json_is_read_back_as_it_was_and_ends_with_a_line_feed() {
    for report in [rich(), small(), one(), Report::default()] {
        let text = json(&report);
        assert!(serde_json::from_str::<Report>(&text).unwrap() == report, "{}", report.ran.command);
        assert!(text.ends_with("}\n"));
        assert_eq!(text, json(&report));
    }
}

#[test]
fn members_that_a_run_has_not_may_be_absent() {
    let mut report: Value = serde_json::from_str(&json(&Report::default())).unwrap();
    let members = report.as_object_mut().unwrap();
    for optional in
        ["generator", "capacity", "backpressure", "catchup", "stages", "tails", "series", "left_behind", "notes", "clocks", "load_hosts"]
    {
        members.remove(optional).unwrap();
    }
    members.insert("of_a_later_version".into(), Value::Bool(true));
    assert_eq!(serde_json::from_value::<Report>(report).unwrap(), Report::default());
}

/// What the schema says of a value: no member that it does not know, none missing that it requires, no wrong type.
fn obeys(value: &Value, rule: &Value, schema: &Value, place: &str) {
    let rule = match rule.get("$ref").and_then(Value::as_str) {
        Some(reference) => &schema["$defs"][reference.rsplit('/').next().unwrap()],
        None => rule,
    };
    if let Some(choices) = rule.get("anyOf").and_then(Value::as_array) {
        let choice =
            choices.iter().find(|choice| (choice["type"] == "null") == value.is_null()).unwrap_or_else(|| panic!("{place}: {value}"));
        return obeys(value, choice, schema, place);
    }
    has_type(value, rule, place);
    if let Some(members) = value.as_object() {
        let required = rule.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        assert!(required.iter().all(|name| members.contains_key(name.as_str().unwrap())), "{place} misses one of {required:?}");
        for (name, member) in members {
            let rule = rule["properties"].get(name).unwrap_or_else(|| panic!("{place}: the schema has no {name}"));
            obeys(member, rule, schema, &format!("{place}.{name}"));
        }
    }
    if let (Some(elements), Some(rule)) = (value.as_array(), rule.get("items")) {
        elements.iter().for_each(|element| obeys(element, rule, schema, place));
    }
}

fn has_type(value: &Value, rule: &Value, place: &str) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let names = match &rule["type"] {
        Value::Array(names) => names.clone(),
        Value::Null => return assert!(rule["oneOf"].is_array() || rule["enum"].is_array(), "{place}: {rule}"),
        name => vec![name.clone()],
    };
    assert!(names.iter().any(|name| name == kind || (name == "number" && kind == "integer")), "{place}: {kind} is none of {names:?}");
}

#[test]
fn every_report_obeys_the_schema() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    for report in [rich(), one(), Report::default()] {
        obeys(&serde_json::from_str(&json(&report)).unwrap(), &schema, &schema, "report");
    }
    assert_eq!(schema["$defs"]["Stage"]["properties"]["negative"]["description"], "Latencies below 0; they are among the n.");
}

#[test]
fn neither_an_empty_run_nor_one_event_is_told_as_no_number() {
    for report in [Report::default(), one()] {
        for text in forms(&report) {
            assert!(!["NaN", "inf ", "inf<", "-inf", "None", "Some("].iter().any(|wrong| text.contains(wrong)), "{text}");
        }
    }
}

#[test]
fn what_is_no_number_is_never_told_as_one() {
    let mut report = rich();
    report.stages[0].max_us = Some(f64::INFINITY);
    report.stages[0].percentiles[0].us = Some(f64::NAN);
    report.stages[0].curve[3].us = f64::NAN;
    report.series[3].p99_us = Some(f64::NAN);
    report.series[4].p50_us = Some(f64::INFINITY);
    report.tails[0].rows[0].median_ms = f64::NAN;
    report.tails[0].pairs[0].tails[0].ms = f64::NAN;
    report.machine.cpus = Some(f64::NAN);
    for text in forms(&report) {
        assert!(!["NaN", "inf "].iter().any(|wrong| text.contains(wrong)), "{text}");
    }
}

#[test]
fn an_open_and_a_closed_loop_are_never_taken_for_each_other() {
    let mut report = small();
    assert!(forms(&report)[1..].iter().all(|text| !text.to_lowercase().contains("closed loop: ") || text.contains("former system")));
    report.ran.config.model = Model::Closed;
    assert!(forms(&report)[1..4].iter().all(|text| text.contains("CLOSED LOOP")));
}

#[test]
fn a_name_makes_no_column_and_no_link_of_markdown() {
    let mut report = small();
    report.left_behind[0].name = "a|b](x)<i>\n# c `d".into();
    let text = markdown(&report);
    assert!(text.contains("a\\|b\\](x)\\<i> \\# c \\`d"), "{text}");
    report.ran.command = "a ``` b".into();
    assert!(markdown(&report).contains("````sh\na ``` b\n````"));
}

#[test]
fn marks_follow_from_how_many_lie_beyond() {
    let marks =
        [(2_700, 0.99999), (99_999, 0.9999), (100_000, 0.9999), (10_000, 0.9999), (9_999, 0.9999), (0, 0.5)].map(|(n, q)| Mark::of(n, q));
    assert_eq!(marks, [Mark::OnlyMaximum, Mark::Weak, Mark::Sound, Mark::Weak, Mark::OnlyMaximum, Mark::OnlyMaximum]);
}
