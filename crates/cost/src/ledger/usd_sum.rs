use std::fmt;
use std::ops::AddAssign;

use tower_genai_core::Usd;

/// A dollar in the smallest parts that a [`Usd`] can have: 10^-28.
const DOLLAR: u128 = POWERS_OF_TEN[28];

const POWERS_OF_TEN: [u128; 29] = {
    let mut powers = [1; 29];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// A sum of amounts of US dollars that never rounds, however large it grows and however small its terms are.
///
/// A [`Usd`] has 28 digits in all; a sum of many may need more, since it has whole dollars and 28 places after the point.
/// It shows as a plain decimal without trailing zeros.
///
/// ```
/// use tower_genai_cost::ledger::UsdSum;
///
/// let mut sum = UsdSum::default();
/// sum += "1000000".parse::<tower_genai_core::Usd>().unwrap();
/// sum += "1e-28".parse::<tower_genai_core::Usd>().unwrap();
/// assert_eq!(sum.to_string(), "1000000.0000000000000000000000000001");
/// ```
// In the order of comparison.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsdSum {
    /// Whole dollars, rounded down.
    dollars: i128,
    /// What is above them, in parts of 10^-28 dollars; less than a dollar.
    parts: u128,
}

impl UsdSum {
    /// No money.
    pub const ZERO: Self = Self { dollars: 0, parts: 0 };

    /// Whether the sum is zero.
    pub const fn is_zero(self) -> bool {
        self.dollars == 0 && self.parts == 0
    }

    fn add(&mut self, dollars: i128, parts: u128) {
        self.parts += parts;
        let carry = self.parts >= DOLLAR;
        if carry {
            self.parts -= DOLLAR;
        }
        // Two billion of the largest amounts there are would fit.
        self.dollars = self.dollars.saturating_add(dollars).saturating_add(i128::from(carry));
    }
}

impl AddAssign<Usd> for UsdSum {
    fn add_assign(&mut self, amount: Usd) {
        let (mantissa, scale) = amount.to_parts();
        // A scale is at most 28.
        let scale = scale as usize;
        let (unit, missing) = (POWERS_OF_TEN[scale], POWERS_OF_TEN[28 - scale]);
        match u128::try_from(mantissa) {
            // Calls rarely cost a dollar: no division.
            Ok(mantissa) if mantissa < unit => self.add(0, mantissa * missing),
            _ => {
                let unit = unit.cast_signed();
                let rest = mantissa.rem_euclid(unit).unsigned_abs();
                self.add(mantissa.div_euclid(unit), rest * missing);
            }
        }
    }
}

impl AddAssign for UsdSum {
    fn add_assign(&mut self, other: Self) {
        self.add(other.dollars, other.parts);
    }
}

impl From<Usd> for UsdSum {
    fn from(amount: Usd) -> Self {
        let mut sum = Self::ZERO;
        sum += amount;
        sum
    }
}

impl fmt::Display for UsdSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dollars, parts } = *self;
        let (sign, dollars, parts) = match dollars {
            0.. => ("", dollars.unsigned_abs(), parts),
            _ if parts == 0 => ("-", dollars.unsigned_abs(), 0),
            _ => ("-", dollars.unsigned_abs() - 1, DOLLAR - parts),
        };
        if parts == 0 {
            return write!(f, "{sign}{dollars}");
        }
        let places = format!("{parts:028}");
        write!(f, "{sign}{dollars}.{}", places.trim_end_matches('0'))
    }
}

impl fmt::Debug for UsdSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UsdSum({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(amounts: &[&str]) -> String {
        let mut sum = UsdSum::ZERO;
        for amount in amounts {
            sum += amount.parse::<Usd>().unwrap();
        }
        sum.to_string()
    }

    #[test]
    fn sums_carry_and_never_round() {
        assert_eq!(sum(&[]), "0");
        assert_eq!(sum(&["0.00"]), "0");
        assert_eq!(sum(&["7", "1e-28"]), "7.0000000000000000000000000001");
        assert_eq!(sum(&["79228162514264337593543950335", "1e-28"]), {
            "79228162514264337593543950335.0000000000000000000000000001"
        });
        assert_eq!(sum(&["0.9999999999999999999999999999", "0.0000000000000000000000000001"]), "1");
        assert_eq!(sum(&["12.5", "0.75", "100"]), "113.25");
    }

    #[test]
    fn amounts_below_zero_count_as_well() {
        assert_eq!(sum(&["-0.25"]), "-0.25");
        assert_eq!(sum(&["-1.25", "0.5"]), "-0.75");
        assert_eq!(sum(&["-3"]), "-3");
        assert_eq!(sum(&["-3.5", "3.5"]), "0");
        assert!(UsdSum::from("-0.1".parse::<Usd>().unwrap()) < UsdSum::ZERO);
    }

    #[test]
    fn a_million_small_amounts_are_exact() {
        let amount: Usd = "0.00000015".parse().unwrap();
        let mut sum = UsdSum::ZERO;
        (0..1_000_000).for_each(|_| sum += amount);
        assert_eq!(sum.to_string(), "0.15");
        let mut twice = sum;
        twice += sum;
        assert_eq!(twice.to_string(), "0.3");
    }

    #[test]
    fn ten_million_amounts_of_all_scales_are_exact() {
        // Amounts below ten dollars: in parts of 10^-28 their sum fits 128 bits.
        let (mut sum, mut expected) = (UsdSum::ZERO, 0u128);
        let mut state = 1u64;
        for _ in 0..10_000_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let scale = 7 + u32::try_from(state >> 60).unwrap();
            let mantissa = u128::from((state >> 20) % 10u64.pow(scale.min(8)));
            sum += Usd::from_parts(mantissa.cast_signed(), scale).unwrap();
            expected += mantissa * 10u128.pow(28 - scale);
        }
        let parts = sum.dollars.unsigned_abs() * DOLLAR + sum.parts;
        assert_eq!(parts, expected);
        assert!(sum.dollars > 100_000, "{sum}");
    }
}
