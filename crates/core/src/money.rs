//! Exact money.

use std::fmt;
use std::ops::{Add, AddAssign, Neg};
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A decimal has at most 28 digits after the point.
const POWERS_OF_TEN: [i128; 29] = {
    let mut powers = [1; 29];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// An exact amount of US dollars.
///
/// A decimal of up to 28 digits, so that prices of fractions of a micro-dollar multiply and add without a remainder.
/// It shows as a plain decimal without trailing zeros.
///
/// ```
/// use tower_genai_core::Usd;
///
/// let price: Usd = "0.00000015".parse().unwrap();
/// let total = (0..1_000).fold(Usd::ZERO, |sum, _| sum + price);
/// assert_eq!(total.to_string(), "0.00015");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(Decimal);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The amount `mantissa / 10^scale`, or `None` when it has more than 28 digits.
    ///
    /// ```
    /// # use tower_genai_core::Usd;
    /// assert_eq!(Usd::from_parts(25, 6).unwrap().to_string(), "0.000025");
    /// ```
    pub fn from_parts(mantissa: i128, scale: u32) -> Option<Self> {
        Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(Self)
    }

    /// The mantissa and the scale: the amount is `mantissa / 10^scale`.
    pub const fn to_parts(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// The nearest float, for exports whose format has nothing better.
    pub fn to_f64(self) -> f64 {
        // What both sides of a division have exactly, its result has to the last bit.
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
            1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        match (POWERS.get(self.0.scale() as usize), i64::try_from(self.0.mantissa())) {
            (Some(power), Ok(digits)) if digits.unsigned_abs() <= EXACT => digits as f64 / power,
            _ => self.0.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The exact sum, or `None` when it would need more than 28 digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::checked_sum(&[self, other])
    }

    /// The exact sum of all, or `None` when it would need more than 28 digits.
    pub fn checked_sum(amounts: &[Self]) -> Option<Self> {
        // Most amounts that are summed are nothing, and need no arithmetic.
        let amounts = || amounts.iter().filter(|amount| !amount.is_zero());
        let scale = amounts().map(|amount| amount.0.scale()).max().unwrap_or(0);
        let sum = amounts().try_fold(0, |sum: i128, amount| sum.checked_add(amount.mantissa_at(scale)?))?;
        Self::from_parts(sum, scale)
    }

    /// The exact product with a count, or `None` when it would need more than 28 digits.
    ///
    /// ```
    /// # use tower_genai_core::Usd;
    /// let price: Usd = "2.5e-7".parse().unwrap();
    /// assert_eq!(price.checked_mul(1_234).unwrap().to_string(), "0.0003085");
    /// ```
    pub fn checked_mul(self, count: u64) -> Option<Self> {
        Self::from_parts(product(self.0.mantissa(), i128::from(count))?, self.0.scale())
    }

    /// The exact product with the decimal factor `mantissa / 10^scale`, or `None` when it would need more than 28 digits.
    ///
    /// ```
    /// # use tower_genai_core::Usd;
    /// let price: Usd = "0.006".parse().unwrap();
    /// // 90.5 seconds of a price per second.
    /// assert_eq!(price.checked_scaled(905, 1).unwrap().to_string(), "0.543");
    /// ```
    pub fn checked_scaled(self, mantissa: i128, scale: u32) -> Option<Self> {
        let (mut mantissa, mut scale) = (product(self.0.mantissa(), mantissa)?, self.0.scale() + scale);
        // Digits that say nothing must not crowd out those that do.
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        Self::from_parts(mantissa, scale)
    }

    /// The mantissa when written with `scale` digits after the point, which is at least the own scale.
    fn mantissa_at(self, scale: u32) -> Option<i128> {
        let missing = usize::try_from(scale - self.0.scale()).ok()?;
        product(*POWERS_OF_TEN.get(missing)?, self.0.mantissa())
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

/// The exact product. Looking for an overflow of 128 bits is slow, and nearly all factors have fewer than 64.
fn product(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(i128::from(left) * i128::from(right)),
        _ => left.checked_mul(right),
    }
}

impl Add for Usd {
    type Output = Self;

    /// Adds, and stays at the largest representable amount (about 79 octillion dollars) rather than panic.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Usd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.normalize(), f)
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Usd({self})")
    }
}

/// The text is no decimal number of at most 28 digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseUsdError(());

impl fmt::Display for ParseUsdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal amount of at most 28 digits")
    }
}

impl std::error::Error for ParseUsdError {}

impl FromStr for Usd {
    type Err = ParseUsdError;

    /// Reads `1.5`, and `1.5e-7` as price files write it; never rounds.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseUsdError(());
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let digits = Decimal::from_str_exact(digits).map_err(|_| error())?.normalize();
        let exponent: i32 = exponent.parse().map_err(|_| error())?;
        let scale = i32::try_from(digits.scale()).ok().and_then(|scale| scale.checked_sub(exponent));
        match scale.ok_or_else(error)? {
            _ if digits.is_zero() => Some(Self::ZERO),
            scale @ 0.. => Self::from_parts(digits.mantissa(), scale.unsigned_abs()),
            scale => 10_i128
                .checked_pow(scale.unsigned_abs())
                .and_then(|factor| digits.mantissa().checked_mul(factor))
                .and_then(|mantissa| Self::from_parts(mantissa, 0)),
        }
        .ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, expected) in [
            ("0", "0"),
            ("0e-99", "0"),
            ("2.5e-7", "0.00000025"),
            ("1E-8", "0.00000001"),
            ("1.50E+2", "150"),
            ("3e3", "3000"),
            ("1e-28", "0.0000000000000000000000000001"),
        ] {
            assert_eq!(usd(text).to_string(), expected);
        }
        for text in
            ["", "e", "1e", "1e1.5", "x", "1e-29", "1e29", "0.12345678901234567890123456789", "NaN", "\"1\""]
        {
            assert_eq!(text.parse::<Usd>(), Err(ParseUsdError(())), "{text}");
        }
    }

    #[test]
    fn checked_arithmetic_never_rounds() {
        let (tiny, large) = (usd("1e-28"), usd("7"));
        assert_eq!(tiny.checked_add(large), Some(usd("7.0000000000000000000000000001")));
        assert_eq!(tiny.checked_add(usd("8")), None, "more than 28 digits");
        assert_eq!(usd("0.1").checked_add(usd("0.2")), Some(usd("0.3")));
        assert_eq!(Usd::checked_sum(&[]), Some(Usd::ZERO));
        assert_eq!(usd("1.5e-7").checked_mul(1_000_000), Some(usd("0.15")));
        assert_eq!(usd("1e-20").checked_scaled(1_000_000_000, 9), Some(usd("1e-20")));
        assert_eq!(usd("3e-20").checked_scaled(-15, 1), Some(-usd("4.5e-20")));
        assert_eq!(usd("1e-20").checked_scaled(1, 9), None);
        assert_eq!(Usd::ZERO.checked_scaled(1, 40), Some(Usd::ZERO));
        assert_eq!(usd("7e27").checked_mul(11), Some(usd("7.7e28")));
        assert_eq!(usd("7e27").checked_mul(12), None);
    }

    #[test]
    fn the_nearest_float_is_the_one_that_the_digits_name() {
        for digits in [
            "0",
            "0.1",
            "-0.3",
            "0.0000012",
            "0.0100057",
            "123456.789012",
            "9007199254740992",
            "0.0000000000000000000001",
            "0.9007199254740991",
        ] {
            let nearest: f64 = digits.parse().unwrap();
            assert_eq!(digits.parse::<Usd>().unwrap().to_f64().to_bits(), nearest.to_bits(), "{digits}");
        }
    }
}
