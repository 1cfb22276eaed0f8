//! What happens to a group: ingest, capacity, members, and what is wrong when.

pub const HOUR: f64 = 3_600.0;

/// Functions of the time in seconds; rates in units of `rate`.
pub struct Scenario {
    pub name: &'static str,
    pub hours: f64,
    pub partitions: usize,
    /// Records per second and partition.
    pub rate: f64,
    pub ingest: Box<dyn Fn(f64) -> f64>,
    pub capacity: Box<dyn Fn(f64) -> f64>,
    /// The capacity is a share of what comes in, noise and all.
    pub capacity_is_share: bool,
    pub members: Box<dyn Fn(f64) -> u64>,
    pub noise: f64,
    pub commit_s: f64,
    pub retention_s: Option<f64>,
    /// The share of samples that are missing.
    pub missing: f64,
    /// The watcher's clock is so much later than the producers'.
    pub clock_s: f64,
    /// When the committed offsets are set to the end.
    pub jump_at: Option<f64>,
    /// Each so many seconds of ingest end with a marker that is no record.
    pub markers: bool,
    /// From when to when something is wrong.
    pub troubles: Vec<(f64, f64)>,
}

impl Scenario {
    /// All is well: eight partitions, steady ingest and four times the capacity.
    pub fn new(name: &'static str, hours: f64) -> Self {
        Self {
            name,
            hours,
            partitions: 8,
            rate: 125.0,
            ingest: Box::new(|_| 1.0),
            capacity: Box::new(|_| 4.0),
            capacity_is_share: false,
            members: Box::new(|_| 4),
            noise: 0.05,
            commit_s: 5.0,
            retention_s: None,
            missing: 0.0,
            clock_s: 0.0,
            jump_at: None,
            markers: false,
            troubles: Vec::new(),
        }
    }
}

/// Ingest over a day.
pub fn daily(time: f64) -> f64 {
    1.0 + 0.6 * (std::f64::consts::TAU * (time / 86_400.0 - 0.375)).sin()
}

fn down(from: f64, to: f64) -> Box<dyn Fn(f64) -> u64> {
    Box::new(move |time| if (from..to).contains(&time) { 0 } else { 4 })
}

pub fn the_two_days() -> Scenario {
    Scenario {
        ingest: Box::new(daily),
        capacity: Box::new(|time| match time / HOUR {
            6.0..54.0 => 0.0,
            54.0..66.0 => 1.12,
            _ => 8.0,
        }),
        members: down(6.0 * HOUR, 54.0 * HOUR),
        troubles: vec![(6.0 * HOUR, 73.0 * HOUR)],
        ..Scenario::new("the two days", 76.0)
    }
}

pub fn slow_decline() -> Scenario {
    let crosses = 2.0 * HOUR + HOUR / 1.03;
    Scenario {
        capacity: Box::new(|time| (2.0 - 1.03 * (time - 2.0 * HOUR) / HOUR).max(0.97)),
        troubles: vec![(crosses, 8.0 * HOUR)],
        ..Scenario::new("slow decline", 8.0)
    }
}

pub fn blips() -> Scenario {
    let is_blip = |time: f64| time.rem_euclid(1_800.0) >= 1_755.0;
    Scenario {
        ingest: Box::new(daily),
        capacity: Box::new(move |time| if is_blip(time) { 0.0 } else { 4.0 }),
        ..Scenario::new("blips", 12.0)
    }
}

pub fn idle() -> Scenario {
    Scenario { rate: 1.0 / 600.0, noise: 0.0, ..Scenario::new("idle", 12.0) }
}

pub fn markers() -> Scenario {
    Scenario {
        rate: 50.0 / 8.0,
        ingest: Box::new(|time| if time.rem_euclid(HOUR) < 300.0 { 1.0 } else { 0.0 }),
        markers: true,
        ..Scenario::new("markers", 8.0)
    }
}

pub fn daily_ingest() -> Scenario {
    Scenario { ingest: Box::new(daily), capacity: Box::new(|_| 1.3 * 1.6), ..Scenario::new("daily", 30.0) }
}

pub fn weekend() -> Scenario {
    Scenario {
        ingest: Box::new(daily),
        members: down(10.0 * HOUR, f64::INFINITY),
        capacity: Box::new(|time| if time < 10.0 * HOUR { 4.0 } else { 0.0 }),
        retention_s: Some(24.0 * HOUR),
        troubles: vec![(10.0 * HOUR, 35.0 * HOUR)],
        ..Scenario::new("weekend", 35.0)
    }
}

pub fn noisy() -> Scenario {
    Scenario {
        capacity: Box::new(|time| if time < 2.0 * HOUR { 2.0 } else { 0.97 }),
        capacity_is_share: true,
        noise: 0.35,
        troubles: vec![(2.0 * HOUR, 10.0 * HOUR)],
        ..Scenario::new("noisy", 10.0)
    }
}

pub fn sink_down() -> Scenario {
    let is_down = |time: f64| (3.0 * HOUR..3.0 * HOUR + 2_400.0).contains(&time);
    Scenario {
        ingest: Box::new(daily),
        capacity: Box::new(move |time| if is_down(time) { 0.0 } else { 4.0 }),
        troubles: vec![(3.0 * HOUR, 3.0 * HOUR + 2_400.0)],
        ..Scenario::new("sink down", 6.0)
    }
}

pub fn restart_at_the_end() -> Scenario {
    let is_down = |time: f64| (3.0 * HOUR..3.0 * HOUR + 1_200.0).contains(&time);
    Scenario {
        capacity: Box::new(move |time| if is_down(time) { 0.0 } else { 4.0 }),
        members: down(3.0 * HOUR, 3.0 * HOUR + 1_200.0),
        jump_at: Some(3.0 * HOUR + 1_200.0),
        troubles: vec![(3.0 * HOUR, 3.0 * HOUR + 1_200.0)],
        ..Scenario::new("restart at the end", 5.0)
    }
}

pub fn all() -> Vec<Scenario> {
    vec![the_two_days(), slow_decline(), blips(), idle(), markers(), daily_ingest(), weekend(), noisy(), sink_down(), restart_at_the_end()]
}
