//! One condition of a rule with the numbers that decide it: the judge asks whether it holds, people read why.

use std::fmt;

use super::figure;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    what: &'static str,
    /// `None`: not known; then nothing holds.
    found: Option<f64>,
    unit: Unit,
    /// Over how many seconds.
    over_s: Option<f64>,
}

/// What it is compared with: a share of something that has a name, or of a plain number.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    share: f64,
    name: &'static str,
    of: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Term {
    measure: Measure,
    is: Is,
    bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Seconds,
    Count,
    PerSecond,
    Ratio,
    /// 1 or 0.
    Fact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// A time in seconds.
pub fn seconds(what: &'static str, found: impl Into<Option<f64>>) -> Measure {
    Measure { what, found: found.into(), unit: Unit::Seconds, over_s: None }
}

/// Records, readings, partitions.
pub fn count(what: &'static str, found: impl Into<Option<f64>>) -> Measure {
    Measure { what, found: found.into(), unit: Unit::Count, over_s: None }
}

/// Records per second.
pub fn rate(what: &'static str, found: impl Into<Option<f64>>) -> Measure {
    Measure { what, found: found.into(), unit: Unit::PerSecond, over_s: None }
}

pub fn ratio(what: &'static str, found: impl Into<Option<f64>>) -> Measure {
    Measure { what, found: found.into(), unit: Unit::Ratio, over_s: None }
}

/// What is so or not.
pub fn fact(what: &'static str, holds: bool) -> Term {
    let measure = Measure { what, found: Some(f64::from(u8::from(holds))), unit: Unit::Fact, over_s: None };
    measure.at_least(1.0)
}

/// All of them hold.
pub fn all(terms: &[Term]) -> bool {
    terms.iter().all(Term::holds)
}

/// All of them with their numbers, in a line.
pub fn text(terms: &[Term]) -> String {
    terms.iter().map(Term::to_string).collect::<Vec<_>>().join("; ")
}

impl Measure {
    pub fn over(self, seconds: impl Into<Option<f64>>) -> Self {
        Self { over_s: seconds.into(), ..self }
    }

    pub fn at_least(self, bound: impl Into<Bound>) -> Term {
        Term { measure: self, is: Is::AtLeast, bound: bound.into() }
    }

    pub fn above(self, bound: impl Into<Bound>) -> Term {
        Term { measure: self, is: Is::Above, bound: bound.into() }
    }

    pub fn at_most(self, bound: impl Into<Bound>) -> Term {
        Term { measure: self, is: Is::AtMost, bound: bound.into() }
    }

    pub fn below(self, bound: impl Into<Bound>) -> Term {
        Term { measure: self, is: Is::Below, bound: bound.into() }
    }
}

impl Bound {
    pub fn of(name: &'static str, of: f64) -> Self {
        Self { share: 1.0, name, of }
    }

    pub fn share(share: f64, name: &'static str, of: f64) -> Self {
        Self { share, name, of }
    }
}

impl From<f64> for Bound {
    fn from(of: f64) -> Self {
        Self::of("", of)
    }
}

impl Term {
    pub fn holds(&self) -> bool {
        let bound = self.bound.share * self.bound.of;
        self.measure.found.is_some_and(|found| match self.is {
            Is::AtLeast => found >= bound,
            Is::Above => found > bound,
            Is::AtMost => found <= bound,
            Is::Below => found < bound,
        })
    }
}

/// `out 512/s over 180 s < 0.95 x in 1,003/s: yes`.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measure { what, found, unit, over_s } = self.measure;
        let answer = if self.holds() { "yes" } else { "no" };
        let Some(found) = found else { return write!(f, "{what} is not known: {answer}") };
        if unit == Unit::Fact {
            return write!(f, "{what}: {answer}");
        }
        write!(f, "{what} {}", unit.told(found))?;
        if let Some(over_s) = over_s {
            write!(f, " over {}", Unit::Seconds.told(over_s))?;
        }
        write!(f, " {} {}: {answer}", self.is.sign(), self.bound.told(unit))
    }
}

impl Bound {
    fn told(&self, unit: Unit) -> String {
        let share = if self.share == 1.0 { String::new() } else { format!("{} x ", figure::exact(self.share)) };
        if !self.of.is_finite() {
            return format!("{share}{} no limit", self.name).trim().to_owned();
        }
        let name = if self.name.is_empty() { String::new() } else { format!("{} ", self.name) };
        format!("{share}{name}{}", unit.told(self.of))
    }
}

impl Unit {
    fn told(self, number: f64) -> String {
        match self {
            Self::Seconds => figure::seconds(number),
            Self::PerSecond => format!("{}/s", figure::exact(number)),
            _ => figure::exact(number),
        }
    }
}

impl Is {
    const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_tells_its_numbers_and_whether_it_holds() {
        let slower = rate("out", 512.0).over(180.0).below(Bound::share(0.95, "in", 1_003.25));
        assert!(slower.holds());
        assert_eq!(slower.to_string(), "out 512/s over 180 s < 0.95 x in 1,003.25/s: yes");
        assert_eq!(seconds("age", 29.97).at_least(Bound::of("floor", 30.0)).to_string(), "age 29.97 s >= floor 30 s: no");
        assert_eq!(fact("has an owner", false).to_string(), "has an owner: no");
        assert!(all(&[count("lag", 5.0).above(4.0), ratio("speed", 1.0).at_most(1.0)]));
    }

    #[test]
    fn of_what_is_not_known_nothing_holds() {
        let unknown = [ratio("speed", None).below(1.0), ratio("speed", None).above(1.0)];
        assert!(unknown.iter().all(|term| !term.holds()));
        assert_eq!(text(&unknown), "speed is not known: no; speed is not known: no");
    }
}
