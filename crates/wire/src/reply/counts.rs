use crate::{Usage, dialect::Tokens};

/// The counts of a reply as its provider states them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: Option<u64>,
    cache_read_beside: Option<u64>,
    cache_write: Option<u64>,
    cache_write_beside: Option<u64>,
    cache_write_1h: Option<u64>,
    reasoning: Option<u64>,
    audio_input: Option<u64>,
    audio_output: Option<u64>,
}

impl Counts {
    pub(super) fn set(&mut self, tokens: Tokens, count: u64) {
        let slot = match tokens {
            Tokens::Input => &mut self.input,
            Tokens::Output => &mut self.output,
            Tokens::Total => &mut self.total,
            Tokens::CacheRead => &mut self.cache_read,
            Tokens::CacheReadBeside => &mut self.cache_read_beside,
            Tokens::CacheWrite => &mut self.cache_write,
            Tokens::CacheWriteBeside => &mut self.cache_write_beside,
            Tokens::CacheWrite1h => &mut self.cache_write_1h,
            Tokens::Reasoning => &mut self.reasoning,
            Tokens::AudioInput => &mut self.audio_input,
            Tokens::AudioOutput => &mut self.audio_output,
        };
        *slot = Some(count);
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// OpenTelemetry's totals: what stands beside a total is added to it.
    pub(super) fn usage(&self) -> Usage {
        let beside = self.cache_read_beside.unwrap_or(0).saturating_add(self.cache_write_beside.unwrap_or(0));
        let input = self.input.map(|input| input.saturating_add(beside));
        Usage {
            input,
            output: self.output.map(|output| output.saturating_add(self.reasoning_beside(input, output))),
            cache_read: self.cache_read.or(self.cache_read_beside),
            cache_write: self.cache_write.or(self.cache_write_beside),
            cache_write_1h: self.cache_write_1h,
            reasoning: self.reasoning,
            audio_input: self.audio_input,
            audio_output: self.audio_output,
        }
    }

    /// Reasoning that is not contained in the output, which shows only where a total is stated that needs it.
    fn reasoning_beside(&self, input: Option<u64>, output: u64) -> u64 {
        let (Some(input), Some(total), Some(reasoning)) = (input, self.total, self.reasoning) else {
            return 0;
        };
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
