//! Lanes and phases: what a case waits for, and on whom. The table of PROCESS.md, "The one idea".

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::{Clock, Rule};

/// A strand of work on a case. Each waits on exactly one party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LaneName {
    Assurance,
    Agreement,
    /// The approval form of one end user organisation, by its ODS code; without one, a form that is still to come.
    Form(String),
}

impl LaneName {
    /// The form that an application-restricted product needs at least, before any has come.
    pub fn first_form() -> Self {
        Self::Form(String::new())
    }

    pub fn is_form(&self) -> bool {
        matches!(self, Self::Form(_))
    }
}

impl fmt::Display for LaneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assurance => f.write_str("assurance"),
            Self::Agreement => f.write_str("agreement"),
            Self::Form(ods_code) if ods_code.is_empty() => f.write_str("form"),
            Self::Form(ods_code) => write!(f, "form {ods_code}"),
        }
    }
}

impl From<LaneName> for String {
    fn from(name: LaneName) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for LaneName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "assurance" => Ok(Self::Assurance),
            "agreement" => Ok(Self::Agreement),
            "form" => Ok(Self::first_form()),
            other => match other.strip_prefix("form ") {
                Some(ods_code) => Ok(Self::Form(ods_code.to_owned())),
                None => Err(format!("{other:?} is not the name of a lane")),
            },
        }
    }
}

/// Where a lane stands: its phase, and the clock of the party that it waits on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    pub phase: Phase,
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// How the lane stood when a SCAL came out of turn; it goes back there once that SCAL is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_to: Option<Box<Lane>>,
}

impl Lane {
    /// What rings in it. A session takes place on its day even while a SCAL is reviewed that came out of turn.
    pub fn clocks(&self) -> impl Iterator<Item = &Clock> {
        let behind = self.returns_to.as_ref().and_then(|stood| stood.clock.as_ref());
        self.clock.iter().chain(behind.filter(|clock| clock.is_of_session()))
    }

    /// The clock that gives notices of this rule.
    pub fn clock_of(&mut self, rule: Rule) -> Option<&mut Clock> {
        let is_here = self.clock.as_ref().is_some_and(Clock::is_of_session);
        match &mut self.returns_to {
            Some(stood) if rule.is_of_session() && !is_here => stood.clock.as_mut(),
            _ => self.clock.as_mut(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Enquiry,
    ScalReview,
    ScalChanges,
    WitnessPackToSend,
    WitnessPackDue,
    WitnessPackReview,
    WitnessPackChanges,
    SessionBooked,
    OutcomeDue,
    RemedialAction,
    ScalUpdateDue,
    ScalUpdateReview,
    TccDue,
    TccReturnDue,
    /// The SCAL came back with the certificate; the team confirms it.
    TccReturnReview,
    Assured,
    AgreementDue,
    AcceptanceDue,
    Accepted,
    FormDue,
    FormReview,
    FormApproved,
}

/// Who a lane waits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    Sa,
    Lsob,
    Partner,
    /// The day of the witness testing session.
    Date,
    Nobody,
}

impl Phase {
    pub const ALL: [Self; 22] = [
        Self::Enquiry,
        Self::ScalReview,
        Self::ScalChanges,
        Self::WitnessPackToSend,
        Self::WitnessPackDue,
        Self::WitnessPackReview,
        Self::WitnessPackChanges,
        Self::SessionBooked,
        Self::OutcomeDue,
        Self::RemedialAction,
        Self::ScalUpdateDue,
        Self::ScalUpdateReview,
        Self::TccDue,
        Self::TccReturnDue,
        Self::TccReturnReview,
        Self::Assured,
        Self::AgreementDue,
        Self::AcceptanceDue,
        Self::Accepted,
        Self::FormDue,
        Self::FormReview,
        Self::FormApproved,
    ];

    pub fn waits_on(self) -> Party {
        match self {
            Self::Enquiry
            | Self::ScalReview
            | Self::WitnessPackToSend
            | Self::WitnessPackReview
            | Self::OutcomeDue
            | Self::ScalUpdateReview
            | Self::TccDue
            | Self::TccReturnReview => Party::Sa,
            Self::AgreementDue | Self::FormReview => Party::Lsob,
            Self::ScalChanges
            | Self::WitnessPackDue
            | Self::WitnessPackChanges
            | Self::RemedialAction
            | Self::ScalUpdateDue
            | Self::TccReturnDue
            | Self::AcceptanceDue
            | Self::FormDue => Party::Partner,
            Self::SessionBooked => Party::Date,
            Self::Assured | Self::Accepted | Self::FormApproved => Party::Nobody,
        }
    }

    /// A SCAL was accepted in this round, so that a witness test pack is reviewed when it comes.
    pub fn takes_pack(self) -> bool {
        match self {
            Self::WitnessPackToSend
            | Self::WitnessPackDue
            | Self::WitnessPackReview
            | Self::WitnessPackChanges
            | Self::SessionBooked
            | Self::OutcomeDue
            | Self::RemedialAction => true,
            Self::Enquiry
            | Self::ScalReview
            | Self::ScalChanges
            | Self::ScalUpdateDue
            | Self::ScalUpdateReview
            | Self::TccDue
            | Self::TccReturnDue
            | Self::TccReturnReview
            | Self::Assured
            | Self::AgreementDue
            | Self::AcceptanceDue
            | Self::Accepted
            | Self::FormDue
            | Self::FormReview
            | Self::FormApproved => false,
        }
    }

    /// A SCAL is with the team, which promised an answer.
    pub fn reviews_scal(self) -> bool {
        matches!(self, Self::ScalReview | Self::ScalUpdateReview | Self::TccReturnReview)
    }

    /// The name in JSON and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enquiry => "enquiry",
            Self::ScalReview => "scal-review",
            Self::ScalChanges => "scal-changes",
            Self::WitnessPackToSend => "witness-pack-to-send",
            Self::WitnessPackDue => "witness-pack-due",
            Self::WitnessPackReview => "witness-pack-review",
            Self::WitnessPackChanges => "witness-pack-changes",
            Self::SessionBooked => "session-booked",
            Self::OutcomeDue => "outcome-due",
            Self::RemedialAction => "remedial-action",
            Self::ScalUpdateDue => "scal-update-due",
            Self::ScalUpdateReview => "scal-update-review",
            Self::TccDue => "tcc-due",
            Self::TccReturnDue => "tcc-return-due",
            Self::TccReturnReview => "tcc-return-review",
            Self::Assured => "assured",
            Self::AgreementDue => "agreement-due",
            Self::AcceptanceDue => "acceptance-due",
            Self::Accepted => "accepted",
            Self::FormDue => "form-due",
            Self::FormReview => "form-review",
            Self::FormApproved => "form-approved",
        }
    }

    /// What is awaited, as the end of a sentence: `waiting for …`.
    pub fn awaits(self) -> &'static str {
        match self {
            Self::Enquiry => "a reply to the enquiry",
            Self::ScalReview => "the review of the SCAL",
            Self::ScalChanges => "a changed SCAL from the partner",
            Self::WitnessPackToSend => "the blank witness test pack to be sent",
            Self::WitnessPackDue => "the completed witness test pack from the partner",
            Self::WitnessPackReview => "the review of the witness test pack",
            Self::WitnessPackChanges => "a changed witness test pack from the partner",
            Self::SessionBooked => "the day of the witness testing session",
            Self::OutcomeDue => "the outcome of the witness testing session",
            Self::RemedialAction => "remedial action by the partner",
            Self::ScalUpdateDue => "an updated SCAL from the partner",
            Self::ScalUpdateReview => "the review of the updated SCAL",
            Self::TccDue => "the Technical Conformance Certificate to be issued",
            Self::TccReturnDue => "the SCAL with the certificate embedded, from the partner",
            Self::TccReturnReview => "the check of the SCAL that came back with the certificate",
            Self::Assured => "nothing: assurance is done",
            Self::AgreementDue => "the connection agreement to be sent",
            Self::AcceptanceDue => "the partner to accept the connection agreement",
            Self::Accepted => "nothing: the connection agreement is accepted",
            Self::FormDue => "an initial connection approval form from the partner",
            Self::FormReview => "the review of the initial connection approval form",
            Self::FormApproved => "nothing: the initial connection approval form is approved",
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sa => "SA",
            Self::Lsob => "LSOB",
            Self::Partner => "partner",
            Self::Date => "the date",
            Self::Nobody => "nobody",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_names_read_back() {
        let lanes =
            [LaneName::Assurance, LaneName::Agreement, LaneName::first_form(), LaneName::Form("RXQ".to_owned())];
        for lane in lanes {
            assert_eq!(LaneName::try_from(lane.to_string()), Ok(lane));
        }
        assert!(LaneName::try_from("other".to_owned()).is_err());
    }
}
