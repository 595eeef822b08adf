//! Exact factors.

use std::fmt;

use tower_genai_core::Usd;

use crate::error::Fault;

/// An exact decimal that money is multiplied by: `1.1`, `0.05`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factor {
    mantissa: i128,
    scale: u32,
}

/// More digits than any price list or contract has, and few enough that products with prices stay exact.
const MAX_DIGITS: u32 = 9;

impl Factor {
    /// The factor that changes nothing.
    pub(crate) const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// Half.
    pub(crate) const HALF: Self = Self { mantissa: 5, scale: 1 };

    /// Reads a factor, which is not negative and has at most nine digits after the point.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let shown = || crate::entry::shown(text).to_owned();
        let (mantissa, scale) = text
            .parse::<Usd>()
            .map_err(|_| Fault::new(format!("expected a number, found {}", shown())))?
            .to_parts();
        if mantissa < 0 || scale > MAX_DIGITS {
            let what = "expected a number that is not negative, with at most nine digits after the point";
            return Err(Fault::new(format!("{what}, found {}", shown())));
        }
        Ok(Self { mantissa, scale })
    }

    /// The product with an amount, or `None` when it would need more than 28 digits.
    pub(crate) fn of(self, amount: Usd) -> Option<Usd> {
        if self == Self::ONE { Some(amount) } else { amount.checked_scaled(self.mantissa, self.scale) }
    }

    /// What the product exceeds the amount by; negative for factors below one.
    pub(crate) fn excess_of(self, amount: Usd) -> Option<Usd> {
        let one = 10_i128.checked_pow(self.scale)?;
        amount.checked_scaled(self.mantissa - one, self.scale)
    }

    /// Both, one after the other.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Self { mantissa, scale: self.scale + other.scale })
    }

    /// Whether it is greater than one.
    pub(crate) fn exceeds_one(self) -> bool {
        10_i128.checked_pow(self.scale).is_none_or(|one| self.mantissa > one)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Usd::from_parts(self.mantissa, self.scale) {
            Some(amount) => fmt::Display::fmt(&amount, f),
            None => write!(f, "{}e-{}", self.mantissa, self.scale),
        }
    }
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Factor({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_exact() {
        let amount: Usd = "0.0000003".parse().unwrap();
        let tenth_more = Factor::parse("1.10").unwrap();
        assert_eq!(tenth_more.of(amount).unwrap().to_string(), "0.00000033");
        assert_eq!(tenth_more.excess_of(amount).unwrap().to_string(), "0.00000003");
        assert_eq!(tenth_more.and(tenth_more).unwrap().to_string(), "1.21");
        assert_eq!(Factor::HALF.excess_of(amount).unwrap().to_string(), "-0.00000015");
        assert!(tenth_more.exceeds_one() && !Factor::ONE.exceeds_one() && !Factor::HALF.exceeds_one());
        for text in ["-1", "x", "", "1.0000000001"] {
            assert!(Factor::parse(text).is_err(), "{text}");
        }
    }
}
