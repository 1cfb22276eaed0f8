//! The judgement of a run.

use serde::{Deserialize, Serialize};

use crate::core::load::figures::{
    Accounts, Evidence, ExitCode, GeneratorFigures, GeneratorLimit, Judgement, Objective, Stage, judge, percentile,
};
use crate::core::load::figures::{Unbalanced, Verdict};
use crate::load::run::Measured;

/// What is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub objective: Objective,
    /// Where an event has to be within the limit.
    pub stage: Stage,
    pub pair_by: PairBy,
    /// From here on events are counted, in microseconds from the start.
    pub begin_us: i64,
}

/// What is a source of latencies of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairBy {
    /// A load host.
    #[default]
    Host,
    /// A process on it: here the same.
    Process,
    /// Each producer.
    Producer,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Findings {
    pub question: Question,
    pub accounts: Accounts,
    pub unbalanced: Vec<Unbalanced>,
    pub judgement: Judgement,
    pub generator: GeneratorFigures,
    pub limits: Vec<GeneratorLimit>,
    /// Events are missing, and an observer is known to have missed some.
    pub is_blind: bool,
    pub exit: ExitCode,
}

impl PairBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Process => "process",
            Self::Producer => "producer",
        }
    }
}

impl Findings {
    pub fn of(measured: &Measured, question: Question) -> Self {
        let ledger = &measured.ledger;
        let accounts = Accounts::of(ledger, &measured.watched, Some(measured.deadline_us));
        let misses = ledger.misses(question.stage, question.objective, Some(measured.deadline_us));
        let hiccups: Vec<(i64, i64)> =
            measured.host.hiccups.hiccups.iter().map(|hiccup| (hiccup.begin_us, hiccup.begin_us + hiccup.length_us)).collect();
        let evidence = Evidence {
            scheduled: accounts.counted.scheduled,
            misses: &misses,
            begin_us: question.begin_us,
            end_us: measured.offered_us,
            hiccups: &hiccups,
        };
        let judgement = judge(question.objective, &evidence);
        let generator = generator_figures(measured, &accounts, question.begin_us);
        let (unbalanced, limits) = (accounts.check(), generator.limits());
        let is_blind = measured.restarts > 0 && accounts.lost.total > 0;
        let mut findings = Self { question, accounts, unbalanced, judgement, generator, limits, is_blind, exit: ExitCode::Pass };
        findings.exit = findings.exit();
        findings
    }

    /// Of several load hosts as one, where `self` is of all their events: each has to have kept its own accounts and its own pace, or a
    /// mistake of one could hide behind another.
    pub fn with_hosts(mut self, hosts: &[(&str, &Self)]) -> Self {
        for (host, found) in hosts {
            let of_host = |one: &Unbalanced| Unbalanced { equation: format!("{host}: {}", one.equation), ..one.clone() };
            self.unbalanced.extend(found.unbalanced.iter().map(of_host));
        }
        let most =
            |share: fn(&GeneratorFigures) -> Option<f64>| hosts.iter().filter_map(|(_, found)| share(&found.generator)).reduce(f64::max);
        let sum = |rate: fn(&GeneratorFigures) -> f64| hosts.iter().map(|(_, found)| rate(&found.generator)).sum();
        self.generator = GeneratorFigures {
            offered: sum(|figures| figures.offered),
            achieved: sum(|figures| figures.achieved),
            cpu_share: most(|figures| figures.cpu_share),
            run_delay_share: most(|figures| figures.run_delay_share),
            ..self.generator
        };
        self.limits = hosts.iter().flat_map(|(_, found)| found.limits.iter().copied()).collect();
        self.exit = self.exit();
        self
    }

    /// What was not seen because nobody looked in time is neither lost nor stored.
    fn exit(&self) -> ExitCode {
        let only_unseen = self.is_blind && self.faults().len() == 1;
        let (faultless, verdict) = match only_unseen {
            true => (true, Verdict::Inconclusive),
            false => (self.faults().is_empty(), self.judgement.verdict),
        };
        ExitCode::of(self.unbalanced.is_empty(), self.limits.is_empty(), faultless, verdict)
    }

    /// What the system did wrong, in sentences.
    pub fn faults(&self) -> Vec<String> {
        self.accounts.faults()
    }

    /// Acknowledged events that are missing at the last stage that somebody watched.
    pub fn lost(&self) -> u64 {
        self.accounts.all().stages.iter().map(|stage| stage.acknowledged_lost).max().unwrap_or(0)
    }
}

fn generator_figures(measured: &Measured, accounts: &Accounts, begin_us: i64) -> GeneratorFigures {
    let slips = measured.ledger.sorted_latencies(Stage::Sent);
    let (mut last_due_us, mut last_sent_us) = (begin_us, begin_us);
    for entry in measured.ledger.entries().filter(|entry| entry.scheduled.counted) {
        last_due_us = last_due_us.max(entry.scheduled.intended_us);
        last_sent_us = last_sent_us.max(entry.scheduled.intended_us + entry.latency_us(Stage::Sent).unwrap_or(0));
    }
    // From the first to the last there is one gap less than events.
    let per_second = |events: u64, until_us: i64| events.saturating_sub(1) as f64 / ((until_us - begin_us).max(1) as f64 / 1e6);
    let samples = measured.host.usage.samples.iter().filter(|sample| (begin_us..=measured.offered_us).contains(&sample.at_us));
    let span = samples.clone().next().zip(samples.clone().next_back()).filter(|(first, last)| last.at_us > first.at_us);
    let share = |used: fn(&crate::load::host::HostSample) -> u64, of: f64| {
        span.map(|(first, last)| used(last).saturating_sub(used(first)) as f64 / ((last.at_us - first.at_us) as f64 * of))
    };
    let pacer = measured.host.pacer.as_ref();
    GeneratorFigures {
        slip_p999_us: percentile(&slips, 0.999),
        offered: per_second(accounts.counted.scheduled, last_due_us),
        achieved: per_second(accounts.counted.sent, last_sent_us),
        dropped: accounts.counted.dropped,
        cpu_share: share(|sample| sample.cpu_us, measured.host.allowed.cpus()),
        run_delay_share: pacer.map(|pacer| pacer.run_delay_us as f64 / pacer.paced_us.max(1) as f64),
    }
}
