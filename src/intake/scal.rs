//! A Supplier Conformance Assessment List: recognised by its structure (a supplier tab and tabs of requirements), then
//! read as far as filing it needs: supplier, services, template version, tabs in scope. Answers to requirements are
//! only looked at to see whether there are any.

mod requirements;
mod services;
mod supplier;
mod version;

use crate::domain::reading::{Finding, FindingCode, Scal};

use super::grid::plain;
use super::profile::ScalProfile;
use super::workbook::Workbook;

/// Reads the workbook as a SCAL; `None` when it is something else.
pub(super) fn read(workbook: &Workbook, profiles: &[ScalProfile]) -> Option<(Scal, Vec<Finding>)> {
    let version = profiles.iter().find_map(|profile| version::read(workbook, &profile.version));
    let knows = |profile: &&ScalProfile| version.as_ref().is_some_and(|version| profile.versions.contains(version));
    let known = profiles.iter().find(knows).and_then(|profile| read_with(workbook, profile));
    let template_known = known.is_some();
    let (scal, findings) = known.or_else(|| profiles.iter().find_map(|profile| read_with(workbook, profile)))?;
    Some((Scal { template_version: version, template_known, ..scal }, findings))
}

fn read_with(workbook: &Workbook, profile: &ScalProfile) -> Option<(Scal, Vec<Finding>)> {
    let tabs = requirements::tabs(workbook, profile);
    let supplier_tab = supplier::tab(workbook, &profile.supplier);
    if tabs.is_empty() || (supplier_tab.is_none() && !has_title(workbook, profile)) {
        return None;
    }
    let (supplier, mut findings) = supplier::read(supplier_tab, profile);
    let services = services::read(workbook, profile);
    let ours = || tabs.iter().filter(|tab| tab.ours);
    let answered = ours().any(|tab| tab.answered);
    let in_scope_tabs =
        ours().filter(|tab| !services.asked_for.is_empty() || tab.answered).map(|tab| tab.name.clone()).collect();
    let for_this_service = answered || !services.asked_for.is_empty();
    findings.extend(no_service_selected(&services));
    // A SCAL for other services alone is for another team: what it lacks is not ours to say.
    let findings = if for_this_service { findings } else { Vec::new() };
    let scal = Scal { supplier, services: services.asked_for, in_scope_tabs, for_this_service, ..Scal::default() };
    Some((scal, findings))
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
