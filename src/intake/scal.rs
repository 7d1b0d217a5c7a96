//! A Supplier Conformance Assessment List: recognised by its structure (a supplier tab and tabs of requirements), then
//! read as far as filing it needs: supplier, services, template version, tabs in scope. Answers to requirements are
//! only looked at to see whether there are any.

mod answers;
pub(super) mod certificate;
mod gaps;
mod services;
pub(super) mod slots;
mod status;
mod supplier;
mod tabs;
pub(super) mod template;
mod version;

use crate::domain::reading::{Finding, FindingCode, RequirementCounts, Scal};

use super::grid::{Grid, plain};
use super::profile::ScalProfile;
use super::workbook::Workbook;
use tabs::Tab;
use template::{Template, TemplateTab};

/// Reads the workbook as a SCAL; `None` when it is something else.
pub(super) fn read<'a>(workbook: &'a Workbook, profiles: &'a [ScalProfile]) -> Option<(Scal, Vec<Finding>)> {
    let version = profiles.iter().find_map(|profile| version::read(workbook, &profile.version));
    let version = version.as_deref();
    // A workbook names its version: it is only held against the rows of other templates when nothing else knows it.
    let (likely, others): (Vec<_>, Vec<_>) = profiles.iter().partition(|profile| !profile.contradicts(version));
    let best = |profiles: Vec<&'a ScalProfile>| {
        let attempts = profiles.into_iter().filter_map(|profile| Attempt::new(workbook, profile, version));
        attempts.max_by_key(|attempt| (attempt.template.is_some(), attempt.is_known(version)))
    };
    let attempt = best(likely).or_else(|| best(others))?;
    Some(attempt.read(workbook, version))
}

pub(super) fn version(workbook: &Workbook, profile: &ScalProfile) -> Option<String> {
    version::read(workbook, &profile.version)
}

pub(super) use answers::{is_known_answer, is_placeholder};
pub(super) use services::offered as services_offered;
pub(super) use supplier::{missing_labels, ods_code, tab as supplier_tab};
pub(super) use tabs::is_ours;

/// The workbook as one profile sees it.
struct Attempt<'a> {
    profile: &'a ScalProfile,
    supplier_tab: Option<&'a Grid>,
    tabs: Vec<Tab<'a>>,
    /// Where the workbook follows one.
    template: Option<&'a Template>,
}

impl<'a> Attempt<'a> {
    fn new(workbook: &'a Workbook, profile: &'a ScalProfile, version: Option<&str>) -> Option<Self> {
        let supplier_tab = supplier::tab(workbook, &profile.supplier);
        if supplier_tab.is_none() && !has_title(workbook, profile) {
            return None;
        }
        let tabs = tabs::tabs(workbook, profile);
        let follows = !profile.contradicts(version) && tabs.iter().any(|tab| tab.known.is_some());
        let template = profile.template.as_ref().filter(|_| follows);
        (!tabs.is_empty()).then_some(Self { profile, supplier_tab, tabs, template })
    }

    fn is_known(&self, version: Option<&str>) -> bool {
        let listed = version.is_some_and(|version| self.profile.versions.iter().any(|known| known == version));
        self.template.is_some() || listed
    }

    fn read(self, workbook: &Workbook, version: Option<&str>) -> (Scal, Vec<Finding>) {
        let profile = self.profile;
        let (supplier, mut findings) = supplier::read(self.supplier_tab, profile);
        let services = services::read(workbook, profile);
        findings.extend(no_service_selected(&services));
        let in_scope: Vec<&Tab<'_>> = self.tabs.iter().filter(|tab| self.is_in_scope(tab, &services)).collect();
        let answered = self.tabs.iter().any(|tab| tab.ours && tab.answered);
        let mut scal = Scal {
            template_version: version.map(str::to_owned),
            template_known: self.is_known(version),
            supplier,
            in_scope_tabs: in_scope.iter().map(|tab| tab.sheet.name.clone()).collect(),
            for_this_service: answered || !services.asked_for.is_empty(),
            services: services.asked_for,
            ..Scal::default()
        };
        // A SCAL for other services alone is for another team: what it lacks is not ours to say.
        if !scal.for_this_service {
            return (scal, Vec::new());
        }
        findings.extend(self.template.and_then(Template::outdated));
        let mut counts = RequirementCounts::default();
        for tab in in_scope {
            let known = self.known(tab);
            findings.extend(status::check(tab.sheet, profile));
            findings.extend(known.and_then(|known| known.altered(tab)));
            let asked = |slot: &&slots::Slot<'_>| known.is_none_or(|known| known.asks(slot, profile));
            let checked = gaps::check(&tab.sheet.name, tab.slots.iter().filter(asked), &profile.answers, |slot| {
                known.map_or(&[], |known| known.choices(slot))
            });
            findings.extend(checked.findings);
            checked.answers.answers.iter().for_each(|given| counts.count(given.answer));
            scal.answers.push(checked.answers);
        }
        scal.requirements = Some(counts);
        (scal, findings)
    }

    /// What the tab is in the template that the workbook follows.
    fn known(&self, tab: &Tab<'a>) -> Option<&'a TemplateTab> {
        tab.known.filter(|_| self.template.is_some())
    }

    fn is_in_scope(&self, tab: &Tab<'a>, services: &services::Services) -> bool {
        let is_for = |known: &TemplateTab| known.is_for(&services.asked_for);
        let asked_for = !services.asked_for.is_empty() && self.known(tab).is_none_or(is_for);
        tab.ours && (asked_for || (services.asked_for.is_empty() && tab.answered))
    }
}

fn has_title(workbook: &Workbook, profile: &ScalProfile) -> bool {
    let mut tops = workbook.sheets.iter().flat_map(|sheet| sheet.cells().take(TITLE_CELLS));
    tops.any(|(.., text)| profile.titles.entitle(&plain(text)))
}

/// How many filled cells of a tab may come before its title has.
const TITLE_CELLS: usize = 6;

fn no_service_selected(services: &services::Services) -> Option<Finding> {
    let sheet = services.sheet.clone().filter(|_| services.asked_for.is_empty())?;
    let message = "No e-Referral Service API is selected. In the list of services, choose Yes beside each one \
        that your product uses.";
    Some(Finding { sheet: Some(sheet), ..Finding::new(FindingCode::NoServiceSelected, message) })
}

#[cfg(test)]
mod tests;
