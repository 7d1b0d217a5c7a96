//! The initial connection approval form: recognised by its title at the top together with its labels, then read for the
//! organisation that it concerns and who signed it, and for what was left open.

mod answers;

use crate::domain::reading::{ApprovalForm, Finding, FindingCode, Severity};

use super::content::Content;
use super::labels;
use super::profile::{FormField, FormProfile};
use super::scal::ods_code;
use answers::{Answer, answer};

/// Reads the document as an approval form; `None` when it is something else.
pub(super) fn read(content: &Content, profiles: &[FormProfile]) -> Option<(ApprovalForm, Vec<Finding>)> {
    let profile = profiles.iter().find(|profile| is_form(content, profile))?;
    let mut form = ApprovalForm::default();
    let mut gaps = Vec::new();
    let mut signed = Signed::default();
    for words in &profile.fields {
        let given = answer(content, profile, words);
        let value = given.value.clone();
        match words.field {
            FormField::Organisation => form.organisation = value,
            FormField::Product => form.product = value,
            FormField::SeniorResponsiblePerson => form.senior_responsible_person = value,
            FormField::OdsCode => {
                form.ods_code = value.as_deref().and_then(ods_code);
                gaps.extend((value.is_some() && form.ods_code.is_none()).then(|| given.place(invalid_ods_code())));
            }
            FormField::SignedBy => {
                form.signed_by = value;
                signed.by = Some(given);
                continue;
            }
            FormField::SignedOn => {
                form.signed_on = value;
                signed.on = Some(given);
                continue;
            }
        }
        gaps.extend(missing(words.field, &given));
    }
    gaps.extend(signed.gap());
    Some((form, gaps))
}

/// A title alone may be that of a letter about the form, labels alone may be those of any form.
fn is_form(content: &Content, profile: &FormProfile) -> bool {
    let titled = content.opening.iter().any(|text| profile.titles.entitle(text));
    let labels = || profile.fields.iter().map(|field| &field.labels);
    let present = |words: &&_| labels::are_present(&content.tables, &content.lines, words);
    let alone = || labels().filter(|words| answers::is_on_a_line(content, profile, words)).count();
    titled && labels().filter(present).count().max(alone()) >= profile.labels_min
}

/// The two halves of a signature.
#[derive(Default)]
struct Signed {
    by: Option<Answer>,
    on: Option<Answer>,
}

impl Signed {
    fn gap(self) -> Option<Finding> {
        let (by, on) = (self.by.unwrap_or_default(), self.on.unwrap_or_default());
        match (&by.value, &on.value) {
            (Some(_), Some(_)) => None,
            (Some(_), None) => missing(FormField::SignedOn, &on),
            (None, on) => Some(by.place(not_signed(on.is_some() || !by.labelled))),
        }
    }
}

/// What has no label at all may be there in other words: then it is for a person to look.
fn missing(field: FormField, given: &Answer) -> Option<Finding> {
    let name = match field {
        FormField::Organisation => "organisation",
        FormField::OdsCode => "ods code",
        // The published form asks for it by other means.
        FormField::Product if !given.labelled => return None,
        FormField::Product => "product name",
        FormField::SeniorResponsiblePerson => "senior responsible person",
        FormField::SignedBy => "signature",
        FormField::SignedOn => "date signed",
    };
    if given.value.is_some() {
        return None;
    }
    let called = if field == FormField::OdsCode { "ODS code" } else { name };
    let (severity, message) = if given.labelled {
        (Severity::Fix, format!("The {called} is not filled in. Fill it in and send the form again."))
    } else {
        (
            Severity::Advice,
            format!("We did not find the {called} on the form. If it is not there, add it and send it again."),
        )
    };
    let finding =
        Finding { field: Some(name.to_owned()), severity, ..Finding::new(FindingCode::FieldMissing, message) };
    Some(given.place(finding))
}

fn invalid_ods_code() -> Finding {
    let message = "The ODS code is not a code of 3 to 8 letters and digits. Give the code of the organisation that \
        the form is for; the ODS portal lists them all.";
    Finding::new(FindingCode::OdsCodeInvalid, message)
}

fn not_signed(in_doubt: bool) -> Finding {
    if in_doubt {
        let message = "We found no signature on the form. If it is a picture, there is nothing to do; if not, the \
            person who approves the connection must sign it.";
        return Finding { severity: Severity::Advice, ..Finding::new(FindingCode::NotSigned, message) };
    }
    let message = "The form is not signed and dated. The person who approves the connection must sign it: send the \
        signed form.";
    Finding::new(FindingCode::NotSigned, message)
}

#[cfg(test)]
mod tests;
