//! A witness testing session, as its calendar invitation tells it (RFC 5545, RFC 5546). Holds no rules.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::Address;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The same for as long as it is this session, however often it is moved (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// Raised with each change (RFC 5546 §2.1.4).
    pub sequence: u32,
    pub starts: Timestamp,
    pub minutes: u32,
    /// Where to join it, such as a Teams link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Who is invited beside the one who is written to, and the team.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Address>,
    /// Staff sent an invitation of their own, so none of ours follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invited_by_staff: bool,
}

impl Session {
    pub fn ends(&self) -> Timestamp {
        self.starts.saturating_add(SignedDuration::from_mins(i64::from(self.minutes))).unwrap_or(Timestamp::MAX)
    }
}
