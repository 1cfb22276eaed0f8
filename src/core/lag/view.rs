//! A group as people and programs see it at one moment: the worst first, every partition beside it. What is not known is `None`, never 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::rounded;
use super::evidence::evidence;
use super::falling::time_left;
use super::group::Group;
use super::history::Window;
use super::judge::time_to_loss;
use super::kind::{Kind, Severity};
use super::median::median;
use super::partition::Partition;

/// A reading that is older than this tells nothing about now.
const STALE_S: f64 = 60.0;
/// For which times the rate is given that it takes to have nothing waiting by then: an hour, four, a working day, a day.
const WITHIN_S: [f64; 4] = [3_600.0, 14_400.0, 28_800.0, 86_400.0];

/// A group and a topic. Times are seconds of the samples' clock (live: since 1970), rates records per second over `window_s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct GroupView {
    pub cluster: String,
    pub group: String,
    pub topic: Option<String>,
    /// Whether the group is configured; others never page.
    pub expected: bool,
    /// When the view was made.
    pub at: f64,
    /// When the group was read last; `None`: never yet.
    pub read_at: Option<f64>,
    /// The kind of the worst open incident, in the order of the kinds; `None`: all is well.
    pub state: Option<Kind>,
    /// The loudest of the open incidents.
    pub severity: Severity,
    /// Since when the state is what it is; `None` where all is well.
    pub since: Option<f64>,
    pub members: Option<u64>,
    /// How many partitions are looked at: all, or a worker's own.
    pub of: usize,
    /// How many partitions are in each state; those without one are not counted.
    pub counts: BTreeMap<Kind, usize>,
    /// Records that wait.
    pub lag: Option<i64>,
    /// Of the oldest record that waits in any partition, in seconds.
    pub age_s: Option<f64>,
    /// Where that record waits; `None` where none does.
    pub oldest_partition: Option<usize>,
    pub ingest: Option<f64>,
    pub consume: Option<f64>,
    /// Seconds of event time per second: 0 stopped, 1 holding, above 1 catching up.
    pub speed: Option<f64>,
    /// Over how many seconds the rates were taken.
    pub window_s: Option<f64>,
    /// Until nothing waits at the present speed; `None`: never at this pace, or not known. 0: nothing waits.
    pub eta_now_s: Option<f64>,
    /// With the ingest that this time of the day had, from the better minutes of the last hour of all partitions together to the worse ones
    /// of the oldest alone; `None`: not in sight, or not known.
    pub eta_forecast_s: Option<[Option<f64>; 2]>,
    /// What would have to be consumed to have nothing waiting by then.
    pub needed: Vec<Needed>,
    /// Until retention deletes the first record that waits; `None`: not at this pace, nothing is late, or not known.
    pub ttl_s: Option<f64>,
    /// How long the topic keeps records, in seconds; `None`: for ever, or not known.
    pub retention_s: Option<f64>,
    /// How many bytes each partition keeps.
    pub retention_bytes: Option<f64>,
    /// Until the committed offsets of an empty group expire, in seconds; `None`: it has members, or not known.
    pub offsets_expire_s: Option<f64>,
    /// The typical gap between commits, which all windows follow.
    pub gap_s: f64,
    /// Younger records than this are on their way, not late.
    pub floor_s: f64,
    /// The freshness that is promised.
    pub freshness_s: f64,
    /// How much older the oldest partition is than the median one; `None` where less than two wait.
    pub age_skew: Option<f64>,
    /// How much more comes into the busiest partition than into the mean one.
    pub ingest_skew: Option<f64>,
    /// Timestamps of records do not agree with when they came in.
    pub clock_suspect: bool,
    /// What is open, the worst first.
    pub incidents: Vec<IncidentView>,
    pub partitions: Vec<PartitionView>,
}

/// Records per second that it takes to have nothing waiting within so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Needed {
    pub within_s: f64,
    pub rate: f64,
}

/// An open incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct IncidentView {
    /// The same for the same cluster, group, class of kind and topic, whoever watches.
    pub id: String,
    pub kind: Kind,
    pub severity: Severity,
    pub opened: f64,
    /// Since when it is of this kind.
    pub since: f64,
    pub partitions: Vec<usize>,
    pub evidence: String,
}

/// One partition. Rates as for the group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct PartitionView {
    pub partition: usize,
    /// The worst kind that is true of it; `None`: all is well.
    pub state: Option<Kind>,
    pub since: Option<f64>,
    /// Whether a member has it.
    pub owned: Option<bool>,
    pub owner: Option<String>,
    /// -1: never.
    pub committed: Option<i64>,
    pub end: Option<i64>,
    pub start: Option<i64>,
    pub lag: Option<i64>,
    pub age_s: Option<f64>,
    pub ingest: Option<f64>,
    pub consume: Option<f64>,
    pub speed: Option<f64>,
    /// Until nothing waits at its present speed; `None`: never at this pace, or not known.
    pub eta_s: Option<f64>,
    /// Until retention deletes its first record that waits; `None`: as for the group.
    pub ttl_s: Option<f64>,
    /// For how long it has stood still with work to do; 0 where it moves.
    pub idle_s: Option<f64>,
    /// How many owners it had at the present committed offset: with two and more and no move, the record there may be poison.
    pub owners: usize,
    /// Records above the last stable offset.
    pub unstable: Option<i64>,
    pub clock_suspect: bool,
    /// Deleted before they were read, and committed past without being covered; offsets from, to, and when.
    pub lost: Option<GoneView>,
    pub skipped: Option<GoneView>,
}

/// Records that nobody will read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct GoneView {
    pub at: f64,
    pub from: i64,
    pub to: i64,
    pub records: i64,
}

impl GroupView {
    /// The partition of this number; a worker's view has its own alone.
    pub fn partition(&self, number: usize) -> Option<&PartitionView> {
        self.partitions.iter().find(|partition| partition.partition == number)
    }
}

impl PartitionView {
    /// The offset at which it stands under another owner, or the same again, than the one that stopped there: the record may be poison.
    pub fn poison(&self) -> Option<i64> {
        let stands = self.state == Some(Kind::Stalled) || (self.state == Some(Kind::Stopped) && self.owned == Some(true));
        self.committed.filter(|committed| *committed >= 0 && self.owners >= 2 && stands)
    }
}

impl Group {
    /// How things stand at `now`, in seconds of the samples' clock. Rates are those of the window that is judged by; of all that was looked
    /// at, for who has not looked for so long; and of the time since a stop that has just ended.
    pub fn view(&self, now: f64) -> GroupView {
        let window_s = self.total.shown_s(self.pace, self.looked_at(now));
        let is_fresh = self.last_read.is_some_and(|read| now - read <= STALE_S);
        let window = self.total.window_over(window_s).filter(|_| is_fresh);
        let told = |number: Option<f64>| number.filter(|_| is_fresh).map(rounded);
        let incidents = self.incident_views(now);
        let own = (0..self.partitions.len()).filter(|number| !self.partitions[*number].foreign);
        let mut partitions: Vec<PartitionView> = own.map(|number| self.partition_view(number, now, window_s)).collect();
        incidents.iter().for_each(|incident| share(incident, &mut partitions));
        let state = incidents.iter().map(|incident| incident.kind).min();
        let of_state = |incident: &&IncidentView| Some(incident.kind) == state;
        GroupView {
            cluster: self.header.cluster.clone(),
            group: self.header.group.clone(),
            topic: self.header.topic.clone(),
            expected: self.header.expected,
            at: now,
            read_at: self.last_read,
            state,
            severity: incidents.iter().map(|incident| incident.severity).max().unwrap_or(Severity::None),
            since: incidents.iter().find(of_state).map(|incident| incident.since),
            members: self.membership.count().filter(|_| is_fresh),
            of: partitions.len(),
            counts: counts(&partitions),
            lag: is_fresh.then_some(self.total.lag),
            age_s: told(Some(self.total.age)),
            oldest_partition: oldest(&partitions),
            ingest: told(window.map(|window| window.ingest)),
            consume: told(window.map(|window| window.consume)),
            speed: told(window.map(|window| window.speed)),
            window_s: told(window.map(|window| window.seconds)),
            eta_now_s: told(self.total.eta_at(window.as_ref())),
            eta_forecast_s: self.forecast_s(now).filter(|_| is_fresh).map(|range| range.map(|eta| eta.map(rounded))),
            needed: WITHIN_S.iter().filter_map(|within_s| self.needed_view(*within_s, window.as_ref())).collect(),
            ttl_s: told(partitions.iter().filter_map(|partition| partition.ttl_s).min_by(f64::total_cmp)),
            retention_s: self.header.retention.seconds,
            retention_bytes: self.header.retention.bytes,
            offsets_expire_s: told(self.offsets_left_s(now)),
            gap_s: rounded(self.pace.gap_s),
            floor_s: rounded(self.pace.floor_s()),
            freshness_s: rounded(self.rules.freshness(self.pace)),
            age_skew: age_skew(&partitions),
            ingest_skew: ingest_skew(&partitions),
            clock_suspect: partitions.iter().any(|partition| partition.clock_suspect),
            incidents,
            partitions,
        }
    }

    /// What was lost and what was skipped in each partition.
    pub fn gone(&self) -> impl Iterator<Item = [Option<GoneView>; 2]> {
        self.partitions.iter().map(|partition| [partition.jumps.lost, partition.jumps.skipped].map(|gone| gone.map(GoneView::of)))
    }

    fn needed_view(&self, within_s: f64, window: Option<&Window>) -> Option<Needed> {
        Some(Needed { within_s, rate: rounded(self.total.needed_at(within_s, window?, self.last_look?)) })
    }

    fn incident_views(&self, now: f64) -> Vec<IncidentView> {
        let view = |incident: &super::incident::Incident| IncidentView {
            id: self.id_of(incident.kind),
            kind: incident.kind,
            severity: incident.severity,
            opened: incident.opened,
            since: incident.kind_changed,
            partitions: incident.partitions.clone(),
            evidence: evidence(self, incident, now),
        };
        let mut views: Vec<IncidentView> = self.incidents().map(view).collect();
        views.sort_by_key(|incident| incident.kind);
        views
    }

    fn partition_view(&self, number: usize, now: f64, window_s: f64) -> PartitionView {
        let partition = &self.partitions[number];
        let last = partition.last.filter(|last| now - last.time <= STALE_S);
        let window = partition.history.window(window_s).filter(|_| last.is_some());
        let truth = &partition.last_true;
        let worst = Kind::ALL.into_iter().find_map(|kind| Some((kind, truth.since(kind, self.looked_at(now))?)));
        let eta_s = last.and_then(|last| if last.lag == 0 { Some(0.0) } else { time_left(last.age, window?.speed) });
        let late = last.filter(|last| last.age >= self.pace.floor_s());
        let ttl_s = late.zip(window).and_then(|(last, window)| time_to_loss(&last, &window, &self.header.retention));
        PartitionView {
            partition: number,
            state: worst.map(|(kind, _)| kind),
            since: worst.map(|(_, since)| since),
            owned: last.and_then(|last| last.owned),
            owner: partition.owner().filter(|_| last.is_some_and(|last| last.owned != Some(false))).map(str::to_owned),
            committed: last.map(|last| if last.never_committed { -1 } else { last.committed }),
            end: last.map(|last| last.end),
            start: last.map(|last| last.start),
            lag: last.map(|last| last.lag),
            age_s: last.map(|last| rounded(last.age)),
            ingest: window.map(|window| rounded(window.ingest)),
            consume: window.map(|window| rounded(window.consume)),
            speed: window.map(|window| rounded(window.speed)),
            eta_s: eta_s.map(rounded),
            ttl_s: ttl_s.map(rounded),
            idle_s: last.map(|_| rounded(idle_s(partition, now))),
            owners: partition.owners,
            unstable: last.map(|last| last.unstable),
            clock_suspect: partition.ages.clock_suspect,
            lost: partition.jumps.lost.map(GoneView::of),
            skipped: partition.jumps.skipped.map(GoneView::of),
        }
    }

    /// What was true at the last look is still told between two looks.
    fn looked_at(&self, now: f64) -> f64 {
        self.last_look.unwrap_or(now).min(now)
    }
}

impl GoneView {
    fn of(gone: super::jumps::Gone) -> Self {
        Self { at: gone.time, from: gone.from, to: gone.to, records: gone.records }
    }
}

/// Where the whole group stands still, so does each partition with work, whatever else is true of it.
fn share(incident: &IncidentView, partitions: &mut [PartitionView]) {
    let is_worse = |state: Option<Kind>| state.is_none_or(|state| incident.kind < state);
    let waits = |partition: &&mut PartitionView| is_worse(partition.state) && partition.lag.is_some_and(|lag| lag > 0);
    let concerned = partitions.iter_mut().filter(waits).filter(|partition| incident.partitions.contains(&partition.partition));
    for partition in concerned.filter(|_| incident.kind.stands_still()) {
        (partition.state, partition.since) = (Some(incident.kind), Some(incident.since));
    }
}

/// Since the later of its last move and the arrival of work.
fn idle_s(partition: &Partition, now: f64) -> f64 {
    if partition.is_busy() { partition.idle_s(now) } else { 0.0 }
}

fn counts(partitions: &[PartitionView]) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for kind in partitions.iter().filter_map(|partition| partition.state) {
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

fn oldest(partitions: &[PartitionView]) -> Option<usize> {
    let waiting = partitions.iter().filter_map(|partition| Some((partition.partition, partition.age_s?)));
    waiting.filter(|(_, age)| *age > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(partition, _)| partition)
}

fn age_skew(partitions: &[PartitionView]) -> Option<f64> {
    let mut ages: Vec<f64> = partitions.iter().filter_map(|partition| partition.age_s).filter(|age| *age > 0.0).collect();
    let oldest = ages.iter().copied().fold(0.0, f64::max);
    let typical = median(&mut ages).filter(|_| ages.len() > 1)?;
    Some(rounded(oldest / typical))
}

fn ingest_skew(partitions: &[PartitionView]) -> Option<f64> {
    let rates: Vec<f64> = partitions.iter().filter_map(|partition| partition.ingest).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    (rates.len() > 1 && mean > 0.0).then(|| rounded(rates.iter().copied().fold(0.0, f64::max) / mean))
}

#[cfg(test)]
mod tests {
    use super::super::rules::LagRules;
    use super::super::sample::{GroupState, Reading, Sample};
    use super::super::trace::Header;
    use super::super::{Change, Retention};
    use super::*;

    fn group() -> Group {
        let header = Header {
            cluster: "prod".into(),
            group: "tags".into(),
            topic: Some("tag-data".into()),
            partitions: 2,
            retention: Retention { seconds: Some(86_400.0), bytes: None },
            offsets_retention_s: Some(604_800.0),
            expected: true,
        };
        Group::new(header, LagRules::default())
    }

    /// 100/s into each partition; the first is consumed, the second stands still.
    fn sample(now: f64, start: i64) -> Sample {
        let end = (now * 100.0) as i64;
        let reading = |committed: i64, timestamp: f64| Reading {
            committed: Some(committed),
            end: Some(end),
            start: Some(start),
            timestamp: Some(timestamp),
            owned: Some(true),
            owner: Some("w1".into()),
            ..Reading::default()
        };
        let partitions = vec![reading(end - 100, now - 1.0), reading(1_000, 10.0)];
        Sample { state: Some(GroupState::Stable), members: Some(1), empty_since: None, partitions }
    }

    fn run(group: &mut Group, from: u32, to: u32, start: i64) -> Vec<super::super::Event> {
        (from..to).flat_map(|step| group.observe(Some(&sample(f64::from(step) * 10.0, start)), f64::from(step) * 10.0)).collect()
    }

    #[test]
    fn the_worst_partition_is_told_with_its_numbers() {
        let mut group = group();
        run(&mut group, 1, 100, 0);
        let view = group.view(995.0);
        assert_eq!((view.state, view.severity, view.oldest_partition), (Some(Kind::Stalled), Severity::Page, Some(1)));
        assert_eq!(view.counts, BTreeMap::from([(Kind::Stalled, 1)]));
        assert_eq!((view.partitions[0].state, view.partitions[1].state), (None, Some(Kind::Stalled)));
        assert_eq!((view.lag, view.age_s, view.members), (Some(100 + 98_000), Some(980.0), Some(1)));
        assert_eq!(
            (view.partitions[1].idle_s, view.partitions[1].eta_s, view.partitions[1].owner.as_deref()),
            (Some(975.0), None, Some("w1"))
        );
        assert_eq!(view.incidents[0].id, "prod/tags/progress/tag-data");
        assert!(view.needed.iter().all(|needed| needed.rate > 200.0) && view.needed.len() == 4);
        let text = serde_json::to_string(&view).unwrap();
        assert_eq!(serde_json::from_str::<GroupView>(&text).unwrap(), view);
    }

    #[test]
    fn soon_after_a_stop_the_end_is_in_sight() {
        let mut group = group();
        let look = |group: &mut Group, step: u32, committed: f64| {
            let now = f64::from(step) * 10.0;
            let reading = Reading {
                committed: Some(committed as i64),
                end: Some((now * 100.0) as i64),
                timestamp: Some(committed / 100.0),
                owned: Some(true),
                ..sample(now, 0).partitions[1].clone()
            };
            group.observe(Some(&Sample { partitions: vec![reading; 2], ..sample(now, 0) }), now);
        };
        (1..=60).for_each(|step| look(&mut group, step, f64::from(step) * 1_000.0));
        (61..=120).for_each(|step| look(&mut group, step, 60_000.0));
        assert_eq!(group.view(1_200.0).eta_now_s, None);
        // Three times as fast as records come in: 600 s late, 10 s nearer in each look.
        (121..=126).for_each(|step| look(&mut group, step, 60_000.0 + f64::from(step - 120) * 3_000.0));
        let view = group.view(1_260.0);
        let truth = view.age_s.unwrap() / 2.0;
        assert!((view.eta_now_s.unwrap() - truth).abs() < 0.1 * truth, "{:?} of {truth}", view.eta_now_s);
        (127..=150).for_each(|step| look(&mut group, step, 60_000.0 + f64::from(step - 120) * 3_000.0));
        assert_eq!(group.view(1_500.0).window_s, Some(180.0), "and later the window that is judged by");
    }

    #[test]
    fn what_is_foretold_holds_the_truth_where_one_partition_drains_longest() {
        let mut group = group();
        for step in 1..=60 {
            let now = f64::from(step) * 10.0;
            let end = 200_000.0 + now * 100.0;
            let reading = |lag: f64| Reading {
                committed: Some((end - lag) as i64),
                end: Some(end as i64),
                timestamp: Some(now - lag / 100.0),
                owned: Some(true),
                ..sample(now, 0).partitions[1].clone()
            };
            // Both get 100/s; one is done in 100 s from now, the other in 800 s.
            let partitions = vec![reading(200.0 * (700.0 - now)), reading(50.0 * (1_400.0 - now))];
            group.observe(Some(&Sample { partitions, ..sample(now, 0) }), now);
        }
        let [better, worse] = group.view(600.0).eta_forecast_s.unwrap().map(Option::unwrap);
        assert!(better < 400.0 && (worse - 800.0).abs() < 40.0, "{better}..{worse}");
    }

    #[test]
    fn where_nobody_consumes_every_partition_with_work_stands_still() {
        let mut group = group();
        for step in 1..20 {
            let now = f64::from(step) * 10.0;
            let nobody = Sample { state: Some(GroupState::Empty), members: Some(0), ..sample(1_000.0, 0) };
            let waits = nobody.partitions[1].clone();
            let idle = Reading { committed: waits.end, timestamp: None, ..waits.clone() };
            group.observe(Some(&Sample { partitions: vec![idle, waits], ..nobody }), now);
        }
        let view = group.view(195.0);
        assert_eq!((view.state, view.partitions[0].state, view.partitions[1].state), (Some(Kind::Stopped), None, Some(Kind::Stopped)));
        assert_eq!(view.counts, BTreeMap::from([(Kind::Stopped, 1)]));
    }

    #[test]
    fn a_stale_reading_tells_nothing_about_now() {
        let mut group = group();
        run(&mut group, 1, 100, 0);
        let view = group.view(1_100.0);
        assert_eq!((view.lag, view.age_s, view.ingest, view.members), (None, None, None, None));
        assert_eq!((view.partitions[0].lag, view.read_at), (None, Some(990.0)));
    }

    #[test]
    fn a_loss_stays_until_somebody_acknowledges_it_and_is_told_again_when_it_goes_on() {
        let mut group = group();
        run(&mut group, 1, 20, 0);
        let opened = run(&mut group, 20, 40, 5_000);
        assert!(opened.iter().any(|event| event.kind == Kind::DataLost && event.event == Change::Open), "{opened:?}");
        assert!(run(&mut group, 40, 400, 5_000).iter().all(|event| event.kind != Kind::DataLost));
        group.acknowledge(Kind::DataLost);
        let closed = run(&mut group, 400, 402, 5_000);
        assert!(closed.iter().any(|event| event.kind == Kind::DataLost && event.event == Change::Close), "{closed:?}");
        assert!(run(&mut group, 402, 404, 6_000).iter().any(|event| event.kind == Kind::DataLost && event.event == Change::Open));
    }

    #[test]
    fn a_group_goes_on_as_it_was_after_it_was_stored_and_with_more_partitions() {
        let mut group = group();
        run(&mut group, 1, 100, 0);
        let stored = rmp_serde::to_vec_named(&group).unwrap();
        let mut again: Group = rmp_serde::from_slice(&stored).unwrap();
        assert_eq!(again.view(991.0), group.view(991.0));
        assert_eq!(run(&mut again, 100, 200, 0), run(&mut group, 100, 200, 0));
        let grown = Header { partitions: 3, ..group.header().clone() };
        assert!(again.adopt(grown.clone()) && again.view(1_990.0).of == 3);
        assert!(!again.adopt(Header { partitions: 2, ..grown }), "a topic does not lose partitions");
    }
}
