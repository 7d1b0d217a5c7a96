//! What a notice tells of a connection agreement, as far as the rules need it.

use serde::{Deserialize, Serialize};

use crate::domain::ids::CaseRef;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementTold {
    /// `None` where it cannot be told surely.
    pub step: Option<AgreementStep>,
    /// The cases that it refers to, in its subject or its words.
    #[serde(default)]
    pub cases: Vec<CaseRef>,
    /// Names of a supplier or of a product.
    #[serde(default)]
    pub names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgreementStep {
    Issued,
    Accepted,
}
