//! How often, how long and after what time. In seconds.

/// The defaults are those of production; tests run faster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Between two updates of which neither severity nor kind are new.
    pub update_every_s: f64,
    /// A page that is open and not taken care of is told again.
    pub remind_after_s: f64,
    /// A channel that fails so long with a page pending hands it over.
    pub hand_over_after_s: f64,
    /// How long a page, or the end of what was told, is tried.
    pub page_lives_s: f64,
    /// How long anything else is tried.
    pub other_lives_s: f64,
    /// The shortest pause after a failure.
    pub back_off_from_s: f64,
    /// The longest pause after a failure.
    pub back_off_to_s: f64,
    /// What a receiver asks for with `Retry-After` is granted up to this.
    pub longest_asked_s: f64,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            update_every_s: 300.0,
            remind_after_s: 14_400.0,
            hand_over_after_s: 180.0,
            page_lives_s: 86_400.0,
            other_lives_s: 3_600.0,
            back_off_from_s: 1.0,
            back_off_to_s: 60.0,
            longest_asked_s: 600.0,
        }
    }
}
