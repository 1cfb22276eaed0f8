//! Reads a pace: `list = term {"," term}`, `term = (segment | "(" list ")") ["x" count]`, `segment = rate ["-" rate] [":" duration]`.

use std::time::Duration;

use super::problem::{InvalidPace, PaceProblem};
use super::segment::{Segment, unit_in_micros};
use super::term::{Body, DEEPEST, LONGEST, MOST_SEGMENTS, Size, Term};

/// How long a bare rate lasts.
const UNSAID: Duration = Duration::from_secs(10);

/// What went wrong, and the byte at which it begins.
type Wrong = (usize, PaceProblem);

pub(super) fn parse(text: &str) -> Result<Vec<Term>, InvalidPace> {
    Parser { text, at: 0 }.whole().map_err(|(at, problem)| InvalidPace {
        text: text.to_owned(),
        column: text[..at].chars().count() + 1,
        problem,
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn whole(mut self) -> Result<Vec<Term>, Wrong> {
        let terms = self.list(0)?;
        if self.next_is_anything() { Err(self.unexpected("`,` or the end")) } else { Ok(terms) }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Term>, Wrong> {
        let mut terms = Vec::new();
        let mut size = Size::default();
        loop {
            self.skip_space();
            let start = self.at;
            let term = self.term(depth)?;
            size = size.plus(term.size()).within_limits().map_err(|problem| (start, problem))?;
            terms.push(term);
            if !self.take(',') {
                return Ok(terms);
            }
        }
    }

    fn term(&mut self, depth: usize) -> Result<Term, Wrong> {
        let start = self.at;
        let body = if self.take('(') {
            if depth == DEEPEST {
                return Err((start, PaceProblem::TooDeep));
            }
            let terms = self.list(depth + 1)?;
            if !self.take(')') {
                return Err(self.unexpected("`,` or `)`"));
            }
            Body::Group(terms)
        } else {
            Body::Segment(self.segment()?)
        };
        let times = if self.take('x') { self.repetition()? } else { 1 };
        Ok(Term { body, times })
    }

    fn segment(&mut self) -> Result<Segment, Wrong> {
        let start = self.at;
        let from = self.number("a rate in events per second")?;
        let to = if self.take('-') { self.number("the rate at the end of the ramp")? } else { from };
        let duration = if self.take(':') { self.duration()? } else { UNSAID };
        Segment::new(from, to, duration).map_err(|problem| (start, problem))
    }

    fn duration(&mut self) -> Result<Duration, Wrong> {
        self.skip_space();
        let start = self.at;
        let number = self.number("a duration such as 30, 30s, 5m, 1h or 500ms")?;
        let unit_start = self.at;
        // `x` begins a repetition, and no unit has one.
        let unit = self.span(|character| character.is_alphabetic() && character != 'x');
        let length = unit_in_micros(unit).ok_or_else(|| (unit_start, PaceProblem::UnknownUnit(unit.to_owned())))?;
        let micros = (number * length as f64).round();
        if micros > LONGEST.as_micros() as f64 { Err((start, PaceProblem::TooLong)) } else { Ok(Duration::from_micros(micros as u64)) }
    }

    fn repetition(&mut self) -> Result<u32, Wrong> {
        self.skip_space();
        let start = self.at;
        let digits = self.span(|character| character.is_ascii_digit());
        if digits.is_empty() {
            return Err(self.unexpected("how often it is repeated"));
        }
        let allowed = |times: &u32| (1..=MOST_SEGMENTS).contains(times);
        digits.parse().ok().filter(allowed).ok_or((start, PaceProblem::RepetitionOutOfRange))
    }

    /// Digits with at most one point: no sign, no exponent.
    fn number(&mut self, expected: &'static str) -> Result<f64, Wrong> {
        self.skip_space();
        let start = self.at;
        let digits = self.span(|character| character.is_ascii_digit() || character == '.');
        digits.parse().map_err(|_| {
            self.at = start;
            self.unexpected(expected)
        })
    }

    fn unexpected(&mut self, expected: &'static str) -> Wrong {
        self.skip_space();
        (self.at, PaceProblem::Unexpected { expected, found: self.rest().chars().next() })
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let there = self.rest().starts_with(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    fn next_is_anything(&mut self) -> bool {
        self.skip_space();
        !self.rest().is_empty()
    }

    fn skip_space(&mut self) {
        self.span(char::is_whitespace);
    }

    fn span(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}
