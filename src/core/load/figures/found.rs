use super::step::{Broke, Step, StepOutcome};

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Run this and report it.
    Step(Step),
    /// The search is over.
    Done(Found),
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The highest rate that passed, in events per second; 0 if none did.
    pub capacity: f64,
    /// The system may do more: it was not broken.
    pub is_lower_bound: bool,
    /// The rate passed all its repeats.
    pub is_confirmed: bool,
    /// One sentence.
    pub why: String,
    /// The lowest rate that failed and what broke there.
    pub broke_by: Option<(f64, Broke)>,
    /// All that were run, in order.
    pub steps: Vec<(Step, StepOutcome)>,
}
