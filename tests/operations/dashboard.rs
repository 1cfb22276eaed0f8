//! The dashboard shows what is there to be shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::metrics::{assert_known, known};
use super::promql::mentions;
use super::tool;

fn dashboard() -> Value {
    serde_json::from_str(&fs::read_to_string("deploy/grafana/shasta.json").unwrap()).unwrap()
}

/// Each expression, with where it stands.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_panel = |panel: &Value| {
        list(&panel["targets"]).into_iter().map(|target| (text(&panel["title"]), text(&target["expr"]))).collect::<Vec<_>>()
    };
    let panels = list(&dashboard["panels"]).iter().flat_map(of_panel).collect::<Vec<_>>();
    let annotations =
        list(&dashboard["annotations"]["list"]).into_iter().map(|annotation| (text(&annotation["name"]), text(&annotation["expr"])));
    let variables = list(&dashboard["templating"]["list"]).into_iter().filter_map(|variable| {
        let (series, label) = variable["definition"].as_str()?.strip_prefix("label_values(")?.strip_suffix(')')?.rsplit_once(", ")?;
        Some((text(&variable["name"]), format!("count by ({label}) ({series})")))
    });
    panels.into_iter().chain(annotations).chain(variables).collect()
}

#[test]
fn every_query_asks_for_metrics_and_labels_that_there_are() {
    let queries = queries(&dashboard());
    assert!(queries.len() > 50, "{}", queries.len());
    for (place, query) in &queries {
        assert!(!mentions(query).is_empty(), "{place}: {query}");
        assert_known(query, place);
    }
}

#[test]
fn every_query_is_promql() {
    let variables = [("$__rate_interval", "5m"), ("$cluster", ".*"), ("$group", ".*"), ("$topic", ".*")];
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    for (place, query) in queries(&dashboard()) {
        let query = variables.iter().fold(query, |query, (name, value)| query.replace(name, value));
        assert!(!query.contains('$'), "{place}: {query} has an unknown variable");
        let _ = writeln!(
            rules,
            "      # {place}\n      - record: dashboard:query\n        expr: {}\n        labels: {{query: {:?}}}",
            Value::from(query.clone()),
            format!("{place}{query}")
        );
    }
    let file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
    fs::write(file.path(), rules).unwrap();
    tool::run("promtool", &["check", "rules", file.path().to_str().unwrap()]);
}

#[test]
fn every_name_in_a_legend_is_a_label() {
    let labels: BTreeSet<&str> = known().into_values().flatten().collect();
    for panel in dashboard()["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let [legend, query] = ["legendFormat", "expr"].map(|key| target[key].as_str().unwrap());
            let named = legend.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
            for label in named {
                assert!(labels.contains(label) && query.contains(label), "{}: {legend} of {query}", panel["title"]);
            }
        }
    }
}

#[test]
fn panels_are_named_once_and_do_not_cover_each_other() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let names: BTreeSet<&str> = panels.iter().map(|panel| panel["title"].as_str().unwrap()).collect();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!((names.len(), ids.len()), (panels.len(), panels.len()));
    let side = |panel: &Value, key: &str| panel["gridPos"][key].as_u64().unwrap();
    let mut taken = BTreeSet::new();
    for panel in panels {
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| side(panel, key));
        assert!(x + w <= 24, "{}", panel["title"]);
        let mut cells = (x..x + w).flat_map(|column| (y..y + h).map(move |row| (column, row)));
        assert!(cells.all(|cell| taken.insert(cell)), "{} lies over another", panel["title"]);
    }
}
