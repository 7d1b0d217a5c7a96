//! A Technical Conformance Certificate: recognised by its title at the top together with its labels, and read by them.
//! A PDF counts only when its name says plainly what it is.

use crate::domain::reading::Certificate;

use super::content::Content;
use super::grid::{mentions, plain};
use super::labels;
use super::package::Package;
use super::profile::{CertificateProfile, Words};
use super::word;

/// What the document says of itself; `None` when it is no certificate.
pub(super) fn read(content: &Content, profiles: &[CertificateProfile]) -> Option<Certificate> {
    let profile = profiles.iter().find(|profile| {
        let titled = content.opening.iter().any(|text| profile.titles.entitle(text));
        let present = |label: &&str| {
            let label = Words::of(label);
            labels::are_present(&content.tables, &content.lines, &label)
        };
        titled && profile.labels.iter().filter(present).count() >= profile.labels_min
    })?;
    let words = [&profile.reference, &profile.supplier, &profile.product, &profile.version];
    let is_label = |text: &str| profile.labels.are(text) || words.iter().any(|words| words.are(text));
    let [reference, supplier, product, version] =
        words.map(|words| labels::value(&content.tables, &content.lines, words, is_label));
    Some(Certificate { reference, supplier, product, version })
}

/// The same of an embedded file, where it is one that can be opened.
pub(super) fn read_file(bytes: &[u8], profiles: &[CertificateProfile]) -> Option<Certificate> {
    let mut package = Package::open(bytes).ok()?;
    let main_part = package.main_part().ok()??;
    let xml = package.xml(&main_part).ok()??;
    read(&Content::of_word(word::read(&xml).ok()?), profiles)
}

/// Whether the name of a file says that it is the certificate: `TCC-ERS-2026-017.pdf`.
pub(super) fn is_named_certificate(file_name: &str, profiles: &[CertificateProfile]) -> bool {
    let name = plain(file_name);
    profiles.iter().any(|profile| profile.file_names.iter().any(|words| mentions(&name, words)))
}
