use wildmatch::WildMatch;

/// Names of models: one exactly, or all that fit a pattern of `*` (any text) and `?` (any letter).
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: Box<str>,
    /// `None` is the text itself.
    glob: Option<WildMatch>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let glob = text.contains(['*', '?']).then(|| WildMatch::new(text));
        Self { text: text.into(), glob }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.glob.as_ref().map_or_else(|| *self.text == *name, |glob| glob.matches(name))
    }

    /// How exactly it says what it means, to choose among several: a name before any pattern, then the one with the most
    /// letters of its own.
    pub(super) fn exactness(&self) -> (bool, usize) {
        let letters = self.text.chars().filter(|letter| !['*', '?'].contains(letter)).count();
        (self.glob.is_none(), letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_before_a_pattern_and_the_longer_before_the_shorter() {
        let mut patterns = ["*", "gpt-4*", "gpt-4o", "gpt-?o"].map(Pattern::new);
        assert!(patterns.iter().all(|pattern| pattern.matches("gpt-4o")));
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.exactness()));
        assert_eq!(patterns.each_ref().map(Pattern::as_str), ["gpt-4o", "gpt-4*", "gpt-?o", "*"]);
        assert!(!Pattern::new("gpt-4").matches("gpt-4o") && !Pattern::new("gpt-4?").matches("gpt-4"));
    }
}
