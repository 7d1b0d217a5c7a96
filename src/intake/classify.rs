//! What a document is, told from its content: each kind is asked in turn, the one with the strictest signs first.

use crate::domain::reading::{DocumentKind, Finding, FindingCode, Severity};

use super::content::Content;
use super::profile::Profiles;
use super::word::Word;
use super::workbook::{PartlyRead, Workbook};
use super::{approval_form, certificate, scal, witness_pack};

pub(super) fn workbook(workbook: Workbook, profiles: &Profiles) -> (DocumentKind, Vec<Finding>) {
    let partly_read: Vec<Finding> = workbook.partly_read.iter().map(partly_read).collect();
    let not_found = workbook.partly_read.first().map(not_found);
    let (kind, mut findings) = match scal::read(&workbook, &profiles.scals) {
        Some((mut scal, findings)) => {
            scal.certificate = scal::certificate::read(&workbook, &scal.in_scope_tabs, profiles);
            (DocumentKind::Scal(Box::new(scal)), findings)
        }
        None => content(&Content::of_workbook(workbook), profiles),
    };
    if kind == DocumentKind::Other {
        findings.extend(not_found)
    } else {
        findings.extend(partly_read)
    }
    (kind, findings)
}

pub(super) fn word(word: Word, profiles: &Profiles) -> (DocumentKind, Vec<Finding>) {
    let cut = word.cut;
    let (kind, mut findings) = content(&Content::of_word(word), profiles);
    findings.extend((cut && kind != DocumentKind::Other).then(|| cut_short(None)));
    (kind, findings)
}

/// A PDF is read for a form that somebody filled in and saved as one; of anything else the original is wanted.
pub(super) fn pdf(content: &Content, profiles: &Profiles) -> Option<(DocumentKind, Vec<Finding>)> {
    let (form, findings) = approval_form::read(content, &profiles.forms)?;
    // On the pages of a PDF nothing ties an answer to its label, so that what seems to be missing is in doubt.
    let in_doubt = |finding| Finding { severity: Severity::Advice, ..finding };
    Some((DocumentKind::ApprovalForm(form), findings.into_iter().map(in_doubt).collect()))
}

fn content(content: &Content, profiles: &Profiles) -> (DocumentKind, Vec<Finding>) {
    if let Some((form, findings)) = approval_form::read(content, &profiles.forms) {
        (DocumentKind::ApprovalForm(form), findings)
    } else if let Some(certificate) = certificate::read(content, &profiles.certificates) {
        (DocumentKind::Certificate(Some(Box::new(certificate))), Vec::new())
    } else if let Some((pack, findings)) = witness_pack::read(content, &profiles.packs) {
        (DocumentKind::WitnessPack(pack), findings)
    } else {
        (DocumentKind::Other, Vec::new())
    }
}

/// In doubt, so advice: what was left out may not matter.
fn partly_read(part: &PartlyRead) -> Finding {
    if !part.damaged {
        return cut_short(Some(&part.sheet));
    }
    let message = "A part of this tab is damaged and was not checked. Open the workbook, look at this tab, save \
        it and send it again.";
    let finding = Finding::new(FindingCode::Damaged, message);
    Finding { severity: Severity::Advice, sheet: Some(part.sheet.clone()), ..finding }
}

/// Nothing that we know was in what was read; it may be in the rest.
fn not_found(first: &PartlyRead) -> Finding {
    let (code, why) = if first.damaged {
        (FindingCode::Damaged, "a part of it is damaged")
    } else {
        (FindingCode::TooLarge, "it is longer than the automatic check reads")
    };
    let message = format!(
        "This workbook was not looked at in full, because {why}, and what was read is no form and no test pack. If it \
         is one, send it again as a workbook with no other tabs in it."
    );
    Finding { severity: Severity::Advice, sheet: Some(first.sheet.clone()), ..Finding::new(code, message) }
}

fn cut_short(sheet: Option<&str>) -> Finding {
    let message = "This is longer than the automatic check reads, so only its first part was checked. Remove rows \
        and text that the template does not ask for.";
    let finding = Finding::new(FindingCode::TooLarge, message);
    Finding { severity: Severity::Advice, sheet: sheet.map(str::to_owned), ..finding }
}
