//! What makes one kind true, as a value: the judge takes the severity of it, people read its terms.

use super::kind::Severity;
use super::lasting::Lasting;
use super::term::{Term, all, text};

/// All of `needs`, and one of `either` where there is a choice, for `lasts_s` seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rule<const N: usize> {
    needs: [Term; N],
    either: Option<[Term; 2]>,
    lasts_s: f64,
    pages: Pages,
}

/// What makes it a page and not a warning.
#[derive(Clone, Copy, Debug)]
pub enum Pages {
    AtOnce,
    Where(Term),
    WhereEither([Term; 2]),
}

/// Whether it is true, and why.
#[derive(Clone, Debug)]
pub struct Told {
    pub holds: bool,
    pub text: String,
}

impl<const N: usize> Rule<N> {
    pub fn new(needs: [Term; N], pages: Pages) -> Self {
        Self { needs, either: None, lasts_s: 0.0, pages }
    }

    pub fn either(self, either: [Term; 2]) -> Self {
        Self { either: Some(either), ..self }
    }

    pub fn lasting(self, lasts_s: f64) -> Self {
        Self { lasts_s, ..self }
    }

    /// How bad it is, where it is true now.
    pub fn severity(&self) -> Option<Severity> {
        self.holds().then(|| self.pages.severity())
    }

    /// The same where it has to last.
    pub fn severity_of(&self, lasting: &mut Lasting, now: f64) -> Option<Severity> {
        lasting.for_s(self.holds(), self.lasts_s, now).then(|| self.pages.severity())
    }

    pub fn told(&self) -> Told {
        Told { holds: self.holds(), text: format!("{}{}", self.terms(), self.pages.told()) }
    }

    /// As it was judged last.
    pub fn told_of(&self, lasting: &Lasting, now: f64) -> Told {
        let held = lasting.held_s(now);
        let text = format!("{}; {}{}", self.terms(), held_of(held, self.lasts_s), self.pages.told());
        Told { holds: held.is_some_and(|held| held >= self.lasts_s), text }
    }

    fn holds(&self) -> bool {
        all(&self.needs) && self.either.is_none_or(|either| either.iter().any(Term::holds))
    }

    fn terms(&self) -> String {
        let [needs, either] = [text(&self.needs), self.either.map_or(String::new(), either_text)];
        if either.is_empty() { needs } else { format!("{needs}; {either}") }
    }
}

impl Pages {
    fn severity(&self) -> Severity {
        let pages = match self {
            Self::AtOnce => true,
            Self::Where(term) => term.holds(),
            Self::WhereEither(either) => either.iter().any(Term::holds),
        };
        if pages { Severity::Page } else { Severity::Warn }
    }

    fn told(&self) -> String {
        match self {
            Self::AtOnce => "; then it pages".to_owned(),
            Self::Where(term) => format!("; then it warns, and pages where {term}"),
            Self::WhereEither(either) => format!("; then it warns, and pages where {}", either_text(*either)),
        }
    }
}

fn either_text(either: [Term; 2]) -> String {
    either.map(|term| term.to_string()).join(" or ")
}

/// How long a condition has held of the time that it has to.
pub fn held_of(held: Option<f64>, of_s: f64) -> String {
    use super::figure::seconds;
    let answer = if held.is_some_and(|held| held >= of_s) { "yes" } else { "not yet" };
    match held {
        Some(held) => format!("held {} of {}: {answer}", seconds(held), seconds(of_s)),
        None => format!("held 0 s of {}: no", seconds(of_s)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::term::{fact, seconds};
    use super::*;

    #[test]
    fn what_has_to_last_is_told_with_how_long_it_has() {
        let rule = |age: f64| {
            let pages = Pages::Where(seconds("age", age).above(300.0));
            Rule::new([fact("has no owner", true)], pages).lasting(60.0)
        };
        let mut lasting = Lasting::default();
        assert_eq!(rule(40.0).severity_of(&mut lasting, 100.0), None);
        let told = rule(40.0).told_of(&lasting, 140.0);
        let expected = "has no owner: yes; held 40 s of 60 s: not yet; then it warns, and pages where age 40 s > 300 s: no";
        assert_eq!((told.holds, told.text.as_str()), (false, expected));
        assert_eq!(rule(301.0).severity_of(&mut lasting, 160.0), Some(Severity::Page));
        assert!(rule(301.0).told_of(&lasting, 160.0).holds);
    }

    #[test]
    fn one_of_two_is_enough() {
        let rule = |a: bool, b: bool| Rule::new([fact("both", true)], Pages::AtOnce).either([fact("a", a), fact("b", b)]);
        assert_eq!(rule(false, true).severity(), Some(Severity::Page));
        assert_eq!(rule(false, false).severity(), None);
        assert_eq!(rule(true, false).told().text, "both: yes; a: yes or b: no; then it pages");
    }
}
