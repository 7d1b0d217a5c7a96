//! The words of a SCAL, and the templates that add to them. Must not read a workbook.

use serde::Deserialize;

use super::super::scal::template::Template;
use super::Words;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct ScalProfile {
    pub(in crate::intake) name: String,
    /// Template versions that the profile was checked against, as `2.0`.
    pub(in crate::intake) versions: Vec<String>,
    pub(in crate::intake) titles: Words,
    pub(in crate::intake) version: VersionWords,
    pub(in crate::intake) answers: AnswerWords,
    pub(in crate::intake) supplier: SupplierWords,
    pub(in crate::intake) services: ServiceWords,
    pub(in crate::intake) status: StatusWords,
    pub(in crate::intake) requirements: RequirementWords,
    pub(in crate::intake) certificate: SlotWords,
    /// The template that these words were learnt from, when they were.
    #[serde(default)]
    pub(in crate::intake) template: Option<Template>,
}

impl ScalProfile {
    /// Whether a workbook of this version is of another template.
    pub(in crate::intake) fn contradicts(&self, version: Option<&str>) -> bool {
        self.template.as_ref().is_some_and(|template| template.contradicts(version))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct VersionWords {
    pub(in crate::intake) tabs: Words,
    pub(in crate::intake) labels: Words,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct AnswerWords {
    pub(in crate::intake) unanswered: Words,
    pub(in crate::intake) later: Words,
    pub(in crate::intake) yes: Words,
    pub(in crate::intake) no: Words,
    pub(in crate::intake) out_of_scope: Words,
    pub(in crate::intake) no_reason: Words,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct SlotWords {
    pub(in crate::intake) labels: Words,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct StatusWords {
    pub(in crate::intake) labels: Words,
    pub(in crate::intake) complete: Words,
    pub(in crate::intake) in_progress: Words,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct SupplierWords {
    pub(in crate::intake) response: Words,
    pub(in crate::intake) fields: Vec<FieldWords>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct FieldWords {
    pub(in crate::intake) field: SupplierField,
    pub(in crate::intake) labels: Words,
    #[serde(default)]
    pub(in crate::intake) nested: Words,
    #[serde(default)]
    pub(in crate::intake) section: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::intake) enum SupplierField {
    Organisation,
    OdsCode,
    Product,
    Version,
    SafetyOfficer,
    SafetyOfficerEmail,
}

impl SupplierField {
    /// The names of DESIGN.md, `inspect --json`.
    pub(in crate::intake) fn name(self) -> &'static str {
        match self {
            Self::Organisation => "supplier organisation",
            Self::OdsCode => "ods code",
            Self::Product => "product name",
            Self::Version => "product version",
            Self::SafetyOfficer => "clinical safety officer name",
            Self::SafetyOfficerEmail => "clinical safety officer email",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct ServiceWords {
    pub(in crate::intake) heading: Words,
    pub(in crate::intake) part: Words,
    pub(in crate::intake) ours: Words,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::intake) struct RequirementWords {
    pub(in crate::intake) ours: Words,
    pub(in crate::intake) item: Words,
    pub(in crate::intake) answer: Words,
    pub(in crate::intake) declared_item: Words,
    pub(in crate::intake) declared: Words,
    pub(in crate::intake) note: Words,
    pub(in crate::intake) template: Words,
    optional: Vec<String>,
}

impl RequirementWords {
    /// Marked as optional. The brackets count: "optional" alone may be a word of the requirement.
    pub(in crate::intake) fn is_optional(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.optional.iter().any(|mark| text.contains(&mark.to_lowercase()))
    }
}

/// A template taught by `assured profile`: the words of a profile, more words, and the rows of the template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScalTemplate {
    pub(super) name: String,
    /// The profile whose words it adds to.
    base: String,
    #[serde(default)]
    words: MoreWords,
    template: Template,
}

/// Words to add to those of a profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MoreWords {
    unanswered: Words,
    yes: Words,
    no: Words,
    out_of_scope: Words,
    status: Words,
    complete: Words,
    in_progress: Words,
    ours: Words,
    item: Words,
    answer: Words,
    declared_item: Words,
    declared: Words,
    note: Words,
    template: Words,
    response: Words,
    service_heading: Words,
    service_part: Words,
    service_ours: Words,
    version_tabs: Words,
    version_labels: Words,
    supplier: Vec<FieldWords>,
}

impl ScalTemplate {
    /// The profile of this template's workbooks; `None` when there is no profile of its base's name.
    pub(super) fn profile(&self, known: &[ScalProfile]) -> Option<ScalProfile> {
        let mut profile = known.iter().find(|profile| profile.name == self.base)?.clone();
        profile.name.clone_from(&self.name);
        profile.template = Some(self.template.clone());
        self.words.add_to(&mut profile);
        Some(profile)
    }
}

impl MoreWords {
    fn add_to(&self, profile: &mut ScalProfile) {
        let ScalProfile { version, answers, supplier, services, status, requirements, .. } = profile;
        for (words, more) in [
            (&mut answers.unanswered, &self.unanswered),
            (&mut answers.yes, &self.yes),
            (&mut answers.no, &self.no),
            (&mut answers.out_of_scope, &self.out_of_scope),
            (&mut status.labels, &self.status),
            (&mut status.complete, &self.complete),
            (&mut status.in_progress, &self.in_progress),
            (&mut requirements.ours, &self.ours),
            (&mut requirements.item, &self.item),
            (&mut requirements.answer, &self.answer),
            (&mut requirements.declared_item, &self.declared_item),
            (&mut requirements.declared, &self.declared),
            (&mut requirements.note, &self.note),
            (&mut requirements.template, &self.template),
            (&mut supplier.response, &self.response),
            (&mut services.heading, &self.service_heading),
            (&mut services.part, &self.service_part),
            (&mut services.ours, &self.service_ours),
            (&mut version.tabs, &self.version_tabs),
            (&mut version.labels, &self.version_labels),
        ] {
            words.add(&more.0);
        }
        for more in &self.supplier {
            let known = supplier.fields.iter_mut().find(|known| known.field == more.field);
            if let Some(known) = known {
                known.labels.add(&more.labels.0);
            }
        }
    }
}
