//! Numbers as every report tells them. What is not known or not finite is `-`.

/// With commas: 1,234,567.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// From microseconds: two decimals, three below a millisecond.
pub fn milliseconds(us: f64) -> String {
    match us.abs() {
        _ if !us.is_finite() => unknown(),
        small if small < 1_000.0 => format!("{:.3}", positive_zero(us / 1_000.0)),
        _ => decimals(us / 1_000.0, 2),
    }
}

/// With commas and so many decimals.
pub fn decimals(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return unknown();
    }
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if number < 0.0 && !is_zero { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// As many decimals as it takes for three digits.
pub fn short(number: f64) -> String {
    let places = match number.abs() {
        large if large >= 100.0 => 0,
        large if large >= 10.0 => 1,
        _ => 2,
    };
    let text = decimals(number, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let power = (bytes.abs().max(1.0).log2() / 10.0).floor().min(4.0);
    let unit = UNITS.get(power as usize).copied().unwrap_or("B");
    if bytes.is_finite() { format!("{} {unit}", short(bytes / 1024_f64.powf(power))) } else { unknown() }
}

/// 0.5 s, 90 s, 2 min 30 s, 12 h 05 min, 3 d 4 h.
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.abs().round() as u64;
    let sign = if seconds < 0.0 { "-" } else { "" };
    match whole {
        _ if !seconds.is_finite() => unknown(),
        0..120 => format!("{} s", short(seconds)),
        120..3_600 => format!("{sign}{} min {:02} s", whole / 60, whole % 60),
        3_600..172_800 => format!("{sign}{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{sign}{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
    }
}

pub fn percent(percent: f64) -> String {
    if percent.is_finite() { format!("{} %", short(percent)) } else { unknown() }
}

/// `p99.99` of 0.9999; `max` of 1.
pub fn quantile(quantile: f64) -> String {
    if quantile >= 1.0 {
        return "max".to_owned();
    }
    let text = format!("{:.4}", quantile * 100.0);
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What is known as it is told, else `-`.
pub fn known<T>(number: Option<T>, told: impl FnOnce(T) -> String) -> String {
    number.map_or_else(unknown, told)
}

fn unknown() -> String {
    "-".to_owned()
}

fn positive_zero(number: f64) -> f64 {
    if number.abs() < 0.000_5 { 0.0 } else { number }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_people_write_them() {
        assert_eq!([count(0), count(999), count(1_000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [12.0, 999.0, 1_000.0, 12_345.6, -3.0, -0.1, 5e9].map(milliseconds),
            ["0.012", "0.999", "1.00", "12.35", "-0.003", "0.000", "5,000,000.00"]
        );
        assert_eq!([0.99, 0.999, 0.9999, 0.99999, 0.5, 0.0, 1.0].map(quantile), ["p99", "p99.9", "p99.99", "p99.999", "p50", "p0", "max"]);
        assert_eq!([0.0, 512.0, 1024.0, 1.5e9].map(bytes), ["0 B", "512 B", "1 KiB", "1.4 GiB"]);
        assert_eq!(
            [0.5, 90.0, 150.0, 43_500.0, 273_600.0, -150.0].map(seconds),
            ["0.5 s", "90 s", "2 min 30 s", "12 h 05 min", "3 d 4 h", "-2 min 30 s"]
        );
        assert_eq!([short(0.5), short(12.34), short(1_234.5), short(100.0)], ["0.5", "12.3", "1,234", "100"]);
        assert_eq!(decimals(-0.001, 2), "0.00", "no number is minus nothing");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(
                [milliseconds(wrong), decimals(wrong, 2), bytes(wrong), seconds(wrong), percent(wrong)].map(|text| text == "-"),
                [true; 5]
            );
        }
        assert_eq!(known(None, count), "-");
    }
}
