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

use super::grid::plain;
use super::profile::ScalProfile;
use super::workbook::Workbook;
use tabs::Tab;
use template::{Template, TemplateTab};

/// Reads the workbook as a SCAL; `None` when it is something else.
pub(super) fn read(workbook: &Workbook, profiles: &[ScalProfile]) -> Option<(Scal, Vec<Finding>)> {
    let version = profiles.iter().find_map(|profile| version::read(workbook, &profile.version));
    let version = version.as_deref();
    let attempts = || profiles.iter().filter_map(|profile| Attempt::new(workbook, profile, version));
    let attempt = attempts().max_by_key(|attempt| (attempt.template.is_some(), attempt.is_known(version)))?;
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
    tabs: Vec<Tab<'a>>,
    template: Option<&'a Template>,
}

impl<'a> Attempt<'a> {
    fn new(workbook: &'a Workbook, profile: &'a ScalProfile, version: Option<&str>) -> Option<Self> {
        let tabs = tabs::tabs(workbook, profile);
        let is_scal = supplier::tab(workbook, &profile.supplier).is_some() || has_title(workbook, profile);
        let template = profile.template.as_ref().filter(|template| template.fits(version, &tabs));
        (is_scal && !tabs.is_empty()).then_some(Self { profile, tabs, template })
    }

    fn is_known(&self, version: Option<&str>) -> bool {
        let listed = version.is_some_and(|version| self.profile.versions.iter().any(|known| known == version));
        self.template.is_some() || listed
    }

    fn read(self, workbook: &Workbook, version: Option<&str>) -> (Scal, Vec<Finding>) {
        let profile = self.profile;
        let (supplier, mut findings) = supplier::read(supplier::tab(workbook, &profile.supplier), profile);
        let services = services::read(workbook, profile);
        findings.extend(no_service_selected(&services));
        let in_scope: Vec<&Tab<'_>> = self.tabs.iter().filter(|tab| self.is_in_scope(tab, &services)).collect();
        let answered = self.tabs.iter().any(|tab| self.is_ours(tab) && tab.answered);
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
            let known = self.template.and_then(|template| template.tab(tab));
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

    /// By its name or its title; in a template that is known, by its rows, whatever somebody called the tab.
    fn is_ours(&self, tab: &Tab<'_>) -> bool {
        tab.ours || self.template.is_some_and(|template| template.tab(tab).is_some())
    }

    fn is_in_scope(&self, tab: &Tab<'_>, services: &services::Services) -> bool {
        let known: Option<&TemplateTab> = self.template.and_then(|template| template.tab(tab));
        let asked_for = !services.asked_for.is_empty() && known.is_none_or(|known| known.is_for(&services.asked_for));
        self.is_ours(tab) && (asked_for || (services.asked_for.is_empty() && tab.answered))
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
