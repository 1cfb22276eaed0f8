//! One run by another.

use serde_json::Value;

use super::difference::differences;
use crate::core::load::figures::{ExitCode, Ratio, Stage, Support, compare as ratios};
use crate::load::findings::Findings;
use crate::load::raw::Recording;
use crate::load::report::{COMPARISON_SCHEMA, Compared, Comparison, Config, Difference, Mark, Side};

/// Of the draws of the intervals: the same two runs always compare the same.
const SEED: u64 = 1;

/// The settings of a run, by name.
pub fn settings_of(config: &Config) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

/// Settings that are not the same, so that a ratio of the runs would mean nothing.
pub fn settings_that_differ(a: &Recording, b: &Recording) -> Vec<Difference> {
    let of = |recording: &Recording| settings_of(&recording.trailer.frame.ran.config);
    let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    differences(&of(a), &of(b)).into_iter().map(|one| Difference { setting: one.member, a: value(one.left), b: value(one.right) }).collect()
}

/// B by A at each percentile of the acknowledgement and of the stages that both watched. `tolerance` is a share: 0.05 is 5 %.
pub fn compare(a: &Recording, b: &Recording, tolerance: f64) -> Comparison {
    let rows: Vec<Compared> = stages(a, b).into_iter().flat_map(|stage| rows(a, b, stage, tolerance)).collect();
    let regression = rows.iter().any(|row| row.regression);
    Comparison {
        schema: COMPARISON_SCHEMA.to_owned(),
        a: side(a),
        b: side(b),
        differences: settings_that_differ(a, b),
        exit_code: if regression { ExitCode::Missed.number() } else { ExitCode::Pass.number() },
        why: why(&rows, tolerance) + &doubts("A", a) + &doubts("B", b),
        rows,
        regression,
    }
}

fn stages(a: &Recording, b: &Recording) -> Vec<Stage> {
    let watched = |recording: &Recording, stage| stage == Stage::Acknowledged || recording.trailer.measured.watched.contains(&stage);
    Stage::ALL.into_iter().filter(|stage| watched(a, *stage) && watched(b, *stage)).collect()
}

fn rows(a: &Recording, b: &Recording, stage: Stage, tolerance: f64) -> Vec<Compared> {
    let of = |recording: &Recording| recording.trailer.measured.ledger.timed_latencies(stage);
    ratios(&of(a), &of(b), tolerance, SEED).into_iter().map(|ratio| told(stage, &ratio)).collect()
}

/// What is not finite, because events were lost, is told as unknown.
fn told(stage: Stage, ratio: &Ratio) -> Compared {
    let finite = |value: f64| value.is_finite().then_some(value);
    Compared {
        stage: stage.name().to_owned(),
        quantile: ratio.quantile,
        a_us: finite(ratio.a_us),
        b_us: finite(ratio.b_us),
        ratio: ratio.ratio.and_then(finite),
        low: ratio.interval.and_then(|(low, _)| finite(low)),
        high: ratio.interval.and_then(|(_, high)| finite(high)),
        mark: match ratio.support {
            Support::OnlyMaximum => Mark::OnlyMaximum,
            Support::Weak => Mark::Weak,
            Support::Firm => Mark::Sound,
        },
        regression: ratio.regression,
    }
}

fn side(recording: &Recording) -> Side {
    let frame = &recording.trailer.frame;
    Side {
        name: recording.path.display().to_string(),
        commit: frame.ran.commit.clone(),
        started_at: frame.ran.started_at.clone(),
        host: frame.machine.host.clone(),
    }
}

fn why(rows: &[Compared], tolerance: f64) -> String {
    let allowed = tolerance * 100.0;
    let slower: Vec<String> = rows.iter().filter(|row| row.regression).map(slower).collect();
    match slower.as_slice() {
        [] => format!("no percentile of B is surely more than {allowed} % above that of A"),
        slower => format!("B is surely more than {allowed} % slower: {}", slower.join(", ")),
    }
}

fn slower(row: &Compared) -> String {
    let name = crate::core::load::figures::percentile_name(row.quantile);
    let times = row.ratio.map_or_else(|| "lost events reach it".to_owned(), |ratio| format!("{ratio:.2} times A's"));
    format!("{name} {} ({times})", row.stage)
}

/// A run that proves nothing by itself does not do so beside another.
fn doubts(name: &str, recording: &Recording) -> String {
    let findings = Findings::of(&recording.trailer.measured, recording.trailer.question);
    match findings.exit {
        ExitCode::Accounts => format!("; but the accounts of {name} do not add up"),
        ExitCode::Generator => format!("; but in {name} the load generator was the limit"),
        ExitCode::Pass | ExitCode::Missed | ExitCode::Inconclusive => String::new(),
    }
}
