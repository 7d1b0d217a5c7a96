//! What changed between two documents of one kind on a case: which findings are gone, which are new, which answers and
//! results are other ones. Compares values; the wording is in `letters`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::reading::{Answer, Document, DocumentKind, Finding, FindingCode, TestOutcome};
use super::witness_tests::{self, id_key};

/// What the next document of the same kind is compared with. The case carries it, so it holds no sentence and no cell
/// that a row already names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gist {
    pub received_at: Timestamp,
    /// The places of each finding by its tab; the tab is empty where there is none, as the place is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    findings: BTreeMap<FindingCode, BTreeMap<String, BTreeSet<String>>>,
    /// By tab, then by requirement.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    answers: BTreeMap<String, BTreeMap<String, Answer>>,
    /// By test.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    results: BTreeMap<String, TestOutcome>,
}

/// A finding, as far as it is the same one in the next document: cells move when a row is put in, so a row that has a
/// name goes by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    pub code: FindingCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The requirement, the test, the field or else the cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
}

/// A document beside the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// When the earlier one arrived.
    pub since: Timestamp,
    /// How many of its kind the case has had, with this one.
    pub versions: u32,
    /// Noticed in the earlier one and no more, although the row is still there.
    #[serde(default)]
    pub fixed: Vec<Point>,
    #[serde(default)]
    pub new: Vec<Point>,
    pub still_open: u32,
    /// Requirements and tests that the earlier one did not have.
    #[serde(default)]
    pub added: u32,
    /// Tests that the pack before had, as findings: whoever may not hear of that one does not hear of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Finding>,
    #[serde(default)]
    pub answers: Vec<Changed<Answer>>,
    #[serde(default)]
    pub results: Vec<Changed<TestOutcome>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The requirement or the test.
    pub row: String,
    pub before: T,
    pub now: T,
}

impl Point {
    pub fn of(finding: &Finding) -> Self {
        let rows = [&finding.requirement, &finding.test, &finding.field, &finding.cell];
        let row = rows.into_iter().flatten().next().cloned();
        Self { code: finding.code, sheet: finding.sheet.clone(), row }
    }
}

impl Gist {
    pub fn of(document: &Document, received_at: Timestamp) -> Self {
        let mut gist =
            Self { received_at, findings: BTreeMap::new(), answers: BTreeMap::new(), results: BTreeMap::new() };
        for Point { code, sheet, row } in document.findings.iter().map(Point::of) {
            let tabs = gist.findings.entry(code).or_default();
            tabs.entry(sheet.unwrap_or_default()).or_default().insert(row.unwrap_or_default());
        }
        match &document.kind {
            DocumentKind::Scal(scal) => {
                for tab in &scal.answers {
                    let rows = tab.answers.iter().map(|row| (row.requirement.clone(), row.answer));
                    gist.answers.entry(tab.sheet.clone()).or_default().extend(rows);
                }
            }
            DocumentKind::WitnessPack(pack) => {
                gist.results = pack.results.iter().map(|result| (result.test.clone(), result.outcome)).collect();
            }
            DocumentKind::ApprovalForm(_) | DocumentKind::Certificate(_) | DocumentKind::Other => {}
        }
        gist
    }

    /// What the next one is compared with, now that this one has come. A pack may come in parts, together or one after
    /// another: a part takes the place of its own tests only.
    pub fn follow(&mut self, next: Self) {
        if next.received_at > self.received_at && !next.is_part_beside(self) {
            *self = next;
            return;
        }
        self.received_at = next.received_at;
        for rows in self.findings.values_mut().flat_map(BTreeMap::values_mut) {
            rows.retain(|row| !next.results.contains_key(row));
        }
        self.join(next);
    }

    /// Tests that the pack before had and this one has not. A part of a pack lacks none.
    pub fn missing(&self, now: &Self) -> Vec<Finding> {
        if now.is_part_beside(self) {
            return Vec::new();
        }
        let (before, now) = (self.results.keys(), now.results.keys());
        witness_tests::missing(before.map(String::as_str), now.map(String::as_str), "your last pack")
    }

    pub fn join(&mut self, other: Self) {
        for (code, tabs) in other.findings {
            for (sheet, rows) in tabs {
                self.findings.entry(code).or_default().entry(sheet).or_default().extend(rows);
            }
        }
        for (sheet, rows) in other.answers {
            self.answers.entry(sheet).or_default().extend(rows);
        }
        self.results.extend(other.results);
    }

    /// `self` came before. `versions` counts the documents of this kind, with `now`.
    pub fn compare(&self, now: &Self, versions: u32) -> Difference {
        let (before, after) = (self.points(), now.points());
        let gone = before.difference(&after).filter(|point| self.is_still_asked(point, now));
        Difference {
            since: self.received_at,
            versions,
            fixed: gone.cloned().collect(),
            new: after.difference(&before).cloned().collect(),
            still_open: u32::try_from(before.intersection(&after).count()).unwrap_or(u32::MAX),
            added: u32::try_from(self.lacks(now)).unwrap_or(u32::MAX),
            missing: Vec::new(),
            answers: now.answers.iter().flat_map(|(sheet, rows)| self.changed_answers(sheet, rows)).collect(),
            results: changed(None, &self.results, &now.results).collect(),
        }
    }

    /// How many rows of the next one this one does not have.
    fn lacks(&self, now: &Self) -> usize {
        let known = |sheet, row| self.answers.get(sheet).is_some_and(|rows| rows.contains_key(row));
        let answers = now.answers.iter().flat_map(|(sheet, rows)| rows.keys().map(move |row| (sheet, row)));
        let before: BTreeSet<String> = self.results.keys().map(|test| id_key(test)).collect();
        let tests = now.results.keys().filter(|test| !before.contains(&id_key(test)));
        answers.filter(|(sheet, row)| !known(*sheet, *row)).count() + tests.count()
    }

    /// It has at most half of the tests that came before: it is a part of a pack, not a version of it.
    fn is_part_beside(&self, before: &Self) -> bool {
        let here: BTreeSet<String> = self.results.keys().map(|test| id_key(test)).collect();
        let again = before.results.keys().filter(|test| here.contains(&id_key(test))).count();
        !self.results.is_empty() && !before.results.is_empty() && again * 2 <= before.results.len()
    }

    /// A part of a pack, or a SCAL for fewer services, puts nothing right by leaving rows out.
    fn is_still_asked(&self, point: &Point, now: &Self) -> bool {
        let (sheet, row) = (point.sheet.as_ref(), point.row.as_ref());
        if let Some(before) = sheet.and_then(|sheet| self.answers.get(sheet)) {
            let after = sheet.and_then(|sheet| now.answers.get(sheet));
            let was_asked = row.is_some_and(|row| before.contains_key(row));
            return after.is_some_and(|after| !was_asked || row.is_some_and(|row| after.contains_key(row)));
        }
        row.is_none_or(|row| !self.results.contains_key(row) || now.results.contains_key(row))
    }

    fn points(&self) -> BTreeSet<Point> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut points = BTreeSet::new();
        for (code, tabs) in &self.findings {
            for (sheet, rows) in tabs {
                points.extend(rows.iter().map(|row| Point { code: *code, sheet: some(sheet), row: some(row) }));
            }
        }
        points
    }

    fn changed_answers(&self, sheet: &str, rows: &BTreeMap<String, Answer>) -> Vec<Changed<Answer>> {
        let before = self.answers.get(sheet);
        before.map(|before| changed(Some(sheet), before, rows).collect()).unwrap_or_default()
    }
}

fn changed<T: Copy + PartialEq>(
    sheet: Option<&str>,
    before: &BTreeMap<String, T>,
    now: &BTreeMap<String, T>,
) -> impl Iterator<Item = Changed<T>> {
    now.iter().filter_map(move |(row, now)| {
        let before = before.get(row).filter(|before| *before != now)?;
        Some(Changed { sheet: sheet.map(str::to_owned), row: row.clone(), before: *before, now: *now })
    })
}

#[cfg(test)]
mod tests;
