use crate::{Usage, dialect::Tokens};

/// The counts of a reply as its provider states them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// One bit for each of the counts that has been stated.
    stated: u16,
    /// Whether the reasoning stands where only its size tells whether the output contains it.
    reasoning_apart: bool,
    numbers: [u64; Tokens::ALL],
}

impl Counts {
    pub(super) fn set(&mut self, tokens: Tokens, count: u64) {
        if let Some(slot) = self.numbers.get_mut(tokens as usize) {
            *slot = count;
            self.stated |= 1 << tokens as usize;
        }
    }

    pub(super) fn add(&mut self, tokens: Tokens, count: u64) {
        self.set(tokens, self.get(tokens).unwrap_or(0).saturating_add(count));
    }

    /// A total where all is input: the input, unless that is stated itself.
    pub(super) fn set_all_input(&mut self, count: u64) {
        if self.get(Tokens::Input).is_none() {
            self.set(Tokens::Input, count);
        }
    }

    /// Reasoning that the output may contain or not, unless it is stated in its own place.
    pub(super) fn set_reasoning_apart(&mut self, count: u64) {
        if self.get(Tokens::Reasoning).is_none() {
            self.set(Tokens::Reasoning, count);
            self.reasoning_apart = true;
        }
    }

    fn get(&self, tokens: Tokens) -> Option<u64> {
        self.numbers.get(tokens as usize).copied().filter(|_| self.stated & (1 << tokens as usize) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stated == 0
    }

    /// OpenTelemetry's totals: what stands beside a total is added to it.
    pub(super) fn usage(&self) -> Usage {
        let (read, write) = (self.get(Tokens::CacheReadBeside), self.get(Tokens::CacheWriteBeside));
        let beside = self.get(Tokens::ReasoningBeside);
        let input = self.input(read.unwrap_or(0).saturating_add(write.unwrap_or(0)));
        // An answer may be all reasoning.
        let output = self.get(Tokens::Output).or(beside.map(|_| 0));
        Usage {
            input,
            output: output.map(|output| output.saturating_add(self.reasoning_beside(input, output))),
            cache_read: self.get(Tokens::CacheRead).or(read),
            cache_write: self.get(Tokens::CacheWrite).or(write),
            cache_write_1h: self.get(Tokens::CacheWrite1h),
            reasoning: self.get(Tokens::Reasoning).or(beside),
            audio_input: self.get(Tokens::AudioInput),
            audio_output: self.get(Tokens::AudioOutput),
        }
    }

    /// The input with what stands beside it. That the cache does not is shown only by a total that has no room for it.
    fn input(&self, cache: u64) -> Option<u64> {
        let input = self.get(Tokens::Input)?;
        let without_cache = self.get(Tokens::Output).and_then(|output| input.checked_add(output));
        let contains_cache =
            cache <= input && without_cache.is_some() && without_cache == self.get(Tokens::Total);
        let cache = if contains_cache { 0 } else { cache };
        Some(input.saturating_add(cache).saturating_add(self.get(Tokens::ToolInputBeside).unwrap_or(0)))
    }

    /// Reasoning that is not contained in the output. A total, where one is stated, has the last word on it.
    fn reasoning_beside(&self, input: Option<u64>, output: u64) -> u64 {
        let beside = self.get(Tokens::ReasoningBeside);
        let reasoning = beside.or(self.get(Tokens::Reasoning)).unwrap_or(0);
        if self.reasoning_apart && reasoning > output {
            return reasoning;
        }
        let (Some(input), Some(total)) = (input, self.get(Tokens::Total)) else { return beside.unwrap_or(0) };
        let without = input.saturating_add(output);
        let is_beside = match beside {
            Some(_) => without != total,
            None => without.checked_add(reasoning) == Some(total),
        };
        if is_beside { reasoning } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;
    use crate::dialect::Tokens;

    fn counts(of: &[(Tokens, u64)]) -> Counts {
        let mut counts = Counts::default();
        for (tokens, count) in of {
            counts.set(*tokens, *count);
        }
        counts
    }

    #[test]
    fn parts_beside_are_added() {
        let usage = counts(&[
            (Tokens::Input, 4),
            (Tokens::CacheReadBeside, 10),
            (Tokens::CacheWriteBeside, 100),
            (Tokens::Output, 50),
        ])
        .usage();
        assert_eq!((usage.input, usage.cache_read, usage.cache_write), (Some(114), Some(10), Some(100)));
        assert_eq!(usage.output, Some(50));
    }

    #[test]
    fn parts_within_are_not() {
        let usage = counts(&[
            (Tokens::Input, 12),
            (Tokens::CacheRead, 4),
            (Tokens::Output, 7),
            (Tokens::Reasoning, 5),
        ]);
        assert_eq!((usage.usage().input, usage.usage().output), (Some(12), Some(7)));
    }

    #[test]
    fn the_total_tells_where_reasoning_is() {
        let counted = [(Tokens::Input, 32), (Tokens::Output, 9), (Tokens::Reasoning, 300)];
        assert_eq!(counts(&[&counted[..], &[(Tokens::Total, 341)]].concat()).usage().output, Some(309));
        assert_eq!(counts(&[&counted[..], &[(Tokens::Total, 41)]].concat()).usage().output, Some(9));
    }

    #[test]
    fn the_total_tells_whether_the_cache_is_beside() {
        let cached = [(Tokens::Input, 100), (Tokens::CacheReadBeside, 80), (Tokens::Output, 10)];
        assert_eq!(counts(&cached).usage().input, Some(180));
        assert_eq!(counts(&[&cached[..], &[(Tokens::Total, 190)]].concat()).usage().input, Some(180));
        assert_eq!(counts(&[&cached[..], &[(Tokens::Total, 110)]].concat()).usage().input, Some(100));
        // A total that leaves the cache out, which is no part of a smaller input.
        let more =
            [(Tokens::Input, 4), (Tokens::CacheReadBeside, 80), (Tokens::Output, 10), (Tokens::Total, 14)];
        assert_eq!(counts(&more).usage().input, Some(84));
    }

    #[test]
    fn reasoning_beside_is_added_unless_the_total_says_otherwise() {
        let counted = [(Tokens::Input, 5), (Tokens::Output, 9), (Tokens::ReasoningBeside, 300)];
        for (total, output) in [(&[][..], 309), (&[(Tokens::Total, 314)], 309), (&[(Tokens::Total, 14)], 9)] {
            let usage = counts(&[&counted[..], total].concat()).usage();
            assert_eq!((usage.output, usage.reasoning), (Some(output), Some(300)));
        }
        let thoughts =
            counts(&[(Tokens::Input, 5), (Tokens::ReasoningBeside, 300), (Tokens::Total, 305)]).usage();
        assert_eq!((thoughts.output, thoughts.reasoning), (Some(300), Some(300)));
        let tool = counts(&[(Tokens::Input, 5), (Tokens::ToolInputBeside, 40), (Tokens::Output, 1)]).usage();
        assert_eq!(tool.input, Some(45));
    }

    #[test]
    fn reasoning_apart_is_added_where_the_output_cannot_contain_it() {
        let counted = [(Tokens::Input, 33), (Tokens::Output, 7163), (Tokens::Total, 7196)];
        for (reasoning, output) in [(73_997, 81_160), (7163, 7163), (0, 7163)] {
            let mut counts = counts(&counted);
            counts.set_reasoning_apart(reasoning);
            let usage = counts.usage();
            assert_eq!((usage.output, usage.reasoning), (Some(output), Some(reasoning)));
        }
    }

    #[test]
    fn a_total_may_be_all_input() {
        let mut only = Counts::default();
        only.set_all_input(12);
        assert_eq!(only.usage().input, Some(12));
        let mut both = counts(&[(Tokens::Input, 11)]);
        both.set_all_input(12);
        assert_eq!(both.usage().input, Some(11));
        only.set(Tokens::Input, 11);
        assert_eq!(only.usage().input, Some(11));
    }

    #[test]
    fn absurd_counts_do_not_wrap() {
        let usage = counts(&[(Tokens::Input, u64::MAX), (Tokens::CacheReadBeside, u64::MAX)]).usage();
        assert_eq!(usage.input, Some(u64::MAX));
    }
}
