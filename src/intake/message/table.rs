//! Tables of words to look for. A pattern that does not compile matches nothing, and a test finds it.

use regex::{RegexSet, RegexSetBuilder};

pub(super) struct Table(Option<RegexSet>);

impl Table {
    /// Patterns in any case.
    pub(super) fn new(patterns: &[&str]) -> Self {
        Self(RegexSetBuilder::new(patterns).case_insensitive(true).build().ok())
    }

    pub(super) fn hits(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|set| set.is_match(text))
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.0.is_some()
    }
}
