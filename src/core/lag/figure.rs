//! Numbers as people read them: `1d 22h 19m`, `165.9 M`, `1,124/s`.

const SCALES: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

/// A time in its three largest units: `0s`, `2m 31s`, `1d 22h 19m`, `8h`. What is longer than 1,000 years is `never`.
pub fn duration(seconds: f64) -> String {
    in_units(seconds, 3)
}

/// The same in two: `1d 22h`.
pub fn brief(seconds: f64) -> String {
    in_units(seconds, 2)
}

fn in_units(seconds: f64, most: usize) -> String {
    if !seconds.is_finite() || seconds > 3.2e10 {
        return "never".to_owned();
    }
    let whole = seconds.max(0.0).round() as u64;
    let parts = [(whole / 86_400, 'd'), (whole / 3_600 % 24, 'h'), (whole / 60 % 60, 'm'), (whole % 60, 's')];
    let first = parts.iter().position(|(number, _)| *number > 0).unwrap_or(3);
    let shown = &parts[first..(first + most).min(4)];
    let last = shown.iter().rposition(|(number, _)| *number > 0).unwrap_or(0);
    shown[..=last].iter().map(|(number, unit)| format!("{number}{unit}")).collect::<Vec<_>>().join(" ")
}

/// A number of records or bytes: exact up to 99,999, then four digits of a larger unit.
pub fn amount(number: f64) -> String {
    if number.abs() < 99_999.5 {
        return grouped(number.round() as i64);
    }
    let scale = SCALES.iter().find(|(scale, _)| number.abs() >= *scale).unwrap_or(&SCALES[3]);
    let (scaled, unit) = (number / scale.0, scale.1);
    format!("{scaled:.1} {unit}")
}

/// Records per second, without the unit: `0.25`, `3.9`, `1,124`, `165.9 k`.
pub fn rate(number: f64) -> String {
    match number.abs() {
        little if little > 0.0 && little < 0.995 => format!("{number:.2}"),
        few if few < 99.95 => format!("{number:.1}"),
        _ => amount(number),
    }
}

/// `1,234,567`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(|three| String::from_utf8_lossy(three)).collect::<Vec<_>>().join(",");
    if number < 0 { format!("-{grouped}") } else { grouped }
}

/// All that counts in a comparison: up to three decimals, grouped.
pub fn exact(number: f64) -> String {
    if !number.is_finite() {
        return "never".to_owned();
    }
    let text = format!("{:.3}", number.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number < 0.0 { "-" } else { "" };
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    // More digits than an integer holds are no number that anybody compares.
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    format!("{sign}{whole}{point}{decimals}")
}

/// A time in a comparison: to the part of a second as long as that counts.
pub fn seconds(number: f64) -> String {
    if !number.is_finite() || number.abs() >= 600.0 { duration(number) } else { format!("{} s", exact(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_three_units_at_most() {
        let told = [0.0, 0.4, 59.6, 151.0, 3_600.0, 166_789.0, 86_400.0 * 400.0, f64::INFINITY, -3.0].map(duration);
        assert_eq!(told, ["0s", "0s", "1m", "2m 31s", "1h", "1d 22h 19m", "400d", "never", "0s"]);
        assert_eq!([86_460.0, 166_789.0, 59.0].map(brief), ["1d", "1d 22h", "59s"]);
        assert_eq!(duration(86_460.0), "1d 0h 1m");
    }

    #[test]
    fn amounts_and_rates_keep_four_digits() {
        assert_eq!(
            [0.0, 999.0, 99_999.0, 100_000.0, 165_912_345.0, 3.21e13].map(amount),
            ["0", "999", "99,999", "100.0 k", "165.9 M", "32.1 T"]
        );
        assert_eq!([0.0, 0.1667, 3.94, 99.96, 1_124.4, 165_900.0].map(rate), ["0.0", "0.17", "3.9", "100", "1,124", "165.9 k"]);
        assert_eq!(grouped(-88_120_004), "-88,120,004");
    }

    #[test]
    fn a_comparison_is_told_as_exactly_as_it_is_made() {
        assert_eq!([1_003.25, 0.95, -1.5, 2.0, 29.9996].map(exact), ["1,003.25", "0.95", "-1.5", "2", "30"]);
        assert_eq!([29.97, 600.0, f64::INFINITY].map(seconds), ["29.97 s", "10m", "never"]);
    }
}
