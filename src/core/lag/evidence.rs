//! Why: the numbers that made a rule true, in one line.

use std::fmt::Write as _;

use super::figure;
use super::group::Group;
use super::incident::Incident;
use super::jumps::Gone;
use super::kind::Kind;
use super::partition::Partition;

pub(super) fn evidence(group: &Group, incident: &Incident, now: f64) -> String {
    let mut text = match incident.kind {
        Kind::Unknown => format!("no reading for {}", whole(group.unread_s(now))),
        Kind::Skipped => gone(group, "committed past", |partition| partition.jumps.skipped),
        Kind::DataLost => gone(group, "deleted before they were read:", |partition| partition.jumps.lost),
        Kind::Rewind => gone(group, "committed offsets went back over", |partition| partition.jumps.rewound),
        Kind::OffsetsBeyondEnd => "committed offsets are above the log's end".to_owned(),
        Kind::OffsetsExpiring => expiring(group, now),
        Kind::HungTransaction => hung(group),
        _ => rates(group, incident),
    };
    if incident.kind == Kind::Stopped || incident.kind == Kind::Stalled {
        text = format!("{}; {text}", standing_still(group, incident, now));
    }
    if incident.kind == Kind::LossImminent {
        let left = group.time_to_loss().map_or("not at this pace".to_owned(), |left| format!("in {}", whole(left)));
        let kept = group.header.retention.seconds.unwrap_or(f64::INFINITY);
        let critical = group.time_to_loss().is_some_and(|left| left < 3_600_f64.min(0.05 * kept));
        text = format!("{}the first loss {left}; {text}", if critical { "critical: " } else { "" });
    }
    // Writing to a text cannot fail.
    if group.partitions.iter().any(|partition| partition.ages.clock_suspect) {
        let _ = write!(text, "; timestamps do not agree with when records came in (clock suspect)");
    }
    if group.is_held(incident.kind, now) {
        let _ = write!(text, "; flapping: held open for 30 min");
    }
    text
}

/// Of the group, or of the partition with the oldest record where it is about some.
fn rates(group: &Group, incident: &Incident) -> String {
    let floor = group.pace.floor_s();
    let those = incident.partitions.iter().filter_map(|number| Some((*number, group.partitions.get(*number)?.last?.age)));
    let oldest = those.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| incident.partitions.len() < group.own().count());
    let of_partition = |number: usize| group.partitions.get(number)?.history.window(group.pace.middle_s());
    let (whose, window, age) = match oldest {
        Some((number, age)) => (format!("partition {number}: "), of_partition(number), age),
        None => (String::new(), group.total.window(group.pace), group.total.age),
    };
    let window = window.map(|window| {
        let below = if window.consume < window.ingest { "<" } else { ">=" };
        let seconds = window.seconds;
        format!("c_{seconds:.0}s={:.1}/s {below} i_{seconds:.0}s={:.1}/s; speed {:.2}; ", window.consume, window.ingest, window.speed)
    });
    let above = if age >= floor { ">=" } else { "<" };
    format!("{whose}{}age {} {above} {}", window.unwrap_or_default(), whole(age), whole(floor))
}

fn standing_still(group: &Group, incident: &Incident, now: f64) -> String {
    let those = || incident.partitions.iter().filter_map(|number| Some((*number, group.partitions.get(*number)?)));
    let poison = those().find(|(_, partition)| partition.owners >= 2 && incident.kind == Kind::Stalled);
    if let Some((number, partition)) = poison {
        let offset = partition.last.map_or(0, |last| last.committed);
        return format!("poison? partition {number} stands at {offset} under {} owners", partition.owners);
    }
    if group.membership.is_empty() {
        return "no member".to_owned();
    }
    let idle = those().map(|(_, partition)| partition.idle_s(now)).fold(0.0, f64::max);
    let members = group.membership.count().map_or(String::new(), |count| format!(", {count} members"));
    format!("{} of {} unmoved for {}{members}", incident.partitions.len(), group.own().count(), whole(idle))
}

fn gone(group: &Group, what: &str, of: impl Fn(&Partition) -> Option<Gone>) -> String {
    let all: Vec<(usize, Gone)> =
        group.partitions.iter().enumerate().filter_map(|(number, partition)| Some((number, of(partition)?))).collect();
    let records: i64 = all.iter().map(|(_, gone)| gone.records).sum();
    let worst = all.iter().max_by_key(|(_, gone)| gone.records);
    let worst = worst
        .map(|(number, gone)| format!("; most in partition {number}: {} to {}, the oldest {} old", gone.from, gone.to, whole(gone.age)));
    format!("{what} {records} records{}", worst.unwrap_or_default())
}

fn expiring(group: &Group, now: f64) -> String {
    let empty_s = group.membership.empty_since().map_or(0.0, |since| now - since);
    let left = group.header.offsets_retention_s.map_or(0.0, |kept| kept - empty_s);
    format!("the group is empty for {}; its offsets expire in {}", whole(empty_s), whole(left))
}

fn hung(group: &Group) -> String {
    let unstable: i64 = group.partitions.iter().filter_map(|partition| partition.last).map(|last| last.unstable).sum();
    format!("{unstable} records above a last stable offset that does not move")
}

fn whole(seconds: f64) -> String {
    figure::seconds(seconds.round())
}
