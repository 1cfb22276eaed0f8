//! Times as the reader's clock shows them.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _, Zoned};

/// The moment of a look, in the reader's time zone.
#[derive(Clone, Debug)]
pub struct Clock {
    now: Zoned,
}

/// By when nothing should wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Hour and minute of the clock, the next time that it shows them.
    At(i8, i8),
    In(Duration),
}

impl Clock {
    pub fn now() -> Self {
        Self { now: Zoned::now() }
    }

    #[cfg(test)]
    pub fn at(seconds: f64, zone: jiff::tz::TimeZone) -> Self {
        Self { now: timestamp(seconds).to_zoned(zone) }
    }

    pub fn seconds(&self) -> f64 {
        self.now.timestamp().as_millisecond() as f64 / 1_000.0
    }

    /// `14:02`, and with the day where it is not today. The date within a week of today is the day of the week.
    pub fn time(&self, seconds: f64) -> String {
        let then = timestamp(seconds).to_zoned(self.now.time_zone().clone());
        let days = (then.date() - self.now.date()).get_days();
        let form = match days {
            0 => "%H:%M",
            -6..=6 => "%a %H:%M",
            _ => "%Y-%m-%d %H:%M",
        };
        then.strftime(form).to_string()
    }

    /// `14:02:31`, whichever day.
    pub fn time_with_seconds(&self, seconds: f64) -> String {
        timestamp(seconds).to_zoned(self.now.time_zone().clone()).strftime("%H:%M:%S").to_string()
    }

    pub fn time_of_day(&self) -> String {
        self.now.strftime("%H:%M:%S").to_string()
    }

    pub fn zone(&self) -> String {
        self.now.strftime("%Z").to_string()
    }
}

impl By {
    /// `18:00`, or `2h`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str, most: i8| text.parse().ok().filter(|number: &i8| (0..=most).contains(number));
        let expected = || format!("expected a time of day such as 18:00, or how long from now such as 2h, not {text:?}");
        if let Some((hour, minute)) = text.split_once(':') {
            let at = number(hour, 23).zip(number(minute, 59).filter(|_| minute.len() == 2));
            return at.map(|(hour, minute)| Self::At(hour, minute)).ok_or_else(expected);
        }
        let length = humantime::parse_duration(text).map_err(|_| expected())?;
        let is_sensible = (Duration::from_secs(60)..=Duration::from_secs(30 * 86_400)).contains(&length);
        if is_sensible { Ok(Self::In(length)) } else { Err("expected 1m to 30d".to_owned()) }
    }

    /// In how many seconds that is.
    pub fn within_s(self, clock: &Clock) -> f64 {
        match self {
            Self::In(length) => length.as_secs_f64(),
            Self::At(hour, minute) => next(&clock.now, hour, minute).map_or(86_400.0, |then| {
                let passed = then.timestamp().as_millisecond() - clock.now.timestamp().as_millisecond();
                passed as f64 / 1_000.0
            }),
        }
    }
}

/// The next time that the clock shows this; where it is put forward over it, the moment just after.
fn next(now: &Zoned, hour: i8, minute: i8) -> Option<Zoned> {
    let today = now.with().hour(hour).minute(minute).second(0).subsec_nanosecond(0).build().ok()?;
    if today > *now { Some(today) } else { today.checked_add(1.day()).ok() }
}

/// What no calendar has is its first or last moment.
fn timestamp(seconds: f64) -> Timestamp {
    let bounded = seconds.clamp(-3e11, 2e11);
    Timestamp::from_millisecond((bounded * 1_000.0) as i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saturday, 2026-11-21 14:33:12 in Berlin.
    fn clock() -> Clock {
        Clock::at(1_795_267_992.0, jiff::tz::TimeZone::fixed(jiff::tz::offset(1)))
    }

    #[test]
    fn times_are_those_of_the_readers_clock() {
        let clock = clock();
        assert_eq!(clock.time_of_day(), "14:33:12");
        let hour = 3_600.0;
        let told = [-0.5, -20.0, 30.0, -24.0 * 8.0].map(|hours| clock.time(clock.seconds() + hours * hour));
        assert_eq!(told, ["14:03", "Fri 18:33", "Sun 20:33", "2026-11-13 14:33"]);
    }

    #[test]
    fn a_time_of_day_is_the_next_one() {
        assert_eq!(By::parse("18:00"), Ok(By::At(18, 0)));
        assert_eq!(By::parse("2h 30m"), Ok(By::In(Duration::from_secs(9_000))));
        assert!(["24:00", "18:5", "18:60", "soon", "1s", "90d"].iter().all(|text| By::parse(text).is_err()));
        let within = |text| By::parse(text).unwrap().within_s(&clock());
        assert_eq!((within("14:34"), within("14:33"), within("1h")), (48.0, 86_388.0, 3_600.0));
    }
}
