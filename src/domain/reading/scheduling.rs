//! The calendar object of an invitation or of an answer to one (RFC 5546), as far as the rules need it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::Address;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduling {
    pub method: Method,
    pub uid: String,
    pub sequence: u32,
    pub attendees: Vec<Attendee>,
    /// `None` where it is told in a time zone that is not known here.
    #[serde(default)]
    pub starts: Option<Timestamp>,
    #[serde(default)]
    pub ends: Option<Timestamp>,
    /// Where to join it.
    #[serde(default)]
    pub link: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Request,
    Reply,
    /// Whoever invited takes it back.
    Cancel,
    /// Somebody invited proposes another time.
    Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub address: Address,
    /// `None` where nothing was decided.
    #[serde(default)]
    pub answer: Option<Participation>,
}

/// RFC 5545 §3.2.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Participation {
    Accepted,
    Declined,
    Tentative,
}
