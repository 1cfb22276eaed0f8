//! A pace as it was written: segments and groups, each with its repetitions, so that it prints as briefly as it was put.

use std::fmt;
use std::time::Duration;

use super::problem::PaceProblem;
use super::segment::Segment;

/// How long a pace may last in all.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// How many segments a pace may have, repetitions written out.
pub(super) const MOST_SEGMENTS: u32 = 100_000;
/// How deep groups may lie in each other.
pub(super) const DEEPEST: usize = 16;

/// A segment or group, `times` over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) body: Body,
    pub(super) times: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    Segment(Segment),
    Group(Vec<Term>),
}

/// How much a part of a pace comes to, repetitions written out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    segments: u64,
    micros: u128,
}

impl Size {
    pub(super) fn of(terms: &[Term]) -> Self {
        terms.iter().map(Term::size).fold(Self::default(), Self::plus)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { segments: self.segments.saturating_add(other.segments), micros: self.micros.saturating_add(other.micros) }
    }

    pub(super) fn within_limits(self) -> Result<Self, PaceProblem> {
        if self.segments > u64::from(MOST_SEGMENTS) {
            return Err(PaceProblem::TooManySegments);
        }
        if self.micros > LONGEST.as_micros() {
            return Err(PaceProblem::TooLong);
        }
        Ok(self)
    }
}

impl Term {
    pub(super) fn once(segment: Segment) -> Self {
        Self { body: Body::Segment(segment), times: 1 }
    }

    pub(super) fn size(&self) -> Size {
        let once = match &self.body {
            Body::Segment(segment) => Size { segments: 1, micros: segment.duration().as_micros() },
            Body::Group(terms) => Size::of(terms),
        };
        Size { segments: once.segments.saturating_mul(self.times.into()), micros: once.micros.saturating_mul(self.times.into()) }
    }

    /// Writes its segments out, repetitions and all.
    pub(super) fn expand(&self, into: &mut Vec<Segment>) {
        for _ in 0..self.times {
            match &self.body {
                Body::Segment(segment) => into.push(*segment),
                Body::Group(terms) => terms.iter().for_each(|term| term.expand(into)),
            }
        }
    }

    pub(super) fn scaled(&self, factor: f64) -> Result<Self, PaceProblem> {
        let body = match &self.body {
            Body::Segment(segment) => Body::Segment(Segment::new(segment.from() * factor, segment.to() * factor, segment.duration())?),
            Body::Group(terms) => Body::Group(terms.iter().map(|term| term.scaled(factor)).collect::<Result<_, _>>()?),
        };
        Ok(Self { body, times: self.times })
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.body {
            Body::Segment(segment) => write!(out, "{segment}")?,
            Body::Group(terms) => write!(out, "({})", List(terms))?,
        }
        if self.times == 1 { Ok(()) } else { write!(out, "x{}", self.times) }
    }
}

/// Terms with commas between them.
pub(super) struct List<'a>(pub(super) &'a [Term]);

impl fmt::Display for List<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}{term}")?;
        }
        Ok(())
    }
}
