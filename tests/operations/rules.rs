//! The rules, the routes and the example of a configuration.

use std::collections::BTreeMap;
use std::fs;

use shasta::core::lag::Kind;

use super::metrics::assert_known;
use super::tool;

const FILES: [&str; 2] = ["watch.rules.yml", "offsets.rules.yml"];

fn text(file: &str) -> String {
    fs::read_to_string(format!("deploy/prometheus/{file}")).unwrap()
}

/// Name and text of each alert of a file.
fn alerts(file: &str) -> Vec<(String, String)> {
    let text = text(file);
    let alerts = text.split("- alert: ").skip(1).map(|alert| (alert.lines().next().unwrap().to_owned(), alert.to_owned()));
    alerts.collect()
}

/// The runbook that an alert links, or that of the annotations that it takes from another alert.
fn runbook(alert: &str, file: &str) -> Option<String> {
    let shared = alert.split_once("annotations: *").map(|(_, name)| format!("annotations: &{}", name.split_whitespace().next().unwrap()));
    let whole = text(file);
    let annotations = shared.map_or(alert, |anchor| whole.split_once(&anchor).unwrap().1);
    let (_, url) = annotations.split_once("runbook_url: https://runbooks.example.com/shasta/")?;
    Some(url.lines().next()?.to_owned())
}

fn camel(kind: Kind) -> String {
    kind.as_str().split('_').map(|word| word[..1].to_owned() + &word[1..].to_lowercase()).collect()
}

#[test]
fn promtool_takes_the_rules_and_the_configuration_that_names_them() {
    tool::run("promtool", &["check", "rules", FILES[0], FILES[1]]);
    tool::run("promtool", &["check", "config", "scrape.yml"]);
}

#[test]
fn every_rule_asks_for_metrics_and_labels_that_there_are() {
    for file in FILES {
        let text = text(file);
        let rules = text
            .split("\n      - ")
            .skip(1)
            .filter_map(|rule| Some(rule.split_once("expr: ")?.1.split_once("annotations:").map_or(rule, |parts| parts.0)));
        rules.filter(|rule| rule.contains("shasta_")).for_each(|rule| assert_known(rule, file));
    }
}

#[test]
fn every_kind_is_an_alert_with_the_runbook_of_its_name() {
    let alerts: BTreeMap<String, String> = alerts("watch.rules.yml").into_iter().collect();
    for kind in Kind::ALL {
        let alert = alerts.get(&format!("Shasta{}", camel(kind))).unwrap_or_else(|| panic!("no alert for {kind}"));
        assert!(alert.contains(&format!("kind=\"{kind}\"")), "{alert}");
        let page = kind.as_str().to_lowercase().replace('_', "-") + ".md";
        assert_eq!(runbook(alert, "watch.rules.yml"), Some(page));
    }
}

#[test]
fn every_alert_has_a_severity_and_a_runbook_that_is_there() {
    for file in FILES {
        let alerts = alerts(file);
        assert!(alerts.len() > 6);
        for (name, alert) in alerts {
            assert!(alert.contains("severity: "), "{name}");
            let page = runbook(&alert, file).unwrap_or_else(|| panic!("{name} of {file} has no runbook"));
            assert!(fs::exists(format!("deploy/runbooks/{page}")).unwrap(), "{name}: {page}");
        }
    }
}

#[test]
fn alertmanager_routes_by_severity() {
    tool::run("amtool", &["check-config", "alertmanager.yml"]);
    let receiver = |labels: &[&str]| {
        let arguments = [&["config", "routes", "test", "--config.file=alertmanager.yml"], labels].concat();
        tool::run("amtool", &arguments).trim().to_owned()
    };
    assert_eq!(receiver(&["alertname=ShastaStopped", "severity=page"]), "on-call");
    assert_eq!(receiver(&["alertname=ShastaFallingBehind", "severity=warn"]), "daylight");
    assert_eq!(receiver(&["alertname=ShastaRecovering", "severity=none"]), "nobody");
    assert_eq!(receiver(&["alertname=ShastaDeadMan", "severity=none"]), "dead-man");
}

/// Rendered texts, maintenance, two watchers, and who watches them: `watch.test.yml`.
#[test]
fn alerts_say_what_they_shall_and_the_watcher_is_watched() {
    tool::run("promtool", &["test", "rules", "../../tests/operations/watch.test.yml"]);
}
