//! Seconds put together where there are more than can be seen beside each other.

/// Numbers at times, in so many columns at most.
#[derive(Debug)]
pub struct Buckets<'a, T> {
    pub width_s: f64,
    pub from_s: f64,
    pub to_s: f64,
    all: Vec<Vec<&'a T>>,
    columns: usize,
}

/// As many as a wide chart has room for; two pixels or more each.
const MOST: f64 = 240.0;

const WIDTHS_S: [f64; 12] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0];

impl<'a, T> Buckets<'a, T> {
    /// `None` of nothing. What has no time is left out.
    pub fn of(samples: &'a [T], at_s: impl Fn(&T) -> f64) -> Option<Self> {
        let timed = || samples.iter().filter(|sample| at_s(sample).is_finite());
        let from_s = timed().map(&at_s).reduce(f64::min)?.floor();
        let last = timed().map(&at_s).reduce(f64::max)?;
        let length = last - from_s + 1.0;
        let width_s = WIDTHS_S.into_iter().find(|width| length / width <= MOST).unwrap_or_else(|| (length / MOST).ceil());
        let columns = (length / width_s).ceil() as usize;
        let mut all = vec![Vec::new(); columns];
        for sample in timed() {
            if let Some(bucket) = all.get_mut(((at_s(sample) - from_s) / width_s) as usize) {
                bucket.push(sample);
            }
        }
        Some(Self { width_s, from_s, to_s: last + 1.0, all, columns })
    }

    /// The middle of each bucket, with its samples.
    pub fn iter(&self) -> impl Iterator<Item = (f64, &[&'a T])> {
        self.all.iter().take(self.columns).enumerate().map(|(index, samples)| {
            let middle = self.width_s.mul_add(index as f64 + 0.5, self.from_s).min(self.to_s);
            (middle, samples.as_slice())
        })
    }

    /// A gap where no sample has the number.
    pub fn line(&self, number: impl Fn(&T) -> Option<f64>, fold: Fold) -> Vec<Option<(f64, f64)>> {
        self.iter().map(|(at, samples)| Some((at, fold.of(samples, &number)?))).collect()
    }

    /// From the least to the greatest in each bucket.
    pub fn band(&self, number: impl Fn(&T) -> Option<f64>) -> Vec<Option<(f64, f64, f64)>> {
        self.iter().map(|(at, samples)| Some((at, Fold::Least.of(samples, &number)?, Fold::Greatest.of(samples, &number)?))).collect()
    }
}

/// What one number is made of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Least,
    Mean,
    Greatest,
}

impl Fold {
    pub fn of<T>(self, samples: &[&T], number: impl Fn(&T) -> Option<f64>) -> Option<f64> {
        let known = || samples.iter().filter_map(|sample| number(sample)).filter(|number| number.is_finite());
        match self {
            Self::Least => known().reduce(f64::min),
            Self::Greatest => known().reduce(f64::max),
            Self::Mean => {
                let (sum, count) = known().fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
                (count > 0.0).then(|| sum / count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_stays_a_hole_and_the_worst_second_of_a_bucket_is_kept() {
        let samples: Vec<(f64, f64)> =
            (0..1_000).filter(|second| !(400..412).contains(second)).map(|second| (f64::from(second), f64::from(second % 7))).collect();
        let buckets = Buckets::of(&samples, |sample| sample.0).unwrap();
        assert_eq!(buckets.width_s, 5.0);
        let line = buckets.line(|sample| Some(sample.1), Fold::Greatest);
        assert_eq!(line.len(), 200);
        assert_eq!((line[80], line[81]), (None, None));
        assert_eq!(line[1], Some((7.5, 6.0)));
        assert_eq!(buckets.band(|sample| Some(sample.1))[0], Some((2.5, 0.0, 4.0)));
    }

    #[test]
    fn nothing_and_one_second_are_no_trouble() {
        assert!(Buckets::of(&[] as &[f64], |at| *at).is_none());
        assert!(Buckets::of(&[f64::NAN], |at| *at).is_none());
        let one = Buckets::of(&[3.0], |at| *at).unwrap();
        assert_eq!(one.line(|_| Some(1.0), Fold::Mean), [Some((3.5, 1.0))]);
        assert_eq!(one.line(|_| Some(f64::NAN), Fold::Mean), [None]);
    }
}
