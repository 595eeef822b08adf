//! What a call cost, as the record carries it.

use std::sync::Arc;

use crate::money::Usd;

/// Whether a call has a price, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostStatus {
    /// The call was priced; the amount may be zero.
    Priced,
    /// The model has no entry in the catalogue, and the provider did not state the cost. Unknown is not free.
    Unpriced,
    /// Nobody said how many tokens, images, seconds, ... were used.
    NoUsage,
    /// The counts contradict each other (more cached than there was input): no guess is made.
    InvalidUsage,
}

impl CostStatus {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Priced => "priced",
            Self::Unpriced => "unpriced",
            Self::NoUsage => "no_usage",
            Self::InvalidUsage => "invalid_usage",
        }
    }
}

/// Where the price of a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PriceSource {
    /// A price of the operator's own.
    Override,
    /// The operator's price file.
    PriceFile,
    /// The catalogue that is part of the software.
    Embedded,
    /// The provider stated what the call cost.
    Stated,
}

impl PriceSource {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::PriceFile => "price_file",
            Self::Embedded => "embedded",
            Self::Stated => "stated",
        }
    }
}

/// The price of one call with its parts; the parts sum to the total exactly.
///
/// The parts do not overlap: each token of the call is paid for in one of them. All but [`discount`](Self::discount),
/// which is zero or negative, are zero or positive (an [`uplift`](Self::uplift) by a factor below one aside).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Input tokens of text that were neither read from nor written to a cache.
    pub input: Usd,
    /// Input tokens read from a cache, of whatever kind.
    pub cache_read: Usd,
    /// Input tokens written to a cache.
    pub cache_write: Usd,
    /// Input tokens of audio that were not read from a cache.
    pub audio_input: Usd,
    /// Input tokens of images that were not read from a cache.
    pub image_input: Usd,
    /// Input tokens of video.
    pub video_input: Usd,
    /// Output tokens of text that were not reasoning.
    pub output: Usd,
    /// Output tokens of reasoning.
    pub reasoning: Usd,
    /// Output tokens of audio.
    pub audio_output: Usd,
    /// Output tokens of images.
    pub image_output: Usd,
    /// Output tokens of video.
    pub video_output: Usd,
    /// The provider's own tools: searches of the web, in files and in maps, runs of code.
    pub tools: Usd,
    /// What is charged by other units than tokens: per request, image, second, character, page, search.
    pub fees: Usd,
    /// What a region or a speed adds to the parts above.
    pub uplift: Usd,
    /// What the operator's discount takes from the parts above: zero or negative.
    pub discount: Usd,
    /// What the operator's margin adds to all the others.
    pub margin: Usd,
    /// The whole of a cost that only the provider knows, when [`source`](Self::source) is
    /// [`Stated`](PriceSource::Stated); all parts above but discount and margin are zero then.
    pub undivided: Usd,
    /// The entry of the price catalogue that was used, so that the amount can be traced to its source.
    pub entry: Option<Arc<str>>,
    /// Where the price comes from.
    pub source: Option<PriceSource>,
    /// What the provider says the call cost. Beside our own amount, and no part of it unless `source` says so.
    pub stated: Option<Usd>,
}

/// How many parts a cost has.
const PARTS: usize = 17;

/// Their names, in the order of the fields.
const NAMES: [&str; PARTS] = [
    "input",
    "cache_read",
    "cache_write",
    "audio_input",
    "image_input",
    "video_input",
    "output",
    "reasoning",
    "audio_output",
    "image_output",
    "video_output",
    "tools",
    "fees",
    "uplift",
    "discount",
    "margin",
    "undivided",
];

impl Cost {
    /// The sum of the parts.
    pub fn total(&self) -> Usd {
        self.checked_total()
            .unwrap_or_else(|| self.parts().into_iter().fold(Usd::ZERO, |total, (_, part)| total + part))
    }

    /// The sum of the parts, or `None` when it would need more than 28 digits and [`total`](Self::total) is rounded.
    pub fn checked_total(&self) -> Option<Usd> {
        Usd::checked_sum(&self.amounts())
    }

    /// The sum of the parts without the operator's discount and margin: what the provider bills.
    pub fn original(&self) -> Usd {
        Self { discount: Usd::ZERO, margin: Usd::ZERO, entry: None, ..*self }.total()
    }

    /// The parts with their names, in the order of the fields; they sum to the total.
    ///
    /// ```
    /// # use tower_genai_core::Cost;
    /// let mut cost = Cost::default();
    /// cost.output = "0.25".parse().unwrap();
    /// let stated: Vec<_> = cost.parts().into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
    /// assert_eq!(stated, [("output", cost.total())]);
    /// ```
    pub fn parts(&self) -> [(&'static str, Usd); PARTS] {
        let amounts = self.amounts();
        std::array::from_fn(|part| (NAMES[part], amounts[part]))
    }

    /// The amounts of the parts in the order of their names.
    const fn amounts(&self) -> [Usd; PARTS] {
        // Exhaustive on purpose: a new part must be added to the sum.
        let Self {
            input,
            cache_read,
            cache_write,
            audio_input,
            image_input,
            video_input,
            output,
            reasoning,
            audio_output,
            image_output,
            video_output,
            tools,
            fees,
            uplift,
            discount,
            margin,
            undivided,
            entry: _,
            source: _,
            stated: _,
        } = self;
        [
            *input,
            *cache_read,
            *cache_write,
            *audio_input,
            *image_input,
            *video_input,
            *output,
            *reasoning,
            *audio_output,
            *image_output,
            *video_output,
            *tools,
            *fees,
            *uplift,
            *discount,
            *margin,
            *undivided,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_sum_to_the_total_and_the_operators_can_be_left_out() {
        let usd = |text: &str| text.parse::<Usd>().unwrap();
        let mut cost = Cost::default();
        assert_eq!(cost.total(), Usd::ZERO);
        (cost.input, cost.tools) = (usd("1e-28"), usd("1"));
        (cost.discount, cost.margin) = (-usd("0.1"), usd("0.02"));
        assert_eq!(cost.original(), usd("1.0000000000000000000000000001"));
        assert_eq!(cost.total(), usd("0.9200000000000000000000000001"));
        cost.fees = usd("8");
        assert_eq!(cost.checked_total(), None, "more than 28 digits");
        assert_eq!(cost.total(), usd("8.92"));
    }

    #[test]
    fn each_amount_has_its_name() {
        let mut cost = Cost::default();
        let amounts: Vec<Usd> = (1..=17).map(|amount| Usd::from_parts(amount, 0).unwrap()).collect();
        (cost.input, cost.cache_read, cost.cache_write) = (amounts[0], amounts[1], amounts[2]);
        (cost.audio_input, cost.image_input, cost.video_input) = (amounts[3], amounts[4], amounts[5]);
        (cost.output, cost.reasoning, cost.audio_output) = (amounts[6], amounts[7], amounts[8]);
        (cost.image_output, cost.video_output, cost.tools) = (amounts[9], amounts[10], amounts[11]);
        (cost.fees, cost.uplift, cost.discount) = (amounts[12], amounts[13], amounts[14]);
        (cost.margin, cost.undivided) = (amounts[15], amounts[16]);
        for (shown, (name, expected)) in cost.parts().into_iter().zip(NAMES.into_iter().zip(amounts)) {
            assert_eq!(shown, (name, expected));
            let debug = format!("{name}: {expected:?}");
            assert!(format!("{cost:?}").contains(&debug), "{debug}");
        }
    }

    #[test]
    fn no_two_parts_have_one_name() {
        let mut names = Cost::default().parts().map(|(name, _)| name);
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
