//! Lanes and phases: what a case waits for, and on whom. The table of PROCESS.md, "The one idea".

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::Clock;

/// A strand of work on a case. Each waits on exactly one party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LaneName {
    Assurance,
    Agreement,
    /// The approval form of one end user organisation, by its ODS code.
    Form(String),
}

impl fmt::Display for LaneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assurance => f.write_str("assurance"),
            Self::Agreement => f.write_str("agreement"),
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
}

/// Who a lane waits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    Sa,
    Partner,
}

impl Phase {
    pub const ALL: [Self; 7] = [
        Self::Enquiry,
        Self::ScalReview,
        Self::ScalChanges,
        Self::WitnessPackToSend,
        Self::WitnessPackDue,
        Self::WitnessPackReview,
        Self::WitnessPackChanges,
    ];

    pub fn waits_on(self) -> Party {
        match self {
            Self::Enquiry | Self::ScalReview | Self::WitnessPackToSend | Self::WitnessPackReview => Party::Sa,
            Self::ScalChanges | Self::WitnessPackDue | Self::WitnessPackChanges => Party::Partner,
        }
    }

    /// A witness test pack that arrives now is reviewed now. Before, it waits for the SCAL to be accepted.
    pub fn takes_pack(self) -> bool {
        match self {
            Self::Enquiry | Self::ScalReview | Self::ScalChanges => false,
            Self::WitnessPackToSend | Self::WitnessPackDue | Self::WitnessPackReview | Self::WitnessPackChanges => true,
        }
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
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sa => "SA",
            Self::Partner => "partner",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_names_read_back() {
        for lane in [LaneName::Assurance, LaneName::Agreement, LaneName::Form("RXQ".to_owned())] {
            assert_eq!(LaneName::try_from(lane.to_string()), Ok(lane));
        }
        assert!(LaneName::try_from("other".to_owned()).is_err());
    }
}
