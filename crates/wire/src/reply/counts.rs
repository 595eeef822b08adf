use crate::{Usage, dialect::Tokens};

/// The counts of a reply as its provider states them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// One bit for each of the counts that has been stated.
    stated: u16,
    counts: [u64; Tokens::ALL],
}

impl Counts {
    pub(super) fn set(&mut self, tokens: Tokens, count: u64) {
        if let Some(slot) = self.counts.get_mut(tokens as usize) {
            *slot = count;
            self.stated |= 1 << tokens as usize;
        }
    }

    fn get(&self, tokens: Tokens) -> Option<u64> {
        self.counts.get(tokens as usize).copied().filter(|_| self.stated & (1 << tokens as usize) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stated == 0
    }

    /// OpenTelemetry's totals: what stands beside a total is added to it.
    pub(super) fn usage(&self) -> Usage {
        let (read, write) = (self.get(Tokens::CacheReadBeside), self.get(Tokens::CacheWriteBeside));
        let beside = read.unwrap_or(0).saturating_add(write.unwrap_or(0));
        let input = self.get(Tokens::Input).map(|input| input.saturating_add(beside));
        let output = self.get(Tokens::Output);
        Usage {
            input,
            output: output.map(|output| output.saturating_add(self.reasoning_beside(input, output))),
            cache_read: self.get(Tokens::CacheRead).or(read),
            cache_write: self.get(Tokens::CacheWrite).or(write),
            cache_write_1h: self.get(Tokens::CacheWrite1h),
            reasoning: self.get(Tokens::Reasoning),
            audio_input: self.get(Tokens::AudioInput),
            audio_output: self.get(Tokens::AudioOutput),
        }
    }

    /// Reasoning that is not contained in the output, which shows only where a total is stated that needs it.
    fn reasoning_beside(&self, input: Option<u64>, output: u64) -> u64 {
        let (Some(input), Some(total)) = (input, self.get(Tokens::Total)) else { return 0 };
        let reasoning = self.get(Tokens::Reasoning).unwrap_or(0);
        let with_reasoning = input.checked_add(output).and_then(|sum| sum.checked_add(reasoning));
        if with_reasoning == Some(total) { reasoning } else { 0 }
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
    fn absurd_counts_do_not_wrap() {
        let usage = counts(&[(Tokens::Input, u64::MAX), (Tokens::CacheReadBeside, u64::MAX)]).usage();
        assert_eq!(usage.input, Some(u64::MAX));
    }
}
