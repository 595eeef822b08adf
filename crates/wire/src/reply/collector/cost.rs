//! The cost of a call as its provider states it.

use compact_str::{CompactString, format_compact};

use crate::{Billing, json::Scalar};

/// What a usage says about the cost of its call.
#[derive(Debug, Default)]
pub(super) struct Cost {
    /// In dollars, as it is written.
    stated: Option<CompactString>,
    /// What a provider behind the provider charges the caller's own account.
    upstream: Option<CompactString>,
    is_own_account: bool,
}

/// Decimals of a dollar in one of xAI's ticks.
const TICK_DECIMALS: usize = 10;

impl Cost {
    /// OpenRouter's `cost`, Perplexity's `total_cost`: dollars, as a number or as a string.
    pub(super) fn stated(&mut self, value: Scalar<'_>) {
        self.stated = decimal(value).or(self.stated.take());
    }

    /// xAI's `cost_in_usd_ticks`: ten billions of them are a dollar.
    pub(super) fn ticks(&mut self, value: Scalar<'_>) {
        if let Some(ticks) = value.count() {
            self.stated = Some(scaled(ticks.into(), TICK_DECIMALS));
        }
    }

    /// OpenRouter's `cost_details.upstream_inference_cost`.
    pub(super) fn upstream(&mut self, value: Scalar<'_>) {
        self.upstream = decimal(value);
    }

    /// OpenRouter's `is_byok`: its own charge is a fee, and the model is charged to the caller's own account.
    pub(super) fn own_account(&mut self, value: Scalar<'_>) {
        self.is_own_account = value.bool() == Some(true);
    }

    /// Adds the cost to the bill, if one is stated.
    pub(super) fn bill(&self, to: &mut Option<Box<Billing>>) {
        if let Some(cost) = self.dollars() {
            to.get_or_insert_default().stated_cost = Some(cost);
        }
    }

    /// The cost of the call.
    fn dollars(&self) -> Option<CompactString> {
        match (&self.stated, &self.upstream) {
            (Some(fee), Some(upstream)) if self.is_own_account => sum(fee, upstream),
            (None, Some(upstream)) if self.is_own_account => Some(upstream.clone()),
            (stated, _) => stated.clone(),
        }
    }
}

/// A number that is not negative, as it is written.
fn decimal(value: Scalar<'_>) -> Option<CompactString> {
    let text = match value {
        Scalar::Number(number) => CompactString::from(number.as_str()?),
        Scalar::Text(_) => value.string()?,
        _ => return None,
    };
    Decimal::of(&text).map(|_| text)
}

/// A number that is not negative: `digits` with `decimals` of them behind the point.
struct Decimal {
    digits: u128,
    decimals: usize,
}

impl Decimal {
    /// Reads `12`, `0.25`, `1.4e-05`; not what has more digits than money has.
    fn of(text: &str) -> Option<Self> {
        let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number =
            !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_number || !(-30..=12).contains(&exponent) || fraction.len() > 30 {
            return None;
        }
        let digits: u128 = format_compact!("{whole}{fraction}").parse().ok()?;
        let decimals = i32::try_from(fraction.len()).ok()? - exponent;
        match usize::try_from(decimals) {
            Ok(decimals) => Some(Self { digits, decimals }),
            Err(_) => Some(Self {
                digits: digits.checked_mul(10_u128.checked_pow(decimals.unsigned_abs())?)?,
                decimals: 0,
            }),
        }
    }

    fn with_decimals(&self, decimals: usize) -> Option<u128> {
        let more = u32::try_from(decimals.checked_sub(self.decimals)?).ok()?;
        self.digits.checked_mul(10_u128.checked_pow(more)?)
    }
}

fn sum(left: &str, right: &str) -> Option<CompactString> {
    let (left, right) = (Decimal::of(left)?, Decimal::of(right)?);
    let decimals = left.decimals.max(right.decimals);
    let digits = left.with_decimals(decimals)?.checked_add(right.with_decimals(decimals)?)?;
    Some(scaled(digits, decimals))
}

/// A number of which the last digits stand behind the point.
fn scaled(digits: u128, decimals: usize) -> CompactString {
    let text = format_compact!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = text.split_at(text.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.into(),
        fraction => format_compact!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cost, scaled, sum};
    use crate::json::Scalar;

    fn number(text: &str) -> Scalar<'_> {
        Scalar::bare(text.as_bytes()).unwrap()
    }

    #[test]
    fn dollars_as_they_are_written() {
        for text in ["0.00014", "1.4e-05", "0", "12", "0.10"] {
            let mut cost = Cost::default();
            cost.stated(number(text));
            assert_eq!(cost.dollars().as_deref(), Some(text));
        }
        for odd in ["-1", "1e300", "true", "null"] {
            let mut cost = Cost::default();
            cost.stated(number(odd));
            assert_eq!(cost.dollars(), None, "{odd}");
        }
    }

    #[test]
    fn ticks() {
        for (ticks, dollars) in
            [("37756000", "0.0037756"), ("10000000000", "1"), ("0", "0"), ("12345678901", "1.2345678901")]
        {
            let mut cost = Cost::default();
            cost.ticks(number(ticks));
            assert_eq!(cost.dollars().as_deref(), Some(dollars));
        }
    }

    #[test]
    fn a_fee_beside_the_callers_own_account() {
        let mut cost = Cost::default();
        cost.stated(number("0.00001"));
        cost.upstream(number("1.9E-4"));
        assert_eq!(cost.dollars().as_deref(), Some("0.00001"));
        cost.own_account(number("true"));
        assert_eq!(cost.dollars().as_deref(), Some("0.0002"));
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(sum("0.1", "0.2").as_deref(), Some("0.3"));
        assert_eq!(sum("1e2", "0.05").as_deref(), Some("100.05"));
        assert_eq!(sum("9", "1").as_deref(), Some("10"));
        assert_eq!(sum(&"9".repeat(40), "1"), None);
        assert_eq!(scaled(5, 0), "5");
    }
}
