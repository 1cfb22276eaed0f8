//! `deploy/reference.md` and the proofs of the README against the code: what one of them has and the other lacks turns this red.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use prost::Message;
use shasta::core::channel::Channel;
use shasta::core::decode::Reason;
use shasta::core::lag::{Kind as LagKind, Severity};
use shasta::core::load::figures::{Cause, ExitCode as LoadExitCode, Stage};
use shasta::core::rewind::RewindReason;
use shasta::core::slice::SliceCount;
use shasta::core::tag_data::{Change, Changed, Delta, Member, TagData, TagDataEnvelope, TagDataObjectIdentifier};
use shasta::telemetry::names::{self, Kind};
use shasta::telemetry::{FenceOutcome, NotificationResult};

const REFERENCE: &str = "deploy/reference.md";
const LAYOUT: &str = "deploy/layout.md";

/// The text below a heading, up to the next one.
fn section(document: &str, title: &str) -> String {
    let text = fs::read_to_string(document).unwrap();
    let mut lines = text.lines().skip_while(|line| line.trim_start_matches('#').trim() != title || !line.starts_with('#'));
    assert!(lines.next().is_some(), "{document} has no section {title:?}");
    lines.take_while(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// The cells of a table, without the line of names and the ruler.
fn rows(document: &str, title: &str) -> Vec<Vec<String>> {
    let section = section(document, title);
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
fn codes(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The codes of the first column of a table of the reference.
fn first_column(title: &str) -> BTreeSet<String> {
    rows(REFERENCE, title).iter().flat_map(|row| codes(&row[0])).collect()
}

fn sources(directory: &Path) -> String {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let text = |path: &Path| if path.is_dir() { sources(path) } else { fs::read_to_string(path).unwrap() };
    entries.iter().map(|path| text(path)).collect()
}

/// Every `"text"` that follows `before` in a piece of source.
fn quoted_after(source: &str, before: &str) -> BTreeSet<String> {
    let quoted = |rest: &str| rest.trim_start().strip_prefix('"').and_then(|rest| Some(rest.split_once('"')?.0.to_owned()));
    source.split(before).skip(1).filter_map(quoted).collect()
}

/// The body of a function, from its name to the brace that ends it at the same depth.
fn body<'a>(source: &'a str, function: &str) -> &'a str {
    let start = source.find(&format!("fn {function}(")).unwrap_or_else(|| panic!("no function {function}"));
    let indent = source[..start].lines().last().unwrap();
    let indent = &indent[..indent.len() - indent.trim_start().len()];
    let end = source[start..].find(&format!("\n{indent}}}")).unwrap();
    &source[start..start + end]
}

#[test]
fn every_metric_is_there_with_its_type_its_unit_and_its_labels() {
    assert_metrics("Metrics", names::ALL);
    assert_metrics("Metrics of the watcher", names::WATCH);
}

#[track_caller]
fn assert_metrics(title: &str, metrics: &[names::Metric]) {
    let rows = rows(REFERENCE, title);
    for metric in metrics {
        let row = rows.iter().find(|row| row[0] == format!("`{}`", metric.name));
        let row = row.unwrap_or_else(|| panic!("{} is missing", metric.name));
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels = metric.labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!((row[1].as_str(), codes(&row[2]), row[3].clone()), (kind, labels, format!("`{}`", metric.unit)), "{}", metric.name);
    }
    assert_eq!(rows.len(), metrics.len());
}

#[test]
fn every_path_of_the_watcher_is_there() {
    let paths = quoted_after(&fs::read_to_string("src/watch/api/mod.rs").unwrap(), ".route(");
    assert!(paths.contains("/api/v1/lag"));
    assert_eq!(first_column("Of the watcher"), paths);
}

#[test]
fn every_reason_of_a_dead_letter_is_there() {
    assert_eq!(first_column("Reasons of dead letters"), Reason::ALL.iter().map(|reason| reason.as_str().to_owned()).collect());
}

#[test]
fn every_header_of_a_dead_letter_is_there() {
    let written = quoted_after(&fs::read_to_string("src/kafka/dead_letter.rs").unwrap(), "say(");
    assert!(written.contains("shasta-reason"));
    assert_eq!(first_column("Headers of dead letters"), written);
}

#[test]
fn every_reason_of_a_publish_error_is_there() {
    let reasons = quoted_after(body(&fs::read_to_string("src/publish/error.rs").unwrap(), "reason"), "=>");
    assert!(reasons.contains("queue_full"));
    assert_eq!(first_column("Reasons of publish errors"), reasons);
}

#[test]
fn every_reason_to_skip_is_there() {
    let skipped = quoted_after(&sources(Path::new("src/worker")), ".skip(");
    assert!(skipped.contains("applied_before"));
    assert_eq!(first_column("Reasons to skip"), skipped);
}

#[test]
fn every_reason_to_try_again_is_there() {
    let reasons = quoted_after(body(&fs::read_to_string("src/store/error.rs").unwrap(), "reason"), "=>");
    assert!(reasons.contains("out_of_memory"));
    assert_eq!(first_column("Reasons to try again"), reasons);
}

#[test]
fn every_wait_that_has_a_name_of_its_own_is_there() {
    let waits = quoted_after(&sources(Path::new("src/worker")), "waits_for(");
    assert!(waits.contains("dead_letters"));
    assert_eq!(first_column("Waits"), waits);
}

#[test]
fn every_answer_of_the_fence_is_there() {
    assert_eq!(first_column("Answers of the fence"), FenceOutcome::ALL.iter().map(|outcome| outcome.label().to_owned()).collect());
}

#[test]
fn every_result_of_a_notification_is_there() {
    let results = NotificationResult::ALL.iter().map(|result| result.label().to_owned()).collect();
    assert_eq!(first_column("Results of notifications"), results);
}

#[test]
fn every_kind_of_rebalance_is_there() {
    let source = fs::read_to_string("src/telemetry/metrics.rs").unwrap();
    assert_eq!(first_column("Kinds of rebalances"), quoted_after(body(&source, "label"), "=>"));
}

#[test]
fn every_reason_to_start_again_is_there() {
    assert_eq!(first_column("Reasons to start again"), RewindReason::ALL.iter().map(|reason| reason.as_str().to_owned()).collect());
}

#[test]
fn every_rule_of_a_start_is_there() {
    let source = fs::read_to_string("src/worker/starting.rs").unwrap();
    assert_eq!(first_column("Where a partition starts"), quoted_after(body(&source, "because"), "=>"));
}

#[test]
fn every_phase_is_there() {
    let source = fs::read_to_string("src/worker/status.rs").unwrap();
    assert_eq!(first_column("Phases"), quoted_after(body(&source, "as_str"), "=>"));
}

#[test]
fn every_key_of_state_is_there() {
    let source = |file: &str| fs::read_to_string(file).unwrap();
    let (state, status) = (source("src/worker/state.rs"), source("src/worker/status.rs"));
    let mut keys: BTreeSet<String> = quoted_after(body(&state, "to_json"), "value[");
    for body in [body(&state, "state"), body(&state, "to_json"), body(&status, "to_json")] {
        // A key of `json!` is a text before a colon.
        let texts = body.split('"').collect::<Vec<_>>();
        keys.extend(texts.windows(2).skip(1).step_by(2).filter(|pair| pair[1].starts_with(':')).map(|pair| pair[0].to_owned()));
    }
    assert!(keys.contains("uptime_s") && keys.contains("call_us") && keys.contains("age_s"), "{keys:?}");
    let documented: BTreeSet<String> = first_column("Of the worker").union(&first_column("Of each partition")).cloned().collect();
    let parts = |path: &String| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(documented.iter().flat_map(parts).collect::<BTreeSet<_>>(), keys);
}

/// What `/state` says of lag is what `shasta lag` shows of a group.
#[test]
fn every_key_of_lag_is_there() {
    let source = fs::read_to_string("src/core/lag/view.rs").unwrap();
    let (source, _) = source.split_once("#[cfg(test)]").unwrap();
    let structs = source.split("\npub struct ").skip(1).filter_map(|rest| rest.split_once("\n}"));
    let fields = structs.flat_map(|(fields, _)| fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": ")));
    let keys: BTreeSet<String> = fields.map(|(field, _)| field.to_owned()).collect();
    assert!(keys.contains("eta_now_s") && keys.contains("evidence") && keys.contains("unstable"), "{keys:?}");
    assert_eq!(first_column("Of lag"), keys);
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_vector_of_the_layout_holds() {
    let rows = rows(LAYOUT, "Test vectors");
    assert!(rows.len() >= 5);
    for row in rows {
        let channel: Channel = row[0].trim_matches('`').parse().unwrap();
        let key = channel.key();
        let slice = |slices| SliceCount::new(slices).unwrap().slice_of(&key).to_string();
        let ours = (key.as_bytes().to_vec(), key.hash().to_string(), slice(1024), slice(1000));
        assert_eq!((unhex(row[1].trim_matches('`')), row[2].clone(), row[3].clone(), row[4].clone()), ours, "{channel}");
    }
}

#[test]
fn the_layouts_example_bytes_say_what_is_said_of_them() {
    let identifier = ["a", "t", "s", "n"].map(|part| Some(part.to_owned()));
    let [app_id, tag, scope, name] = identifier;
    let identifier = Some(TagDataObjectIdentifier { app_id, tag, scope, name });
    let tag_data = TagData { identifier, deleted: Some(false), lifetime: Some(300), data: Some("{}".to_owned()) };
    let member = Member { name: "m".to_owned(), json: "1".to_owned() };
    let changed = Changed { set: vec![member], removed: vec!["r".to_owned()], lifetime: Some(0) };
    let examples = rows(LAYOUT, "Example bytes");
    let bytes = |row: usize| unhex(examples[row][1].trim_matches('`'));
    for (row, change) in [Change::Set(tag_data.clone()), Change::Changed(changed), Change::Deleted(true)].into_iter().enumerate() {
        let delta = Delta { partition: 1, offset: 2, timestamp_ms: 3, name: "n".to_owned(), change: Some(change) };
        assert_eq!(Delta::decode(bytes(row).as_slice()).unwrap(), delta);
    }
    let envelope = TagDataEnvelope { tag_data: Some(tag_data), sequence_number: Some("1-2".to_owned()), timestamp_ms: Some(5) };
    assert_eq!(TagDataEnvelope::decode(bytes(3).as_slice()).unwrap(), envelope);
}

#[test]
fn every_message_that_is_explained_is_logged() {
    let sources = sources(Path::new("src"));
    let explained = first_column("Log messages");
    assert!(explained.len() > 20);
    let strange: Vec<_> = explained.iter().filter(|message| !sources.contains(&format!("\"{message}\""))).collect();
    assert!(strange.is_empty(), "not in the code: {strange:?}");
}

#[test]
fn every_key_that_read_prints_is_there() {
    let source = fs::read_to_string("src/cli/read/printed.rs").unwrap();
    let structs = source.split("\nstruct Printed").skip(1).filter_map(|rest| rest.split_once("{\n")?.1.split_once("\n}"));
    let fields = structs.flat_map(|(fields, _)| fields.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0)));
    let camel = |field: &str| {
        let mut words = field.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
    };
    // The tag of the changes; an event's members stand among the others.
    let mut keys: BTreeSet<String> = fields.map(camel).chain(["type".to_owned()]).collect();
    assert!(keys.remove("event") && keys.contains("publishedAt"), "{keys:?}");
    assert_eq!(first_column("What `shasta read` prints"), keys);
}

#[test]
fn every_word_of_lag_is_explained() {
    let kinds = LagKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
    assert_eq!(first_column("Kinds of incidents"), kinds);
    let severities = [Severity::None, Severity::Warn, Severity::Page].map(|severity| severity.as_str().to_owned()).into();
    assert_eq!(first_column("Severities of incidents"), severities);
    assert_eq!(first_column("Members of a change"), members("src/core/lag/event.rs", "Event"));
}

#[test]
fn every_member_of_an_alert_is_explained() {
    let members = members("src/core/delivery/alert.rs", "Alert");
    assert!(members.contains("handed_over_by"), "{members:?}");
    assert_eq!(first_column("Members of an alert"), members);
}

/// The public members of a struct.
fn members(file: &str, name: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(file).unwrap();
    let (_, body) = source.split_once(&format!("pub struct {name} {{")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    body.lines().filter_map(|line| Some(line.trim().strip_prefix("pub ")?.split_once(": ")?.0.to_owned())).collect()
}

#[test]
fn every_exit_code_of_a_check_is_explained() {
    let source = fs::read_to_string("src/cli/lag/status/health.rs").unwrap();
    let (_, health) = source.split_once("pub enum Health {").unwrap();
    let (health, _) = health.split_once("\n}").unwrap();
    let codes = health.lines().filter_map(|line| Some(line.split_once(" = ")?.1.trim_end_matches(',').to_owned())).collect();
    assert_eq!(first_column("Exit codes of `shasta lag`"), codes);
}

#[test]
fn every_word_of_a_load_test_is_explained() {
    let stages = Stage::ALL.iter().map(|stage| stage.name().to_owned()).collect();
    assert_eq!(first_column("Stages of an event"), stages);
    let causes = Cause::ALL.iter().map(|cause| cause.name().to_owned()).collect();
    assert_eq!(first_column("Why an event misses the objective"), causes);
    let codes = [LoadExitCode::Accounts, LoadExitCode::Generator, LoadExitCode::Missed, LoadExitCode::Inconclusive, LoadExitCode::Pass];
    let told: Vec<String> =
        rows(REFERENCE, "Exit codes of `shasta load`").into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    assert_eq!(told, codes.map(|code| code.number().to_string()), "the gravest first");
}

#[test]
fn the_rights_of_a_reader_are_those_that_are_tried() {
    let rights =
        |text: &str| text.split(|c: char| c.is_whitespace() || c == '"').filter(|word| word.starts_with('+')).map(str::to_owned).collect();
    let listed: BTreeSet<String> = rights(section(REFERENCE, "What `shasta read` prints").split_once("ACL SETUSER").unwrap().1);
    let tried = fs::read_to_string("tests/it/read/rights.rs").unwrap();
    let (_, tried) = tried.split_once("const RIGHTS").unwrap();
    assert!(listed.contains("+xrange"), "{listed:?}");
    assert_eq!(listed, rights(tried.split_once(';').unwrap().1.split_once("];").unwrap().0));
}

/// Fails where one of these tests is nowhere in the tree.
#[track_caller]
fn assert_proven(proofs: &BTreeSet<String>) {
    let sources = sources(Path::new("src")) + &sources(Path::new("tests"));
    assert!(proofs.len() > 20);
    let missing: Vec<_> = proofs.iter().filter(|test| !sources.contains(&format!("fn {test}("))).collect();
    assert!(missing.is_empty(), "no such test: {missing:?}");
}

#[test]
fn every_test_that_the_readme_names_is_there() {
    assert_proven(&rows("README.md", "What is promised, and what proves it").iter().flat_map(|row| codes(&row[1])).collect());
}

#[test]
fn every_promise_names_tests_that_are_there() {
    const PROMISES: &str = "deploy/promises.md";
    let document = fs::read_to_string(PROMISES).unwrap();
    let titles: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let rows: Vec<_> = titles.iter().flat_map(|title| rows(PROMISES, title)).collect();
    let proofs: Vec<BTreeSet<String>> = rows.iter().map(|row| codes(row.last().unwrap())).collect();
    let unproven: Vec<_> = rows.iter().zip(&proofs).filter(|(_, proofs)| proofs.is_empty()).map(|(row, _)| &row[0]).collect();
    assert!(unproven.is_empty(), "no test is named: {unproven:?}");
    assert_proven(&proofs.into_iter().flatten().collect());
}
