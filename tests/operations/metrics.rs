//! Every metric that there is, with its labels.

use std::collections::{BTreeMap, BTreeSet};

use shasta::telemetry::names::{self, Kind};

use super::promql::{groupings, mentions};

/// What a scrape adds: the jobs of `deploy/prometheus/scrape.yml` set the last three for workers.
const OF_TARGETS: [&str; 5] = ["job", "instance", "cluster", "group", "topic"];

/// The labels of each series, by its name; a histogram has three.
pub fn known() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut known: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for metric in names::ALL.iter().chain(names::WATCH) {
        let suffixes: &[&str] = if metric.kind == Kind::Histogram { &["_bucket", "_count", "_sum"] } else { &[""] };
        for suffix in suffixes {
            let labels = known.entry(format!("{}{suffix}", metric.name)).or_default();
            labels.extend(metric.labels.iter().chain(&OF_TARGETS));
            labels.extend((*suffix == "_bucket").then_some("le"));
        }
    }
    known
}

/// Fails where a text asks for a metric, or a label of it, that nothing has.
#[track_caller]
pub fn assert_known(text: &str, place: &str) {
    let known = known();
    let found = mentions(text);
    for mention in &found {
        let labels = known.get(&mention.metric).unwrap_or_else(|| panic!("{place}: there is no metric {}", mention.metric));
        let strange: Vec<_> = mention.labels.iter().filter(|label| !labels.contains(label.as_str())).collect();
        assert!(strange.is_empty(), "{place}: {} has no label {strange:?}", mention.metric);
    }
    let all: BTreeSet<&str> = found.iter().flat_map(|mention| &known[&mention.metric]).copied().collect();
    let strange: Vec<String> = groupings(text).into_iter().filter(|label| !all.contains(label.as_str())).collect();
    assert!(strange.is_empty(), "{place}: none of its metrics has {strange:?}");
}
