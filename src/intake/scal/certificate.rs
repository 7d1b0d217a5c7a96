//! The certificate in a returned SCAL: the file or picture at the slot beside its label. Partners drop icons a little
//! off, so what lies beside the slot counts too, and elsewhere what says itself that it is a certificate. What belongs
//! to the template is nobody's certificate.

use crate::domain::reading::{Certificate, EmbeddedCertificate};

use super::super::certificate::{is_named_certificate, read_file};
use super::super::grid::{Grid, address};
use super::super::labels::{Place, find};
use super::super::limits::OBJECTS_READ_MAX;
use super::super::profile::Profiles;
use super::super::workbook::Workbook;
use super::super::workbook::objects::Embedded;

/// The certificate, by the cell of its slot. Away from every slot it has the cell where it lies, which may be unknown.
pub(in super::super) fn read(
    workbook: &Workbook,
    tabs_in_scope: &[String],
    profiles: &Profiles,
) -> Option<EmbeddedCertificate> {
    let ours: Vec<&Embedded> = workbook.objects.iter().filter(|object| !is_of_template(object, profiles)).collect();
    if ours.is_empty() {
        return None;
    }
    let slots: Vec<(&Grid, Place)> = workbook
        .sheets
        .iter()
        .filter(|sheet| tabs_in_scope.contains(&sheet.name))
        .filter_map(|sheet| Some((sheet, slot(sheet, profiles)?)))
        .collect();
    let mut candidates: Vec<Candidate<'_>> =
        ours.into_iter().map(|object| Candidate::new(object, &slots, profiles)).collect();
    // Stable: among equals the order of the tabs holds.
    candidates.sort_by_key(|candidate| candidate.distance);
    for candidate in candidates.iter_mut().filter(|candidate| !candidate.object.is_picture).take(OBJECTS_READ_MAX) {
        candidate.certificate = read_file(&candidate.object.file.bytes, &profiles.certificates);
    }
    candidates
        .iter()
        .filter_map(|candidate| Some((candidate.rank()?, candidate)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, candidate)| candidate.certificate_at())
}

/// Right of the label.
fn slot(sheet: &Grid, profiles: &Profiles) -> Option<Place> {
    let label = profiles.scals.iter().find_map(|profile| find(sheet, &profile.certificate.labels))?;
    Some(Place { row: label.row, column: label.column + 1 })
}

fn is_of_template(object: &Embedded, profiles: &Profiles) -> bool {
    let mut known =
        profiles.scals.iter().filter_map(|profile| profile.template.as_ref()).flat_map(|known| &known.objects);
    known.any(|known| known.sha256 == object.file.sha256.as_str())
}

/// An object that may be the certificate.
struct Candidate<'a> {
    object: &'a Embedded,
    /// The nearest slot on its tab.
    slot: Option<(&'a Grid, Place)>,
    /// Cells between it and that slot; without one it is far from any.
    distance: u32,
    named: bool,
    certificate: Option<Certificate>,
}

impl<'a> Candidate<'a> {
    fn new(object: &'a Embedded, slots: &[(&'a Grid, Place)], profiles: &Profiles) -> Self {
        let slot = slots.iter().find(|(sheet, _)| sheet.name == object.sheet).copied();
        let distance = slot.zip(object.area).map(|((_, slot), area)| area.distance(slot.row, slot.column));
        let named = is_named_certificate(&object.file.name, &profiles.certificates);
        Self { object, slot, distance: distance.unwrap_or(u32::MAX), named, certificate: None }
    }

    /// How sure it is, the surest first; `None` for what is no certificate. A picture counts only on the slot itself.
    fn rank(&self) -> Option<u32> {
        let says_so = self.certificate.is_some();
        match self.distance {
            0 if says_so => Some(0),
            1 if says_so => Some(1),
            0 if !self.object.is_picture => Some(2),
            _ if says_so => Some(3),
            _ if self.named && !self.object.is_picture => Some(4),
            0 => Some(5),
            1 if !self.object.is_picture => Some(6),
            _ => None,
        }
    }

    fn certificate_at(&self) -> EmbeddedCertificate {
        let at_slot = self.slot.filter(|_| self.distance <= 1).map(|(_, slot)| address(slot.row, slot.column));
        EmbeddedCertificate {
            sheet: self.object.sheet.clone(),
            cell: at_slot.or_else(|| self.object.cell()).unwrap_or_default(),
            name: Some(self.object.file.name.clone()),
            sha256: self.object.file.sha256.clone(),
            certificate: self.certificate.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
