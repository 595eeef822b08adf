use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_core::Usd;

/// What one step from a word to the next divides by.
const STEP: u128 = 1_000_000;

/// A sum of money that loses nothing.
///
/// The words count 10^-6, 10^-12, .. 10^-30 dollars; an amount is cut at these places, which holds every amount a
/// [`Usd`] can (28 places). No carry passes between words while money is added, only when the sum is read: so each
/// word only rises, and of two readers the later never sees less, in whatever order threads add. The first word holds
/// 18 trillion dollars; each other takes less than a million per amount, so that it lasts for 10^13 amounts.
#[derive(Default)]
pub(crate) struct Money([AtomicU64; 5]);

impl Money {
    /// Adds an amount. Nothing costs less than nothing: a negative amount is left out, for a counter cannot fall.
    pub(crate) fn add(&self, amount: Usd) {
        let (mantissa, scale) = amount.to_parts();
        let Ok(mut rest) = u128::try_from(mantissa) else { return };
        // At most 10^28, and the mantissa has at most 96 bits: nothing here overflows 128 bits.
        let unit = 10u128.pow(scale);
        for word in &self.0 {
            if rest == 0 {
                return;
            }
            rest *= STEP;
            if let Ok(part @ 1..) = u64::try_from(rest / unit) {
                word.fetch_add(part, Relaxed);
            }
            rest %= unit;
        }
    }

    /// The words.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|word| word.load(Relaxed))
    }

    /// Adds to the words.
    pub(crate) fn add_words(&self, words: &mut impl Iterator<Item = u64>) {
        for (word, more) in self.0.iter().zip(words) {
            word.fetch_add(more, Relaxed);
        }
    }

    /// The sum as a decimal number.
    pub(crate) fn text(&self) -> String {
        let mut carry = 0;
        let mut places = [0; 5];
        for (place, word) in places.iter_mut().zip(&self.0).rev() {
            let sum = u128::from(word.load(Relaxed)) + carry;
            *place = sum % STEP;
            carry = sum / STEP;
        }
        let mut digits = format!("{carry}.");
        for place in places {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{place:06}");
        }
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    #[test]
    fn a_million_small_amounts_are_exact() {
        let money = Money::default();
        for _ in 0..1_000_000 {
            money.add(usd("0.00000015"));
        }
        assert_eq!(money.text(), "0.15");
    }

    #[test]
    fn every_amount_is_kept_as_it_is() {
        for text in [
            "0",
            "1",
            "0.5",
            "12.000001",
            "0.0000000000000000000000000001",
            "0.1234567890123456789012345678",
            "7.922816251426433759354395033",
            "999999999.999999999999999999",
        ] {
            let money = Money::default();
            money.add(usd(text));
            assert_eq!(money.text(), text);
        }
    }

    #[test]
    fn the_sum_of_unlike_scales_carries() {
        let money = Money::default();
        for text in ["0.9", "0.09", "0.009", "0.0009999999", "0.0000000001", "0.0000000000000000000000000001"]
        {
            money.add(usd(text));
        }
        assert_eq!(money.text(), "1.0000000000000000000000000001");
    }

    #[test]
    fn a_negative_amount_changes_nothing() {
        let money = Money::default();
        money.add(usd("2"));
        money.add(usd("-1"));
        assert_eq!(money.text(), "2");
    }

    #[test]
    fn threads_lose_nothing_and_readers_never_see_it_fall() {
        let money = Money::default();
        let amount = usd("0.0000019999999999999999999");
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..50_000).for_each(|_| money.add(amount)));
            }
            let mut last = Usd::ZERO;
            for _ in 0..200 {
                let now = usd(&money.text());
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
        });
        assert_eq!(money.text(), "0.19999999999999999999");
    }
}
