//! A template that is known row by row: its tabs, the rows that ask for an answer, and the objects that belong to it.
//! Written by `assured profile`, checked by a person. A workbook follows it where enough of the rows are there.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::domain::reading::{Finding, FindingCode};

use super::super::grid::{Grid, plain};
use super::super::labels::tidy;
use super::super::profile::ScalProfile;
use super::answers::is_answered;
use super::answers::is_placeholder;
use super::slots::{Slot, key};
use super::tabs::Tab;

/// Missing rows that are named; the rest are counted.
const NAMED_MAX: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct Template {
    /// As the workbook tells it: `2.0`. Without one, the rows alone tell the template.
    #[serde(default)]
    pub(in crate::intake) version: Option<String>,
    /// The version that took its place: partners are then told where to get it.
    #[serde(default)]
    pub(in crate::intake) superseded_by: Option<String>,
    pub(in crate::intake) tabs: Vec<TemplateTab>,
    #[serde(default)]
    pub(in crate::intake) objects: Vec<TemplateObject>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct TemplateTab {
    pub(in crate::intake) name: String,
    /// Parts of the service, as the supplier tab lists them, that bring this tab into scope. None: any part does.
    #[serde(default)]
    pub(in crate::intake) services: Vec<String>,
    pub(in crate::intake) tables: Vec<TemplateTable>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct TemplateTable {
    /// The answers that the template offers.
    pub(in crate::intake) choices: Vec<String>,
    /// The rows that ask for an answer, by ID, else by their first words.
    pub(in crate::intake) rows: Vec<TemplateRow>,
}

/// The name of a row, with the form in which it is compared: every tab is compared with every row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(in crate::intake) struct TemplateRow {
    name: String,
    key: String,
}

impl From<String> for TemplateRow {
    fn from(name: String) -> Self {
        Self { key: key(&name), name }
    }
}

/// An embedded file that comes with the template and so is nobody's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct TemplateObject {
    pub(in crate::intake) sheet: String,
    pub(in crate::intake) sha256: String,
}

impl Template {
    /// Whether a workbook of this version is of another template.
    pub(in crate::intake) fn contradicts(&self, version: Option<&str>) -> bool {
        self.version.as_deref().zip(version).is_some_and(|(ours, theirs)| ours != theirs)
    }

    /// The tab of the template that this one is, whatever its name: at least half of the rows are there.
    pub(super) fn tab(&self, sheet: &Grid, slots: &[Slot<'_>]) -> Option<&TemplateTab> {
        let keys = keys(slots);
        let found = |known: &TemplateTab| known.rows().filter(|row| keys.contains(&row.key)).count();
        let same_name = |known: &TemplateTab| known.name.trim() == sheet.name.trim();
        let counted = self.tabs.iter().map(|known| (found(known), known));
        let fitting = counted.filter(|(found, known)| 2 * found >= known.rows().count().max(1));
        fitting.max_by_key(|(found, known)| (*found, same_name(known))).map(|(_, known)| known)
    }

    pub(super) fn outdated(&self) -> Option<Finding> {
        let newer = self.superseded_by.as_deref()?;
        let this = self.version.as_deref().unwrap_or("an earlier version");
        let message = format!("This is version {this} of the template. The current version is {newer}: ask us for it.");
        Some(Finding::new(FindingCode::TemplateOutdated, message))
    }
}

impl TemplateTab {
    fn rows(&self) -> impl Iterator<Item = &TemplateRow> {
        self.tables.iter().flat_map(|table| &table.rows)
    }

    /// The answers that the template offers in this row.
    pub(super) fn choices(&self, slot: &Slot<'_>) -> &[String] {
        let wanted = slot.key();
        let table = self.tables.iter().find(|table| table.rows.iter().any(|row| row.key == wanted));
        table.map_or(&[], |table| &table.choices)
    }

    pub(super) fn is_for(&self, services: &[String]) -> bool {
        let wanted = |service: &String| self.services.iter().any(|known| plain(known) == plain(service));
        self.services.is_empty() || services.is_empty() || services.iter().any(wanted)
    }

    /// Rows that a supplier added ask for nothing; those that somebody answered, or left at the placeholder, count.
    pub(super) fn asks(&self, slot: &Slot<'_>, profile: &ScalProfile) -> bool {
        let listed = || {
            let wanted = slot.key();
            self.rows().any(|row| row.key == wanted)
        };
        is_answered(slot.answer, &profile.answers) || is_placeholder(slot.answer, &profile.answers) || listed()
    }

    /// Rows of the template that are not there any more.
    pub(super) fn altered(&self, tab: &Tab<'_>) -> Option<Finding> {
        let keys = keys(&tab.slots);
        let missing: Vec<&str> =
            self.rows().filter(|row| !keys.contains(&row.key)).map(|row| row.name.as_str()).collect();
        if missing.is_empty() {
            return None;
        }
        let named = missing.iter().take(NAMED_MAX).map(|name| tidy(name)).collect::<Vec<_>>().join(", ");
        let more = missing.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!(
            "Rows of the template are missing on this tab: {named}{more}. Put them back, or copy your answers into a \
             fresh copy of the template."
        );
        Some(Finding { sheet: Some(tab.sheet.name.clone()), ..Finding::new(FindingCode::TemplateAltered, message) })
    }
}

fn keys(slots: &[Slot<'_>]) -> BTreeSet<String> {
    slots.iter().map(Slot::key).collect()
}
