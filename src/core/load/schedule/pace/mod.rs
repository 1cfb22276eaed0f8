//! How many events per second a load test offers, over time.

mod parser;
mod problem;
mod segment;
mod term;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use term::{List, Size, Term};

pub use problem::{InvalidPace, PaceProblem};
pub use segment::Segment;

/// The offered rate over time, such as `1000:30,1100:30,100:60,2000:30`: segments one after another, each a rate for a duration.
///
/// `rate` alone lasts 10 s. A duration is a number of seconds or `500us`, `500ms`, `30s`, `5m`, `1h`, `1d`. `100-2000:5m` is a ramp,
/// `0:60` a pause, `1000:30x3` and `(0:5,2000:10)x4` are repeated. Rates are 0 to 10 million events per second, decimals allowed; all
/// together lasts at most 30 days in at most 100,000 segments, so the number of events is exact in an `f64`.
///
/// Time is cut into half-open pieces: a segment holds the moments from its start on, without its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    terms: Vec<Term>,
    segments: Vec<Segment>,
    starts: Vec<Start>,
    duration: Duration,
    total: f64,
}

/// Where a segment begins, in time and in events.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Start {
    at: Duration,
    offered: f64,
}

impl Pace {
    /// One rate, in events per second, for a duration (in whole microseconds).
    pub fn constant(rate: f64, duration: Duration) -> Result<Self, PaceProblem> {
        Self::of(vec![Term::once(Segment::new(rate, rate, duration)?)])
    }

    /// Every rate times `factor`, over the same time.
    pub fn scaled(&self, factor: f64) -> Result<Self, PaceProblem> {
        Self::of(self.terms.iter().map(|term| term.scaled(factor)).collect::<Result<_, _>>()?)
    }

    /// The other pace, then this one.
    pub fn preceded_by(&self, other: &Self) -> Result<Self, PaceProblem> {
        Self::of(other.terms.iter().chain(&self.terms).cloned().collect())
    }

    /// With a warm-up before it: its first rate for so long; no warm-up for a duration of 0. Where it begins with a pause or a ramp from
    /// 0, the mean rate of the first segment that offers anything: a warm-up without events warms nothing.
    pub fn warmed_up(&self, lasting: Duration) -> Result<Self, PaceProblem> {
        let offers = |segment: &&Segment| segment.events() > 0.0;
        match self.segments.iter().find(offers) {
            Some(first) if !lasting.is_zero() => {
                let mean = (first.from() + first.to()) / 2.0;
                let rate = if first.from() > 0.0 { first.from() } else { mean };
                self.preceded_by(&Self::constant(rate, lasting)?)
            }
            _ => Ok(self.clone()),
        }
    }

    /// The segments in order, repetitions written out.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// How many events it offers in all, to the nearest whole one.
    pub fn events(&self) -> u64 {
        self.total.round() as u64
    }

    /// The highest rate that it reaches, in events per second.
    pub fn peak(&self) -> f64 {
        self.segments.iter().flat_map(|segment| [segment.from(), segment.to()]).fold(0.0, f64::max)
    }

    /// The rate at a moment, in events per second; 0 once the pace is over.
    pub fn rate_at(&self, moment: Duration) -> f64 {
        if moment >= self.duration {
            return 0.0;
        }
        let (segment, start) = self.piece(self.starts.partition_point(|start| start.at <= moment));
        segment.rate_at((moment - start.at).as_secs_f64())
    }

    /// How many events were offered before a moment: the area under the rate.
    pub fn offered(&self, moment: Duration) -> f64 {
        if moment >= self.duration {
            return self.total;
        }
        let (segment, start) = self.piece(self.starts.partition_point(|start| start.at <= moment));
        start.offered + segment.offered((moment - start.at).as_secs_f64())
    }

    /// How many events were offered when it is over.
    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// The moment at which `offered` events were offered, to the nanosecond: the last such moment, so that what falls on the edge of a
    /// pause is due when the pause is over. `None` where the pace never offers more than that.
    pub fn due(&self, offered: f64) -> Option<Duration> {
        if !(0.0..self.total).contains(&offered) {
            return None;
        }
        Some(self.due_in(self.starts.partition_point(|start| start.offered <= offered), offered))
    }

    /// As `due`, for callers that only go forward: `begun` is how many segments had begun when last asked (0 at first).
    pub(super) fn due_after(&self, begun: &mut usize, offered: f64) -> Option<Duration> {
        if !(0.0..self.total).contains(&offered) {
            return None;
        }
        while self.starts.get(*begun).is_some_and(|start| start.offered <= offered) {
            *begun += 1;
        }
        Some(self.due_in(*begun, offered))
    }

    fn due_in(&self, begun: usize, offered: f64) -> Duration {
        let (segment, start) = self.piece(begun);
        start.at + Duration::from_nanos((segment.due(offered - start.offered) * 1e9) as u64)
    }

    /// The last of the first `begun` segments. The first begins at 0, so at least one has.
    fn piece(&self, begun: usize) -> (&Segment, Start) {
        let index = begun.saturating_sub(1);
        (&self.segments[index], self.starts[index])
    }

    fn of(terms: Vec<Term>) -> Result<Self, PaceProblem> {
        Size::of(&terms).within_limits()?;
        let mut segments = Vec::new();
        terms.iter().for_each(|term| term.expand(&mut segments));
        let (mut starts, mut duration, mut total) = (Vec::with_capacity(segments.len()), Duration::ZERO, 0.0);
        for segment in &segments {
            starts.push(Start { at: duration, offered: total });
            duration += segment.duration();
            total += segment.events();
        }
        Ok(Self { terms, segments, starts, duration, total })
    }
}

impl FromStr for Pace {
    type Err = InvalidPace;

    fn from_str(text: &str) -> Result<Self, InvalidPace> {
        let terms = parser::parse(text)?;
        Self::of(terms).map_err(|problem| InvalidPace { text: text.to_owned(), column: 1, problem })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        List(&self.terms).fmt(out)
    }
}
