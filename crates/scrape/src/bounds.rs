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
pub struct Bounds(Arc<[Bound]>);

struct Bound {
    value: f64,
    /// The `le` of the text format, as Go's client writes it: `1`.
    text: Box<str>,
    /// The `le` of OpenMetrics, always recognisable as a float: `1.0`.
    canonical: Box<str>,
}

impl Bounds {
    /// Bounds in the order given, which must be ascending.
    ///
    /// # Errors
    ///
    /// When there is no bound, or one is not finite, or one is not greater than the one before it.
    pub fn new(bounds: impl IntoIterator<Item = f64>) -> Result<Self, BoundsError> {
        let bounds: Arc<[Bound]> = bounds.into_iter().map(Bound::new).collect();
        if bounds.is_empty() {
            return Err(BoundsError::Empty);
        }
        if let Some(bound) = bounds.iter().find(|bound| !bound.value.is_finite()) {
            return Err(BoundsError::NotFinite(bound.value));
        }
        if let Some(pair) = bounds.windows(2).find(|pair| pair[0].value >= pair[1].value) {
            return Err(BoundsError::NotAscending(pair[0].value, pair[1].value));
        }
        Ok(Self(bounds))
    }

    /// How many bounds there are: one less than there are buckets.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: there is at least one bound.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bounds, ascending.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().map(|bound| bound.value)
    }

    /// The bucket that counts `value`, from 0 to [`len`](Self::len). What is not a number lands in the last.
    pub fn index(&self, value: f64) -> usize {
        self.0.iter().position(|bound| value <= bound.value).unwrap_or(self.0.len())
    }

    pub(crate) fn texts(&self, canonical: bool) -> impl Iterator<Item = &str> {
        self.0.iter().map(move |bound| if canonical { &*bound.canonical } else { &*bound.text })
    }
}

impl fmt::Debug for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Bound {
    fn new(value: f64) -> Self {
        let text = shortest(value);
        let canonical = if text.contains(['.', 'e']) { text.clone() } else { format!("{text}.0") };
        Self { value, text: text.into(), canonical: canonical.into() }
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
    /// There is no bound.
    Empty,
    /// A bound is infinite or not a number; the bucket up to infinity is implied.
    NotFinite(f64),
    /// The second bound, which follows the first, is not greater.
    NotAscending(f64, f64),
}

impl fmt::Display for BoundsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a histogram needs at least one bucket bound"),
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
    fn useless_bounds_are_refused() {
        assert_eq!(Bounds::new([]).unwrap_err(), BoundsError::Empty);
        assert_eq!(Bounds::new([1.0, f64::INFINITY]).unwrap_err(), BoundsError::NotFinite(f64::INFINITY));
        assert_eq!(Bounds::new([1.0, 1.0]).unwrap_err(), BoundsError::NotAscending(1.0, 1.0));
        assert_eq!(
            Bounds::new([2.0, 1.0]).unwrap_err().to_string(),
            "bucket bounds must ascend, but 1 follows 2"
        );
    }
}
