//! A Technical Conformance Certificate: recognised by its title at the top together with its labels. A PDF is never
//! opened and counts only when its name says plainly what it is.

use super::content::Content;
use super::grid::{mentions, plain};
use super::labels;
use super::profile::{CertificateProfile, Words};

pub(super) fn is_certificate(content: &Content, profiles: &[CertificateProfile]) -> bool {
    profiles.iter().any(|profile| {
        let titled = content.opening.iter().any(|text| profile.titles.entitle(text));
        let present = |label: &&str| {
            let label = Words::of(label);
            labels::are_present(&content.tables, &content.lines, &label)
        };
        titled && profile.labels.iter().filter(present).count() >= profile.labels_min
    })
}

/// Whether the name of a PDF says that it is the certificate: `TCC-ERS-2026-017.pdf`.
pub(super) fn is_named_certificate(file_name: &str, profiles: &[CertificateProfile]) -> bool {
    let name = plain(file_name);
    profiles.iter().any(|profile| profile.file_names.iter().any(|words| mentions(&name, words)))
}
