use super::percentile::percentile;

/// How a figure differs among pairs, each pair counting once, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median_ms: f64,
    pub mean_ms: f64,
    /// Of the population: the divisor is n.
    pub deviation_ms: f64,
    pub max_ms: f64,
    pub min_ms: f64,
}

impl Spread {
    /// Of values in microseconds; None without values.
    pub fn of(values_us: &[f64]) -> Option<Spread> {
        let mut sorted: Vec<f64> = values_us.iter().map(|value| value / 1_000.0).collect();
        sorted.sort_by(f64::total_cmp);
        let (min_ms, max_ms) = (*sorted.first()?, *sorted.last()?);
        let n = sorted.len() as f64;
        let mean_ms = sorted.iter().sum::<f64>() / n;
        let variance = sorted.iter().map(|value| (value - mean_ms).powi(2)).sum::<f64>() / n;
        Some(Spread { median_ms: middle(&sorted), mean_ms, deviation_ms: variance.sqrt(), max_ms, min_ms })
    }

    /// Median, mean, standard deviation, maximum and minimum with two decimals: a row of the table.
    pub fn cells(&self) -> [String; 5] {
        [self.median_ms, self.mean_ms, self.deviation_ms, self.max_ms, self.min_ms].map(|value| format!("{value:.2}"))
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// A pair's own median; None without values.
pub(super) fn median_us(sorted: &[i64]) -> Option<f64> {
    percentile(sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn three_and_five_have_mean_four_and_deviation_one() {
        let spread = Spread::of(&[5_000.0, 3_000.0]).unwrap();
        assert_eq!(spread.cells(), ["4.00", "4.00", "1.00", "5.00", "3.00"]);
    }

    #[test]
    fn the_median_of_an_odd_number_is_its_middle() {
        assert_eq!(Spread::of(&[9_000.0, 1_000.0, 2_000.0]).unwrap().median_ms, 2.0);
        assert_eq!(Spread::of(&[]), None);
    }
}
