//! What is watched, as Prometheus scrapes it: made of the board at that moment, so that nothing stale is left.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, Registry, TextEncoder, proto};

use super::board::Board;
use super::document::{ClusterDocument, GroupDocument};
use crate::core::lag::{Kind, PartitionView};
use crate::telemetry::TelemetryError;
use crate::telemetry::names::{self, Metric, watch};

/// From one group on one machine to a cluster that hangs.
const EVALUATION_BOUNDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What is counted over time; all else is read from the board.
#[derive(Clone, Debug)]
pub struct WatchMetrics {
    registry: Registry,
    evaluation: HistogramVec,
    by_partition: bool,
}

impl WatchMetrics {
    /// # Errors
    /// [`TelemetryError::Metrics`]
    pub fn new(by_partition: bool) -> Result<Self, TelemetryError> {
        let metric = watch::EVALUATION_DURATION;
        let options = HistogramOpts::new(metric.name, metric.help).buckets(EVALUATION_BOUNDS.to_vec());
        let evaluation = HistogramVec::new(options, metric.labels).map_err(TelemetryError::metrics)?;
        let registry = Registry::new();
        registry.register(Box::new(evaluation.clone())).map_err(TelemetryError::metrics)?;
        Ok(Self { registry, evaluation, by_partition })
    }

    /// All groups of a cluster were looked at.
    pub fn evaluated(&self, cluster: &str, took: Duration) {
        self.evaluation.with_label_values(&[cluster]).observe(took.as_secs_f64());
    }

    /// # Errors
    /// [`TelemetryError::Metrics`]
    pub fn render(&self, board: &Board) -> Result<String, TelemetryError> {
        let document = board.document(None, None, 0.0);
        let mut families = Families::default();
        document.groups.iter().for_each(|group| families.add_group(group, self.by_partition));
        document.clusters.iter().for_each(|cluster| families.add_cluster(cluster));
        let mut all = families.0;
        all.extend(self.registry.gather());
        TextEncoder::new().encode_to_string(&all).map_err(TelemetryError::metrics)
    }
}

/// Samples by metric, in the order in which they came first.
#[derive(Debug, Default)]
struct Families(Vec<proto::MetricFamily>);

impl Families {
    fn add_group(&mut self, group: &GroupDocument, by_partition: bool) {
        let view = &group.view;
        let labels = [view.cluster.as_str(), view.group.as_str(), view.topic.as_deref().unwrap_or_default()];
        let later = view.eta_forecast_s.and_then(|[_, later]| later);
        let of_group = [
            (watch::GROUP_LAG_RECORDS, view.lag.map(|lag| lag as f64)),
            (watch::GROUP_TIME_LAG, view.age_s),
            (watch::GROUP_INGEST, view.ingest),
            (watch::GROUP_CONSUME, view.consume),
            (watch::GROUP_SPEED, view.speed),
            (watch::GROUP_ETA, view.eta_now_s),
            (watch::GROUP_ETA_FORECAST, later),
            (watch::GROUP_MEMBERS, view.members.map(|members| members as f64)),
            (watch::GROUP_AGE_SKEW, view.age_skew),
            (watch::GROUP_INGEST_SKEW, view.ingest_skew),
            (watch::GROUP_IN_MAINTENANCE, Some(f64::from(u8::from(group.maintenance.is_some())))),
            (watch::RECORDS_LOST, Some(group.lost as f64)),
            (watch::RECORDS_PASSED_OVER, Some(group.skipped as f64)),
        ];
        of_group.into_iter().for_each(|(metric, value)| self.add(metric, &labels, value));
        // Of a group that cannot be read and of which nothing is said yet, nothing is known.
        if view.state.is_some() || view.lag.is_some() {
            self.add_state(view.state, &labels);
        }
        for incident in &group.incidents {
            let [cluster, name, topic] = labels;
            let of_incident = [cluster, name, topic, incident.severity.as_str(), incident.kind.as_str()];
            self.add(watch::INCIDENTS_OPEN, &of_incident, Some(1.0));
        }
        view.partitions.iter().filter(|_| by_partition).for_each(|partition| self.add_partition(partition, &labels));
    }

    fn add_state(&mut self, state: Option<Kind>, [cluster, group, topic]: &[&str; 3]) {
        for known in Kind::ALL.into_iter().map(Some).chain([None]) {
            let name = known.map_or("OK", Kind::as_str);
            self.add(watch::GROUP_STATE, &[cluster, group, topic, name], Some(f64::from(u8::from(known == state))));
        }
    }

    fn add_partition(&mut self, partition: &PartitionView, [cluster, group, topic]: &[&str; 3]) {
        let number = partition.partition.to_string();
        let labels = [*cluster, *group, *topic, &number];
        let offset = |offset: Option<i64>| offset.map(|offset| offset as f64);
        self.add(watch::PARTITION_END_OFFSET, &labels, offset(partition.end));
        self.add(watch::PARTITION_COMMITTED_OFFSET, &labels, offset(partition.committed));
        self.add(watch::PARTITION_START_OFFSET, &labels, offset(partition.start));
        self.add(watch::PARTITION_LAG_RECORDS, &labels, offset(partition.lag));
        self.add(watch::PARTITION_TIME_LAG, &labels, partition.age_s);
        self.add(watch::PARTITION_TIME_TO_LOSS, &labels, partition.ttl_s);
    }

    fn add_cluster(&mut self, cluster: &ClusterDocument) {
        self.add(watch::LAST_SUCCESS, &[&cluster.name], cluster.last_success);
    }

    /// What is not known has no sample.
    fn add(&mut self, metric: Metric, labels: &[&str], value: Option<f64>) {
        let Some(value) = value else { return };
        let mut sample = proto::Metric::default();
        sample.set_label(metric.labels.iter().zip(labels).map(|(name, value)| label(name, value)).collect());
        match metric.kind {
            names::Kind::Counter => {
                let mut counter = proto::Counter::default();
                counter.set_value(value);
                sample.set_counter(counter);
            }
            _ => {
                let mut gauge = proto::Gauge::default();
                gauge.set_value(value);
                sample.set_gauge(gauge);
            }
        }
        self.family(metric).mut_metric().push(sample);
    }

    fn family(&mut self, metric: Metric) -> &mut proto::MetricFamily {
        let known = self.0.iter().position(|family| family.name() == metric.name);
        let at = known.unwrap_or_else(|| {
            let mut family = proto::MetricFamily::default();
            family.set_name(metric.name.to_owned());
            family.set_help(metric.help.to_owned());
            let is_counter = metric.kind == names::Kind::Counter;
            family.set_field_type(if is_counter { proto::MetricType::COUNTER } else { proto::MetricType::GAUGE });
            self.0.push(family);
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

fn label(name: &str, value: &str) -> proto::LabelPair {
    let mut label = proto::LabelPair::default();
    label.set_name(name.to_owned());
    label.set_value(value.to_owned());
    label
}
