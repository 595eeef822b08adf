use std::fmt;
use std::sync::Arc;

/// The upper bounds of a histogram's buckets, written out once for every scrape to come.
///
/// A clone shares them. The bucket above the last bound, `le="+Inf"`, is implied.
///
/// ```
/// use tower_genai_scrape::Bounds;
///
/// let bounds = Bounds::new([0.1, 1.0, 10.0])?;
/// assert_eq!(bounds.index(0.1), 0); // a bound belongs to its own bucket
/// assert_eq!(bounds.index(0.2), 1);
/// assert_eq!(bounds.index(99.0), 3);
/// # Ok::<(), tower_genai_scrape::BoundsError>(())
/// ```
#[derive(Clone)]
pub struct Bounds(Arc<Written>);

struct Written {
    values: Box<[f64]>,
    /// The `le`s of the text format, as Go's client writes them: `1`.
    text: Box<[String]>,
    /// The `le`s of OpenMetrics, always recognisable as floats: `1.0`.
    canonical: Box<[String]>,
}

impl Bounds {
    /// Bounds in the order given, which must be ascending. Without any there is one bucket, up to infinity.
    ///
    /// # Errors
    ///
    /// When a bound is not finite, or not greater than the one before it.
    pub fn new(bounds: impl IntoIterator<Item = f64>) -> Result<Self, BoundsError> {
        let values: Box<[f64]> = bounds.into_iter().collect();
        if let Some(bound) = values.iter().find(|bound| !bound.is_finite()) {
            return Err(BoundsError::NotFinite(*bound));
        }
        if let Some(pair) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(BoundsError::NotAscending(pair[0], pair[1]));
        }
        Ok(Self::write(values))
    }

    /// Bounds from any numbers: sorted, each once, and without those that are not finite.
    pub fn sorted(bounds: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = bounds.into_iter().filter(|bound| bound.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        Self::write(values.into())
    }

    fn write(values: Box<[f64]>) -> Self {
        let text: Box<[String]> = values.iter().copied().map(shortest).collect();
        let float =
            |text: &String| if text.contains(['.', 'e']) { text.clone() } else { format!("{text}.0") };
        let canonical = text.iter().map(float).collect();
        Self(Arc::new(Written { values, text, canonical }))
    }

    /// How many bounds there are: one less than there are buckets.
    pub fn len(&self) -> usize {
        self.0.values.len()
    }

    /// Whether there is only the bucket up to infinity.
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// The bounds, ascending.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.values.iter().copied()
    }

    /// The bucket that counts `value`, from 0 to [`len`](Self::len). What is not a number lands in the last.
    pub fn index(&self, value: f64) -> usize {
        if value.is_nan() { self.len() } else { self.0.values.partition_point(|bound| *bound < value) }
    }

    pub(crate) fn texts(&self, canonical: bool) -> impl Iterator<Item = &str> {
        let texts = if canonical { &self.0.canonical } else { &self.0.text };
        texts.iter().map(String::as_str)
    }
}

impl fmt::Debug for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The fewest digits that name `value`, laid out as Go's `%g` does it, which is what OpenMetrics calls canonical:
/// with an exponent from 1e+06 up and below 0.0001.
fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => value.to_string(),
    }
}

/// The bounds cannot delimit buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum BoundsError {
    /// A bound is infinite or not a number; the bucket up to infinity is implied.
    NotFinite(f64),
    /// The second bound, which follows the first, is not greater.
    NotAscending(f64, f64),
}

impl fmt::Display for BoundsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(bound) => {
                write!(
                    f,
                    "the bucket bound {bound} is not finite; the bucket up to +Inf is implied, leave it out"
                )
            }
            Self::NotAscending(first, second) => {
                write!(f, "bucket bounds must ascend, but {second} follows {first}")
            }
        }
    }
}

impl std::error::Error for BoundsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_as_go_writes_them() {
        let bounds = Bounds::new([
            0.000_01,
            0.0001,
            0.005,
            1.0,
            2.5,
            10.0,
            262_144.0,
            1_048_576.0,
            67_108_864.0,
            1e10,
        ])
        .unwrap();
        let text: Vec<_> = bounds.texts(false).collect();
        assert_eq!(
            text,
            [
                "1e-05",
                "0.0001",
                "0.005",
                "1",
                "2.5",
                "10",
                "262144",
                "1.048576e+06",
                "6.7108864e+07",
                "1e+10"
            ]
        );
        let canonical: Vec<_> = bounds.texts(true).collect();
        assert_eq!(
            canonical,
            [
                "1e-05",
                "0.0001",
                "0.005",
                "1.0",
                "2.5",
                "10.0",
                "262144.0",
                "1.048576e+06",
                "6.7108864e+07",
                "1e+10"
            ]
        );
    }

    #[test]
    fn a_value_falls_into_the_first_bucket_that_holds_it() {
        let bounds = Bounds::new([-1.0, 0.0, 1.0]).unwrap();
        for (value, index) in [(-2.0, 0), (-1.0, 0), (-0.5, 1), (0.0, 1), (1.0, 2), (1.1, 3), (f64::NAN, 3)] {
            assert_eq!(bounds.index(value), index, "{value}");
        }
    }

    #[test]
    fn any_numbers_can_be_put_in_order() {
        let bounds = Bounds::sorted([2.0, f64::NAN, 0.5, 2.0, f64::INFINITY]);
        assert_eq!(bounds.iter().collect::<Vec<_>>(), [0.5, 2.0]);
        let none = Bounds::sorted([]);
        assert!(none.is_empty());
        assert_eq!(none.index(7.0), 0);
    }

    #[test]
    fn useless_bounds_are_refused() {
        assert_eq!(Bounds::new([1.0, f64::INFINITY]).unwrap_err(), BoundsError::NotFinite(f64::INFINITY));
        assert_eq!(Bounds::new([1.0, 1.0]).unwrap_err(), BoundsError::NotAscending(1.0, 1.0));
        assert_eq!(
            Bounds::new([2.0, 1.0]).unwrap_err().to_string(),
            "bucket bounds must ascend, but 1 follows 2"
        );
    }
}
