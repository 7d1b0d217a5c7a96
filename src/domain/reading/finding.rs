//! What there is to put right in a message or a document, by the closed list of DESIGN.md.

use serde::{Deserialize, Serialize};

/// Something to put right, with its place, so that a partner can go to the cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub code: FindingCode,
    pub severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was found and what to do, as one or two plain sentences to the partner.
    pub message: String,
}

impl Finding {
    /// A finding without a place; add one with struct update syntax.
    pub fn new(code: FindingCode, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            sheet: None,
            cell: None,
            requirement: None,
            test: None,
            field: None,
            message: message.into(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Fix,
    Advice,
}

/// The closed list of DESIGN.md, "Finding codes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    RequirementUnanswered,
    RequirementNoWithoutMitigation,
    DeclarationUnanswered,
    DeclarationNoWithoutMitigation,
    SupplierFieldMissing,
    OdsCodeInvalid,
    NoServiceSelected,
    TabNotComplete,
    TemplateOutdated,
    TemplateAltered,
    CertificateMissing,
    CertificateDiffers,
    TestNotRun,
    NotApplicableWithoutJustification,
    TestFailed,
    ResultUnclear,
    EvidenceMissing,
    TestMissing,
    TestDuplicated,
    FieldMissing,
    NotSigned,
    SecondMailboxNotCopied,
    PasswordProtected,
    MacroEnabled,
    UnsupportedType,
    TooLarge,
    Damaged,
    Hostile,
    Infected,
    LinkOnly,
    NoAttachment,
    RemovedByFilter,
    ScanPending,
}

impl FindingCode {
    pub fn severity(self) -> Severity {
        match self {
            Self::EvidenceMissing | Self::TemplateOutdated | Self::TemplateAltered | Self::SecondMailboxNotCopied => {
                Severity::Advice
            }
            Self::RequirementUnanswered
            | Self::RequirementNoWithoutMitigation
            | Self::DeclarationUnanswered
            | Self::DeclarationNoWithoutMitigation
            | Self::SupplierFieldMissing
            | Self::OdsCodeInvalid
            | Self::NoServiceSelected
            | Self::TabNotComplete
            | Self::CertificateMissing
            | Self::CertificateDiffers
            | Self::TestNotRun
            | Self::NotApplicableWithoutJustification
            | Self::TestFailed
            | Self::ResultUnclear
            | Self::TestMissing
            | Self::TestDuplicated
            | Self::FieldMissing
            | Self::NotSigned
            | Self::PasswordProtected
            | Self::MacroEnabled
            | Self::UnsupportedType
            | Self::TooLarge
            | Self::Damaged
            | Self::Hostile
            | Self::Infected
            | Self::LinkOnly
            | Self::NoAttachment
            | Self::RemovedByFilter
            | Self::ScanPending => Severity::Fix,
        }
    }
}
