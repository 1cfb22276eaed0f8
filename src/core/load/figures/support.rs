/// How much a sample says about a quantile: it depends on how many values lie beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// `n (1 - q) < 1`: the figure is only the sample's maximum.
    OnlyMaximum,
    /// `n (1 - q) < 10`: fewer than ten values lie beyond.
    Weak,
    Firm,
}

impl Support {
    pub fn of(n: u64, q: f64) -> Support {
        // 1 - 0.9999 is a little less than 0.0001: 100,000 values must still give ten.
        let beyond = n as f64 * (1.0 - q) * (1.0 + 1e-9);
        match beyond {
            beyond if beyond < 1.0 => Support::OnlyMaximum,
            beyond if beyond < 10.0 => Support::Weak,
            _ => Support::Firm,
        }
    }

    /// A word for a table; empty where nothing is to be said.
    pub fn mark(self) -> &'static str {
        match self {
            Support::OnlyMaximum => "only a maximum",
            Support::Weak => "weak",
            Support::Firm => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Support;

    #[test]
    fn ten_values_beyond_are_firm_and_fewer_than_one_is_a_maximum() {
        for (q, weak, firm) in [(0.99, 100, 1_000), (0.999, 1_000, 10_000), (0.9999, 10_000, 100_000), (0.99999, 100_000, 1_000_000)] {
            assert_eq!(Support::of(firm, q), Support::Firm, "{q}");
            assert_eq!(Support::of(firm - 1, q), Support::Weak, "{q}");
            assert_eq!(Support::of(weak, q), Support::Weak, "{q}");
            assert_eq!(Support::of(weak - 1, q), Support::OnlyMaximum, "{q}");
        }
        assert_eq!(Support::of(2_700, 0.99999), Support::OnlyMaximum);
    }
}
