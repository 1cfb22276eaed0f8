//! An invented run, with one of everything. Its figures are made up: they are for eyes and layouts, not for anyone's belief.

use crate::load::report::document::*;

/// Evenly spread numbers, the same each time.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 1, with a long tail upwards.
    fn skewed(&mut self, tail: f64) -> f64 {
        (-(1.0 - self.share()).ln()).powf(tail).max(0.05)
    }
}

/// JSON of up to 15 digits comes back to the bit.
fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

pub const PERCENTILES: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

fn stage(name: &str, n: u64, us: [f64; 6], max_us: f64) -> Stage {
    let percentile = |(quantile, us): (&f64, &f64)| {
        let mark = Mark::of(n, *quantile);
        let high_us = (mark == Mark::Sound).then_some(rounded(us * 1.08));
        Percentile { quantile: *quantile, us: Some(*us), low_us: Some(rounded(us * 0.94)), high_us, mark }
    };
    Stage {
        name: name.into(),
        from: "intended".into(),
        clock: (name == "stored").then(|| "+-1 ms, Redis' clock".into()),
        n,
        negative: if name == "stored" { 3 } else { 0 },
        percentiles: PERCENTILES.iter().zip(&us).map(percentile).collect(),
        min_us: Some(rounded(us[0] * 0.4)),
        mean_us: Some(rounded(us[0] * 1.3)),
        max_us: Some(max_us),
        curve: curve(n, us, max_us),
    }
}

/// Straight on both logarithms between the percentiles.
fn curve(n: u64, us: [f64; 6], max_us: f64) -> Vec<Point> {
    let end = n as f64;
    let mut anchors: Vec<(f64, f64)> = vec![(1.0, rounded(us[0] * 0.4))];
    anchors.extend(PERCENTILES.iter().zip(us).map(|(quantile, us)| (1.0 / (1.0 - quantile), us)).filter(|(x, _)| *x < end));
    anchors.push((end, max_us));
    let at = |x: f64| {
        let right = anchors.iter().position(|(anchor, _)| *anchor >= x).unwrap_or(anchors.len() - 1).max(1);
        let ((left_x, left_y), (right_x, right_y)) = (anchors[right - 1], anchors[right]);
        let share = (x / left_x).ln() / (right_x / left_x).ln();
        rounded(left_y * (right_y / left_y).powf(share.clamp(0.0, 1.0)))
    };
    (0..=120)
        .map(|step| end.powf(f64::from(step) / 120.0))
        .map(|x| Point { quantile: ((1.0 - 1.0 / x) * 1e12).round() / 1e12, us: at(x) })
        .collect()
}

fn series(seconds: u32) -> Vec<Second> {
    let mut dice = Dice(7);
    let mut lag = 0.0_f64;
    let mut all = Vec::new();
    for second in 0..seconds {
        let at = f64::from(second);
        let stalled = (310..318).contains(&second);
        let base = if second < 10 { 9.0 } else { 3.4 } + (at / 60.0).sin() * 0.3;
        let latency = if stalled { 2_600.0 - (at - 310.0) * 300.0 } else { base * 6.0 * dice.skewed(0.5) };
        lag = if stalled { lag + 900.0 } else { (lag * 0.35 + dice.share() * 8.0).max(2.0) };
        all.push(Second {
            at_s: at,
            offered: Some(1_000),
            sent: Some(1_000),
            acknowledged: Some(if stalled { 120 } else { 1_000 }),
            stored: Some(if stalled { 90 } else { 1_000 }),
            delivered: Some(if stalled { 80 } else { (1_000.0 + (lag - 400.0).max(0.0)) as u64 }),
            failed: Some(if second == 314 { 12 } else { 0 }),
            p50_us: Some(if stalled { rounded(latency * 400.0) } else { rounded(base * 1_000.0) }),
            p99_us: Some(rounded(latency * 1_000.0)),
            p9999_us: Some(rounded(latency * 1_300.0)),
            max_us: Some(rounded(latency * 1_400.0)),
            outstanding: Some(if stalled { lag as u64 } else { 4 + (dice.share() * 9.0) as u64 }),
            lag: Some(lag as u64),
            slip_max_us: Some(rounded(120.0 * dice.skewed(0.9) + if second == 452 { 2_100.0 } else { 0.0 })),
            hiccup_max_us: Some(rounded(80.0 * dice.skewed(0.9) + if second == 452 { 1_900.0 } else { 0.0 })),
            cpu_percent: Some(rounded(21.0 + dice.share() * 4.0)),
            rss_bytes: Some(81_000_000 + u64::from(second) * 3_000),
            worker_cpu_percent: (!(500..515).contains(&second)).then_some(rounded(38.0 + dice.share() * 9.0)),
            worker_rss_bytes: (!(500..515).contains(&second)).then_some(142_000_000 + (at.sqrt() * 400_000.0) as u64),
        });
    }
    // What was not looked at is a gap, not a line across.
    all.retain(|second| !(400.0..412.0).contains(&second.at_s));
    all
}

fn tails() -> Tails {
    let mut dice = Dice(11);
    let medians = [("D2", 9.2), ("D3", 31.0), ("D4", 260.0), ("D5", 610.0)];
    let tail = |metric: &str, ms: f64, n: u64| {
        let quantile = 1.0 - 0.1_f64.powi(i32::from(metric.as_bytes()[1] - b'0'));
        PairTail { metric: metric.into(), ms: rounded(ms), mark: Mark::of(n, quantile) }
    };
    let mut pair = |number: u64| Pair {
        source: format!("load-{}", number % 4 + 1),
        destination: format!("worker-{}", number / 4 + 1),
        n: 36_000,
        median_ms: rounded(3.0 + dice.share()),
        tails: medians.iter().map(|(metric, ms)| tail(metric, ms * (0.6 + 0.9 * dice.skewed(0.6)), 36_000)).collect(),
    };
    let mut pairs: Vec<Pair> = (0..24).map(&mut pair).collect();
    pairs.sort_by(|a, b| b.tails[2].ms.total_cmp(&a.tails[2].ms));
    let row = |(index, (metric, _)): (usize, &(&str, f64))| {
        let mut all: Vec<f64> = pairs.iter().map(|pair| pair.tails[index].ms).collect();
        all.sort_by(f64::total_cmp);
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|ms| (ms - mean).powi(2)).sum::<f64>() / all.len() as f64;
        TailRow {
            metric: (*metric).into(),
            median_ms: rounded((all[11] + all[12]) / 2.0),
            mean_ms: rounded(mean),
            stddev_ms: rounded(variance.sqrt()),
            max_ms: all[23],
            min_ms: all[0],
            pairs: 24,
            mark: pairs[0].tails[index].mark,
        }
    };
    Tails {
        stage: "delivered".into(),
        pair_by: "host".into(),
        rows: medians.iter().enumerate().map(row).collect(),
        pooled: medians.iter().map(|(metric, ms)| tail(metric, ms * 1.1, 864_000)).collect(),
        pairs,
        pairs_total: 24,
        drift: (0..6)
            .map(|index| Drift {
                begin_s: f64::from(index) * 600.0,
                length_s: 600.0,
                n: 144_000,
                median_ms: rounded(3.3 + 0.1 * f64::from(index)),
            })
            .collect(),
    }
}

fn accounts() -> Accounts {
    let count = |name: &str, count| Count { name: name.into(), count };
    let event = |event: u64| NamedEvent {
        event,
        producer: Some(event % 1_000),
        intended_us: Some(event as i64 * 1_000),
        partition: Some((event % 12) as i32),
        offset: Some(event as i64 / 12),
        note: None,
    };
    Accounts {
        scheduled: 864_000,
        dropped: 0,
        sent: 864_000,
        acknowledged: 863_988,
        failed: 12,
        unknown: 0,
        stored_unique: Some(863_981),
        acknowledged_lost: Some(7),
        unacknowledged_stored: Some(2),
        received: Some(863_988),
        unique: Some(863_983),
        doubled: Some(5),
        producer_retries: Some(4),
        reordered: Some(3),
        corrupt: Some(1),
        late: Some(0),
        negative: Some(3),
        warm_up: 10_000,
        equations: vec![
            Account { left: count("scheduled", 864_000), right: vec![count("sent", 864_000), count("dropped", 0)], ok: true },
            Account {
                left: count("sent", 864_000),
                right: vec![count("acknowledged", 863_988), count("failed", 12), count("unknown", 0)],
                ok: true,
            },
            Account {
                left: count("acknowledged", 863_988),
                right: vec![count("stored_unique", 863_981), count("acknowledged_lost", 7)],
                ok: true,
            },
            Account { left: count("received", 863_988), right: vec![count("unique", 863_982), count("duplicates", 5)], ok: false },
        ],
        lists: vec![EventList { kind: "lost".into(), total: 7, events: (0..7).map(|index| event(310_017 + index * 613)).collect() }],
    }
}

fn capacity() -> Capacity {
    let step = |rate: f64, passes: u64, runs: u64, outcome: StepOutcome, ms: f64, why: &str| Step {
        rate_per_s: rate,
        achieved_per_s: Some(if outcome == StepOutcome::Generator { rounded(rate * 0.981) } else { rate }),
        runs,
        passes,
        outcome,
        why: why.into(),
        n: (rate * 60.0) as u64,
        p50_us: Some(rounded(3_100.0 + rate / 20.0)),
        p99_us: Some(rounded(ms * 280.0)),
        p9999_us: Some(ms * 1_000.0),
        backlog_slope: Some(if outcome == StepOutcome::Fail { rounded(rate * 0.04) } else { 0.1 }),
        duration_s: 100.0,
    };
    Capacity {
        steps: vec![
            step(1_000.0, 1, 1, StepOutcome::Pass, 21.0, "holds"),
            step(1_500.0, 1, 1, StepOutcome::Pass, 24.0, "holds"),
            step(2_250.0, 1, 1, StepOutcome::Pass, 33.0, "holds"),
            step(3_375.0, 3, 3, StepOutcome::Pass, 58.0, "holds"),
            step(3_586.0, 2, 3, StepOutcome::Fail, 131.0, "p99.99 of one of three runs is 131 ms"),
            step(4_218.0, 0, 2, StepOutcome::Inconclusive, 96.0, "one stall decides alone, twice"),
            step(5_062.0, 0, 1, StepOutcome::Fail, 4_100.0, "the backlog grows by 202 events/s (t = 41)"),
            step(7_593.0, 0, 1, StepOutcome::Generator, 5_200.0, "slip p99.9 is 7.1 ms"),
        ],
        found_per_s: Some(3_375.0),
        broke_at_per_s: Some(3_586.0),
        lower_bound: false,
        why: "3 of 3 runs hold at 3,375/s; at 3,586/s one of three did not.".into(),
    }
}

fn backpressure() -> Backpressure {
    let cell = |publisher: &str, bound: Option<u64>, policy: &str, overload: f64| {
        let offered = (3_375.0 * overload * 60.0) as u64;
        let durable = offered.min(3_300 * 60);
        let rejects = policy == "reject";
        Cell {
            publisher: publisher.into(),
            bound,
            policy: policy.into(),
            overload,
            duration_s: 60.0,
            offered,
            accepted: if rejects { durable } else { offered },
            durable,
            durable_per_s: Some(durable as f64 / 60.0),
            rejected: if rejects { offered - durable } else { 0 },
            expired: if rejects { 0 } else { offered - durable },
            acknowledged_lost: if bound.is_none() { 41 } else { 0 },
            untold: 0,
            response: PERCENTILES
                .iter()
                .map(|quantile| Percentile {
                    quantile: *quantile,
                    us: Some(rounded(4_000.0 * overload / (1.0 - quantile).sqrt())),
                    mark: Mark::of(offered, *quantile),
                    ..Default::default()
                })
                .chain([Percentile { quantile: 1.0, us: Some(2e6), ..Default::default() }])
                .collect(),
            queue_ms: Some(150.1),
            little_ms: bound.map(|bound| rounded(bound as f64 / 3.3)),
            memory_slope_bytes_per_s: Some(if bound.is_none() { 3.1e6 } else { 112.0 }),
            recovery_s: Some(1.4),
            truthful: Some(bound.is_some()),
            bounded: Some(bound.is_some()),
            stable: (overload > 1.0).then_some(true),
        }
    };
    Backpressure {
        capacity_per_s: Some(3_375.0),
        cells: vec![
            cell("shasta", Some(500), "block", 1.0),
            cell("shasta", Some(500), "block", 3.0),
            cell("shasta", Some(5_000), "reject", 3.0),
            cell("bare", None, "block", 3.0),
        ],
        why: "The publisher is truthful, bounded and stable at every bound; a bare producer is neither truthful nor bounded.".into(),
    }
}

fn catchup() -> Catchup {
    let waiting = |at: f64| match at {
        at if at < 60.0 => 3.0,
        at if at < 180.0 => (at - 60.0) * 1_000.0,
        at => (120_000.0 - (at - 183.0).max(0.0) * 2_600.0).max(4.0),
    };
    let point = |second: u32| {
        let at = f64::from(second);
        let running = !(60.0..183.0).contains(&at);
        Backlog {
            at_s: at,
            waiting: Some(waiting(at) as u64),
            consumed_per_s: Some(if !running {
                0.0
            } else if waiting(at) > 10.0 {
                3_600.0
            } else {
                1_000.0
            }),
            ingested_per_s: Some(1_000.0),
            eta_s: None,
        }
    };
    let eta = |done_percent: f64, foretold: f64, real: f64| EtaError { done_percent, foretold_s: Some(foretold), real_s: Some(real) };
    Catchup {
        outage_s: 120.0,
        stopped_at_s: Some(60.0),
        restarted_at_s: Some(180.0),
        rate_per_s: 1_000.0,
        backlog: 120_000,
        alert_s: Some(31.0),
        first_stored_s: Some(3.2),
        drain_s: Some(49.2),
        fresh_s: Some(51.0),
        peak_per_s: Some(4_120.0),
        mean_per_s: Some(3_600.0),
        ratio: Some(3.6),
        eta_errors: vec![eta(10.0, 52.0, 44.3), eta(50.0, 23.1, 24.6), eta(90.0, 5.0, 4.9)],
        cache_hits_percent: Some(91.4),
        lost: 0,
        doubled: 0,
        page_cache: Some("The backlog (76 MiB) was in the broker's page cache: a backlog of days comes from its disk.".into()),
        two_days: Some("A 2-day outage at this rate takes 18 h 28 min to catch up.".into()),
        curve: (0..300).map(point).collect(),
    }
}

/// A run of an hour in minutes, with a stall, a gap, losses and every optional section.
pub fn rich() -> Report {
    let n = 863_981;
    let config = Config {
        model: Model::Open,
        pace: Some("1000:874".into()),
        arrivals: Some("phase".into()),
        seed: Some(42),
        producers: Some(1_000),
        connections: Some(1_000),
        client: Some("rskafka".into()),
        payload_bytes: Some(512),
        channels: Some(20_000),
        level: Some("follower".into()),
        acks: Some("all".into()),
        linger_ms: Some(0.0),
        warm_up_s: 10.0,
        pair_by: Some("host".into()),
        objective: Some(Objective { stage: "delivered".into(), quantile: 0.9999, limit_ms: 100.0 }),
        others: vec![("compression".into(), "none".into())],
    };
    let stall =
        |begin_s: f64, exceedances, hiccup_ms| Stall { begin_s, length_ms: 2_610.4, exceedances, worst_ms: Some(2_811.0), hiccup_ms };
    Report {
        ran: Ran {
            mode: Mode::Run,
            command: "shasta load run --rate 1000:874 --producers 1000 --payload 512 --channels 20000 --objective p99.99=100ms".into(),
            version: "1.9.0".into(),
            commit: Some("008eb19".into()),
            started_at: "2026-11-21T22:10:04Z".into(),
            duration_s: 874.0,
            config,
        },
        machine: Machine {
            host: "bench-1".into(),
            cpus: Some(16.0),
            cpu_model: Some("Invented CPU 9000".into()),
            memory_bytes: Some(32 << 30),
            kernel: Some("6.8.0".into()),
            shared: true,
        },
        servers: Servers {
            kafka: Some("3.9.1".into()),
            redis: Some("7.0.15".into()),
            brokers: Some(1),
            redis_nodes: Some(1),
            topic: Some("shasta-load-5f2a".into()),
            partitions: Some(12),
            workers: Some(3),
            worker_version: Some("1.9.0".into()),
        },
        load_hosts: (0..2)
            .map(|host| LoadHost { host: format!("load-{host}"), first_producer: host * 500, producers: 500, scheduled: 432_000, started_at: None })
            .collect(),
        clocks: vec![
            Clock {
                host: "bench-1".into(),
                source: "chrony".into(),
                offset_us: Some(-41.0),
                error_us: Some(310.0),
                steps: vec![ClockStep { at_s: 512.25, by_us: -1_500_000.0 }],
                note: Some("one-way figures to +-0.31 ms".into()),
            },
            Clock { host: "redis-1".into(), source: "stream ids".into(), note: Some("milliseconds only".into()), ..Default::default() },
        ],
        verdict: Verdict {
            outcome: Outcome::Fail,
            exit_code: 3,
            why: "The accounts do not add up: received 863,988 is not unique 863,982 + duplicates 5; and 2,719 of 864,000 events exceed 100 ms.".into(),
            scheduled: 864_000,
            exceedances: 2_719,
            missing: 19,
            allowed: Some(86.4),
            low: Some(812.0),
            high: Some(5_120.0),
            dispersion: Some(2_290.31),
            windows_hit: Some(2),
            windows: Some(87),
            stalls: vec![stall(310.02, 2_650, None), stall(452.11, 50, Some(61.0))],
            stalls_total: 2,
        },
        accounts: accounts(),
        generator: Some(Generator {
            slip_p50_us: Some(52.0),
            slip_p999_us: Some(410.0),
            slip_max_us: Some(rounded(2_310.0)),
            offered_per_s: Some(1_000.0),
            achieved_per_s: Some(1_000.0),
            dropped: 0,
            cpu_percent: Some(23.0),
            run_delay_percent: Some(0.4),
            hiccup_max_us: Some(1_990.0),
            priority: Some("SCHED_FIFO 50".into()),
            limits: Vec::new(),
        }),
        stages: vec![
            stage("send", 864_000, [60.0, 95.0, 180.0, 400.0, 900.0, 2_100.0], 2_310.0),
            stage("acknowledged", 863_988, [1_900.0, 2_700.0, 8_100.0, 19_000.0, 900_000.0, 2_400_000.0], 2_600_000.0),
            stage("stored", n, [2_900.0, 4_100.0, 12_000.0, 31_000.0, 1_100_000.0, 2_600_000.0], 2_750_000.0),
            stage("delivered", n, [3_400.0, 4_700.0, 14_200.0, 38_000.0, 1_150_000.0, 2_700_000.0], 2_811_000.0),
        ],
        tails: vec![tails()],
        series: series(874),
        capacity: Some(capacity()),
        backpressure: Some(backpressure()),
        catchup: Some(catchup()),
        left_behind: vec![
            LeftBehind { kind: "topic".into(), name: "shasta-load-5f2a".into(), remove: Some("kafka-topics --delete --topic shasta-load-5f2a".into()) },
            LeftBehind { kind: "redis prefix".into(), name: "load:5f2a".into(), remove: None },
        ],
        notes: vec!["One machine, not three zones: network and replication cost next to nothing here.".into()],
        ..Report::default()
    }
}

/// What is read at a glance: no series, no curves, no other modes.
pub fn small() -> Report {
    let mut report = rich();
    report.series.clear();
    report.capacity = None;
    report.backpressure = None;
    report.catchup = None;
    report.load_hosts.clear();
    report.stages.iter_mut().for_each(|stage| stage.curve.clear());
    report.tails.iter_mut().for_each(|tails| tails.pairs.truncate(2));
    report.tails.iter_mut().for_each(|tails| tails.drift.truncate(2));
    report
}

/// One event was sent, and arrived.
pub fn one() -> Report {
    let mut report = Report {
        accounts: Accounts { scheduled: 1, sent: 1, acknowledged: 1, received: Some(1), unique: Some(1), ..Accounts::default() },
        verdict: Verdict { scheduled: 1, why: "One event says nothing about p99.99.".into(), ..Verdict::default() },
        ..Report::default()
    };
    report.ran.config.objective = Some(Objective { stage: "delivered".into(), quantile: 0.9999, limit_ms: 100.0 });
    report.stages = vec![Stage { curve: vec![Point { quantile: 0.0, us: 3_000.0 }], ..stage("delivered", 1, [3_000.0; 6], 3_000.0) }];
    let row = |metric: &str| TailRow { metric: metric.into(), pairs: 1, mark: Mark::OnlyMaximum, ..TailRow::default() };
    let pair = Pair {
        source: "a".into(),
        destination: "b".into(),
        n: 1,
        median_ms: 3.0,
        tails: vec![PairTail { metric: "D2".into(), ..PairTail::default() }],
    };
    report.tails = vec![Tails { rows: vec![row("D2"), row("D3")], pairs: vec![pair], pairs_total: 1, ..Tails::default() }];
    report.series = vec![Second { at_s: 0.0, offered: Some(1), delivered: Some(1), p99_us: Some(3_000.0), ..Second::default() }];
    report.capacity = Some(Capacity { steps: vec![Step { rate_per_s: 1.0, ..Step::default() }], ..Capacity::default() });
    report.catchup = Some(Catchup { curve: vec![Backlog::default()], ..Catchup::default() });
    report.backpressure = Some(Backpressure { cells: vec![Cell::default()], ..Backpressure::default() });
    report.generator = Some(Generator::default());
    report
}
