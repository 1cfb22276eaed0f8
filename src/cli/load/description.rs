//! What was run, for the report.

use super::call;
use super::options::{LoadOptions, ModelKind};
use crate::core::load::schedule::Pace;
use crate::load::report::{Config, Mode, Model, Objective, Ran};
use crate::load::results::SHARE;
use crate::load::run::{Plan, Sender};

/// What was run. `offered_us` is its length.
pub fn ran(mode: Mode, options: &LoadOptions, plan: &Plan, pace: &Pace, started_at: String, offered_us: i64) -> Ran {
    Ran {
        mode,
        command: call::command_line(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: Some(env!("SHASTA_GIT_SHA").to_owned()),
        started_at,
        duration_s: offered_us as f64 / 1e6,
        config: config(options, plan, pace),
    }
}

fn config(options: &LoadOptions, plan: &Plan, pace: &Pace) -> Config {
    let question = options.question();
    let closed = options.model == ModelKind::Closed;
    Config {
        model: if closed { Model::Closed } else { Model::Open },
        pace: (!closed).then(|| pace.to_string()),
        arrivals: (!closed).then(|| options.arrivals.to_string()),
        seed: Some(options.seed),
        producers: Some(u64::from(plan.population.producers())),
        connections: options.connections.map(u64::from),
        client: Some(plan.sender.as_str().to_owned()),
        payload_bytes: Some(options.payload as u64),
        channels: Some(u64::from(plan.population.channels())),
        level: Some(plan.level.as_str().to_owned()),
        acks: Some("all".to_owned()),
        linger_ms: linger_ms(&plan.sender),
        warm_up_s: options.warm_up().as_secs_f64(),
        pair_by: Some(question.pair_by.as_str().to_owned()),
        objective: Some(Objective {
            stage: question.stage.name().to_owned(),
            quantile: question.objective.quantile,
            limit_ms: question.objective.limit_us as f64 / 1_000.0,
        }),
        others: others(options),
    }
}

fn linger_ms(sender: &Sender) -> Option<f64> {
    match sender {
        Sender::Fat { linger, .. } | Sender::Bare { linger } => Some(linger.as_secs_f64() * 1_000.0),
        Sender::Many { .. } | Sender::Publisher | Sender::Sink { .. } => None,
    }
}

fn others(options: &LoadOptions) -> Vec<(String, String)> {
    let mut others = vec![
        ("objects per channel".to_owned(), options.objects.to_string()),
        ("followers".to_owned(), options.followers.to_string()),
        ("outstanding at most".to_owned(), options.outstanding.to_string()),
    ];
    if options.model == ModelKind::Closed {
        others.push(("threads".to_owned(), options.threads.to_string()));
        others.push(("ramp-up".to_owned(), format!("{:?}", options.ramp_up)));
        others.push(("loops".to_owned(), options.loops.to_string()));
    }
    if !options.faults.is_empty() {
        others.push(("faults of the sink".to_owned(), options.faults.clone()));
    }
    if let Some((host, hosts)) = options.share {
        others.push((SHARE.to_owned(), format!("{host}/{hosts}")));
    }
    others
}
