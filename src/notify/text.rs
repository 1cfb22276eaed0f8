//! An alert for people: one line that says how bad it is, since when, and when it is over; and below it why, and what to do.

use std::time::{Duration, UNIX_EPOCH};

use crate::core::delivery::{Alert, State};
use crate::core::lag::{Kind, Severity};

/// One line.
pub fn title(alert: &Alert) -> String {
    let kind = alert.kind;
    let place = place(alert);
    let (head, mut parts) = match alert.state {
        State::Open => (format!("{}{kind}", mark(alert)), vec![how_bad(alert), format!("since {}", since(alert)), outlook(alert)]),
        State::Resolved => ("RESOLVED".to_owned(), vec![was(alert), how_bad(alert), outlook(alert)]),
        State::Closed => ("OVER".to_owned(), vec![was(alert)]),
    };
    parts.retain(|part| !part.is_empty());
    format!("{head} {place}: {}", parts.join(", "))
}

/// The numbers behind it, what to type next, and where to read on; a line each.
pub fn body(alert: &Alert) -> String {
    let mut lines = vec![alert.evidence.clone(), figures(alert)];
    if let Some(channel) = &alert.handed_over_by {
        lines.insert(0, format!("{channel} could not deliver this page"));
    }
    lines.push(needed(alert));
    lines.extend(alert.ttl_s.map(|left| format!("the first record is deleted unread in {}", span(left))));
    lines.extend(alert.commands.iter().map(|command| format!("$ {command}")));
    lines.extend(alert.runbook.clone());
    lines.push(format!("incident {} (told by {})", alert.key, alert.watcher));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Two or three units, as a person says it.
pub fn span(seconds: f64) -> String {
    let whole = seconds.clamp(0.0, 1e11) as u64;
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        (..10, ..) => format!("{days} d {hours} h"),
        _ => format!("{days} d"),
    }
}

fn place(alert: &Alert) -> String {
    let topic = alert.topic.as_ref().map_or(String::new(), |topic| format!("/{topic}"));
    format!("{}{topic} in {}", alert.group, alert.cluster)
}

fn mark(alert: &Alert) -> String {
    let severity = if alert.severity == Severity::Page { "PAGE" } else { "WARN" };
    let late = if alert.late { "LATE " } else { "" };
    let still = if alert.reminder { "STILL " } else { "" };
    format!("{late}{still}{severity} ")
}

fn how_bad(alert: &Alert) -> String {
    let partitions = &alert.partitions;
    let those = if partitions.count > 0 && partitions.count < partitions.of {
        format!("{} of {} partitions, ", partitions.count, partitions.of)
    } else {
        String::new()
    };
    match alert.age_s.filter(|age| *age > 0.0) {
        Some(age) => format!("{those}oldest record waits {}", span(age)),
        None if alert.kind == Kind::Unknown => format!("{those}lag can not be read"),
        None => those.trim_end_matches(", ").to_owned(),
    }
}

fn since(alert: &Alert) -> String {
    let opened = time(alert.opened as f64);
    let (day, hour) = (&opened[..10], &opened[11..16]);
    if time(alert.detected_at).starts_with(day) { format!("{hour} UTC") } else { format!("{day} {hour} UTC") }
}

fn time(unix: f64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix.clamp(0.0, 2e11) as u64)).to_string()
}

/// When nothing waits any more, of what is about progress.
fn outlook(alert: &Alert) -> String {
    let is_told = alert.kind.is_progress() && alert.speed.is_some();
    match (alert.eta_forecast_s, alert.eta_now_s) {
        _ if !is_told => String::new(),
        (Some([Some(best), Some(worst)]), _) if span(best) != span(worst) => format!("over in {} to {}", span(best), span(worst)),
        (Some([Some(best), None]), _) => format!("over in {} at best", span(best)),
        (Some([_, Some(eta)]), _) | (None, Some(eta)) => format!("over in about {}", span(eta)),
        _ => "not over at this pace".to_owned(),
    }
}

fn was(alert: &Alert) -> String {
    let lasted = span(alert.detected_at - alert.opened as f64);
    let before = alert.previous.map_or(alert.kind, |previous| previous.kind);
    format!("was {before}, {lasted}")
}

fn figures(alert: &Alert) -> String {
    let rate = |name: &str, rate: Option<f64>| rate.map(|rate| format!("{name} {rate:.1}/s"));
    let partitions = &alert.partitions;
    let worst: Vec<String> = partitions.worst.iter().map(ToString::to_string).collect();
    let more = if partitions.count > worst.len() { " .." } else { "" };
    let versions: Vec<String> = alert.versions.iter().map(|(version, count)| format!("{version} x{count}")).collect();
    let told = [
        alert.lag.map(|lag| format!("lag {lag}")),
        rate("in", alert.ingest),
        rate("out", alert.consume),
        alert.speed.map(|speed| format!("speed {speed:.2}")),
        alert.members.map(|members| format!("members {members}")),
        (!versions.is_empty()).then(|| format!("versions {}", versions.join(" "))),
        (!worst.is_empty()).then(|| format!("partitions {}{more} ({} of {})", worst.join(" "), partitions.count, partitions.of)),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn needed(alert: &Alert) -> String {
    let rate = alert.needed.filter(|_| alert.is_open() && alert.kind.is_progress());
    rate.map_or(String::new(), |rate| format!("to be done in an hour it takes {rate:.0}/s"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::delivery::{Partitions, Previous};
    use crate::notify::tests::alerts::{page, resolved};

    /// 2023-11-14 22:13:20
    const OPENED: i64 = 1_700_000_000;

    fn slow_drain() -> Alert {
        Alert {
            kind: Kind::SlowDrain,
            age_s: Some(166_740.0),
            speed: Some(1.12),
            eta_now_s: Some(1_370_000.0),
            eta_forecast_s: Some([Some(1_209_600.0), Some(1_468_800.0)]),
            needed: Some(14_400.0),
            ttl_s: Some(265_800.0),
            partitions: Partitions::new(&(0..256).collect::<Vec<_>>(), 256),
            evidence: "c_180s=1124.0/s >= i_180s=1002.0/s".to_owned(),
            opened: OPENED,
            detected_at: OPENED as f64 + 1_860.0,
            commands: vec!["shasta lag --group tags".to_owned()],
            runbook: Some("https://runbooks/slow-drain.md".to_owned()),
            ..page("prod/tags/progress/tag-data")
        }
    }

    #[test]
    fn the_title_says_how_bad_it_is_since_when_and_when_it_is_over() {
        let title_of = |alert: Alert| title(&alert);
        assert_eq!(
            title_of(slow_drain()),
            "PAGE SLOW_DRAIN tags/tag-data in prod: oldest record waits 1 d 22 h, since 22:13 UTC, over in 14 d to 17 d"
        );
        let next_day = Alert { detected_at: OPENED as f64 + 90_000.0, eta_now_s: None, eta_forecast_s: None, late: true, ..slow_drain() };
        assert_eq!(
            title_of(next_day),
            "LATE PAGE SLOW_DRAIN tags/tag-data in prod: oldest record waits 1 d 22 h, since 2023-11-14 22:13 UTC, not over at this pace"
        );
        let unknown = Alert { kind: Kind::Unknown, severity: Severity::Warn, age_s: None, speed: None, ..slow_drain() };
        assert_eq!(title_of(unknown), "WARN UNKNOWN tags/tag-data in prod: lag can not be read, since 22:13 UTC");
        let two = Alert { kind: Kind::Stalled, partitions: Partitions::new(&[3, 9], 256), reminder: true, speed: None, ..slow_drain() };
        let expected = "STILL PAGE STALLED tags/tag-data in prod: 2 of 256 partitions, oldest record waits 1 d 22 h, since 22:13 UTC";
        assert_eq!(title_of(Alert { late: false, ..two }), expected);
    }

    #[test]
    fn what_is_over_says_what_it_was_and_for_how_long() {
        let previous = Some(Previous { state: State::Open, severity: Severity::Page, kind: Kind::Stopped });
        let over = Alert { previous, opened: OPENED, detected_at: OPENED as f64 + 7_500.0, age_s: Some(1_200.0), ..resolved("k") };
        let over = Alert { speed: Some(4.0), eta_now_s: Some(400.0), partitions: Partitions::new(&[], 8), ..over };
        let expected = "RESOLVED tags/tag-data in prod: was STOPPED, 2 h 5 min, oldest record waits 20 min, over in about 6 min";
        assert_eq!(title(&over), expected);
        let closed = Alert { state: State::Closed, ..over };
        assert_eq!(title(&closed), "OVER tags/tag-data in prod: was STOPPED, 2 h 5 min");
    }

    #[test]
    fn the_body_has_the_numbers_the_commands_and_the_runbook() {
        let text = body(&Alert { handed_over_by: Some("pager".to_owned()), ..slow_drain() });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "pager could not deliver this page");
        assert_eq!(lines[1], "c_180s=1124.0/s >= i_180s=1002.0/s");
        assert!(lines[2].ends_with("partitions 0 1 2 3 4 5 6 7 8 9 .. (256 of 256)"), "{text}");
        assert_eq!(lines[3], "to be done in an hour it takes 14400/s");
        assert_eq!(lines[4], "the first record is deleted unread in 3 d 1 h");
        assert_eq!(lines[5..7], ["$ shasta lag --group tags", "https://runbooks/slow-drain.md"]);
    }

    #[test]
    fn no_number_makes_a_text_fail() {
        for wild in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300] {
            let alert =
                Alert { age_s: Some(wild), eta_now_s: Some(wild), detected_at: wild, ttl_s: Some(wild), opened: i64::MIN, ..slow_drain() };
            assert!(!title(&alert).is_empty() && !body(&alert).is_empty());
        }
    }
}
