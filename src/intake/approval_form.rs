//! The initial connection approval form: recognised by its title at the top together with its labels, then read for the
//! organisation that it concerns and who signed it. Whether it is complete is for a full reading.

use crate::domain::reading::ApprovalForm;

use super::content::Content;
use super::labels;
use super::profile::{FormProfile, Words};

/// Reads the document as an approval form; `None` when it is something else.
pub(super) fn read(content: &Content, profiles: &[FormProfile]) -> Option<ApprovalForm> {
    let profile = profiles.iter().find(|profile| is_form(content, profile))?;
    let is_label = |text: &str| parts(profile).iter().any(|words| words.are(text));
    let value = |words: &Words| labels::value(&content.tables, &content.lines, words, is_label);
    Some(ApprovalForm {
        organisation: value(&profile.organisation),
        ods_code: value(&profile.ods_code),
        product: value(&profile.product),
        senior_responsible_person: value(&profile.senior_responsible_person),
        signed_by: value(&profile.signed_by),
        signed_on: value(&profile.signed_on),
    })
}

/// A title alone may be that of a letter about the form, labels alone may be those of any form.
fn is_form(content: &Content, profile: &FormProfile) -> bool {
    let titled = content.opening.iter().any(|text| profile.titles.entitle(text));
    let present = |words: &&&Words| labels::are_present(&content.tables, &content.lines, words);
    titled && parts(profile).iter().filter(present).count() >= profile.labels_min
}

fn parts(profile: &FormProfile) -> [&Words; 6] {
    [
        &profile.organisation,
        &profile.ods_code,
        &profile.product,
        &profile.senior_responsible_person,
        &profile.signed_by,
        &profile.signed_on,
    ]
}
