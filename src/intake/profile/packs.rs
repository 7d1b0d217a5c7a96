//! The words of a witness test pack and of an approval form. Must not read a document.

use serde::Deserialize;

use super::Words;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct PackProfile {
    pub(in crate::intake) name: String,
    pub(in crate::intake) titles: Words,
    pub(in crate::intake) supplier: Words,
    pub(in crate::intake) product: Words,
    pub(in crate::intake) columns: ColumnWords,
    pub(in crate::intake) results: ResultWords,
    /// The IDs of the tests that the pack must hold, where they are known.
    #[serde(default)]
    pub(in crate::intake) tests: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct ColumnWords {
    pub(in crate::intake) test: Words,
    pub(in crate::intake) plain_reference: Words,
    pub(in crate::intake) scenario: Words,
    pub(in crate::intake) expected: Words,
    pub(in crate::intake) actual: Words,
    pub(in crate::intake) result: Words,
    pub(in crate::intake) status: Words,
    /// Headings of one run of several, without their number.
    pub(in crate::intake) run: Words,
    pub(in crate::intake) evidence: Words,
    pub(in crate::intake) comments: Words,
    pub(in crate::intake) tester: Words,
    pub(in crate::intake) date: Words,
    pub(in crate::intake) requirement: Words,
    /// What the assurers write beside a test is no answer of the partner.
    pub(in crate::intake) reviewer: Words,
    /// A column that says whether the test applies.
    pub(in crate::intake) applies: Words,
    /// A table with such a column counts tests and lists none.
    pub(in crate::intake) totals: Words,
    /// The same headings in words never seen before.
    pub(in crate::intake) mentions: MentionWords,
}

/// Words within a heading that tell what its column is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct MentionWords {
    pub(in crate::intake) choice: Words,
    pub(in crate::intake) expected: Words,
    pub(in crate::intake) actual: Words,
    pub(in crate::intake) date: Words,
    pub(in crate::intake) tester: Words,
    pub(in crate::intake) evidence: Words,
    pub(in crate::intake) comments: Words,
    pub(in crate::intake) requirement: Words,
    pub(in crate::intake) test: Words,
    pub(in crate::intake) result: Words,
    pub(in crate::intake) scenario: Words,
}

/// How the result of a test is worded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct ResultWords {
    pub(in crate::intake) passed: Words,
    pub(in crate::intake) failed: Words,
    pub(in crate::intake) not_applicable: Words,
    pub(in crate::intake) not_run: Words,
    /// Words of an answer that say one thing on their own only: `no` begins `no issues found` too.
    pub(in crate::intake) alone: Words,
    /// With one of these beside it, a result is in doubt.
    pub(in crate::intake) doubt: Words,
    /// What is no reason why a test does not apply.
    pub(in crate::intake) no_reason: Words,
    /// In a column to tick: what ticks it, and what does not.
    pub(in crate::intake) ticked: Words,
    pub(in crate::intake) not_ticked: Words,
    /// First words of rows that are no test.
    pub(in crate::intake) no_test: Words,
}

/// A pack taught by `assured profile`: the words of a profile, more words, and the tests of the pack.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct PackTemplate {
    pub(in crate::intake) name: String,
    /// The profile whose words it adds to.
    pub(in crate::intake) base: String,
    /// What tells its filled copies; without any, their tests do.
    #[serde(default)]
    pub(in crate::intake) titles: Words,
    #[serde(default)]
    pub(in crate::intake) tests: Vec<String>,
    #[serde(default)]
    pub(in crate::intake) words: PackWords,
}

/// Words to add to those of a profile. A heading or a result that is taught means what it was taught, nothing else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::intake) struct PackWords {
    pub(in crate::intake) supplier: Words,
    pub(in crate::intake) product: Words,
    pub(in crate::intake) test: Words,
    pub(in crate::intake) requirement: Words,
    pub(in crate::intake) scenario: Words,
    pub(in crate::intake) expected: Words,
    pub(in crate::intake) actual: Words,
    pub(in crate::intake) applies: Words,
    pub(in crate::intake) result: Words,
    pub(in crate::intake) run: Words,
    pub(in crate::intake) status: Words,
    pub(in crate::intake) evidence: Words,
    pub(in crate::intake) comments: Words,
    pub(in crate::intake) tester: Words,
    pub(in crate::intake) date: Words,
    pub(in crate::intake) reviewer: Words,
    pub(in crate::intake) passed: Words,
    pub(in crate::intake) failed: Words,
    pub(in crate::intake) not_applicable: Words,
    pub(in crate::intake) not_run: Words,
}

impl PackTemplate {
    /// The profile of this pack's copies; `None` when there is no profile of its base's name.
    pub(in crate::intake) fn profile(&self, known: &[PackProfile]) -> Option<PackProfile> {
        let mut profile = known.iter().find(|profile| profile.name == self.base)?.clone();
        profile.name.clone_from(&self.name);
        profile.titles.clone_from(&self.titles);
        profile.tests.clone_from(&self.tests);
        self.words.add_to(&mut profile);
        Some(profile)
    }
}

impl PackWords {
    fn add_to(&self, profile: &mut PackProfile) {
        let PackProfile { supplier, product, columns, results, .. } = profile;
        add_apart([(supplier, &self.supplier), (product, &self.product)]);
        add_apart([
            (&mut columns.plain_reference, &Words::default()),
            (&mut columns.test, &self.test),
            (&mut columns.requirement, &self.requirement),
            (&mut columns.scenario, &self.scenario),
            (&mut columns.expected, &self.expected),
            (&mut columns.actual, &self.actual),
            (&mut columns.applies, &self.applies),
            (&mut columns.result, &self.result),
            (&mut columns.run, &self.run),
            (&mut columns.status, &self.status),
            (&mut columns.evidence, &self.evidence),
            (&mut columns.comments, &self.comments),
            (&mut columns.tester, &self.tester),
            (&mut columns.date, &self.date),
            (&mut columns.reviewer, &self.reviewer),
        ]);
        add_apart([
            (&mut results.passed, &self.passed),
            (&mut results.failed, &self.failed),
            (&mut results.not_applicable, &self.not_applicable),
            (&mut results.not_run, &self.not_run),
        ]);
    }
}

/// Adds words to their kind and takes them out of the others.
fn add_apart<const KINDS: usize>(kinds: [(&mut Words, &Words); KINDS]) {
    let taught = kinds.each_ref().map(|(_, more)| *more);
    for (words, more) in kinds {
        taught.iter().for_each(|other| words.without(other));
        words.add(&more.0);
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct FormProfile {
    pub(in crate::intake) name: String,
    pub(in crate::intake) titles: Words,
    pub(in crate::intake) labels_min: usize,
    /// What stands where nobody answered.
    pub(in crate::intake) placeholders: Words,
    /// Labels of what is not read, so that they are taken for no answer.
    pub(in crate::intake) other_labels: Words,
    pub(in crate::intake) fields: Vec<FormWords>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct FormWords {
    pub(in crate::intake) field: FormField,
    pub(in crate::intake) labels: Words,
    /// Labels in the rows below one that is the title of a block.
    #[serde(default)]
    pub(in crate::intake) nested: Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::intake) enum FormField {
    Organisation,
    OdsCode,
    Product,
    SeniorResponsiblePerson,
    SignedBy,
    SignedOn,
}
