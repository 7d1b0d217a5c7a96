//! `!received`: what staff opened themselves, such as a file behind a link, counts from the day it came (PROCESS.md,
//! "What partners receive"). The automatic check did not see it, and nothing here says that it did.

use jiff::Timestamp;

use super::command::by_the_end_of;
use super::lanes::Moved;
use super::notices::Remarks;
use super::{Deciding, Refusal};
use crate::domain::calendar::in_words;
use crate::domain::case::{Submission, SubmissionKind};
use crate::domain::effect::WhatNext;
use crate::domain::fact::{Fact, Item, Received};
use crate::domain::ids::{Address, BlobDigest, MessageId};
use crate::domain::lane::LaneName;

/// As letters name a file that only people have seen.
const OPENED: &str = "Opened by our team";

/// How and when it came, as far as it is known.
struct Came {
    received_at: Timestamp,
    from: Option<Address>,
    message_id: Option<MessageId>,
}

impl Deciding<'_> {
    pub(super) fn received(&mut self, by: &str, what: SubmissionKind, form: Option<&str>) -> Result<(), Refusal> {
        let came = self.came()?;
        // Whoever sent the form before hears of it still.
        let lane = form.map_or(LaneName::Assurance, |code| LaneName::Form(code.to_owned()));
        let came = Came { from: self.case.form_senders.get(&lane).cloned().or(came.from), ..came };
        self.none_filed_since(what, form, came.received_at)?;
        self.say(format!("a {} that {by} opened", what.label()));
        self.record(Fact::SubmissionFiled(Submission {
            kind: what,
            name: OPENED.to_owned(),
            sha256: BlobDigest::from_hex(Submission::OPENED_BY_STAFF),
            received_at: came.received_at,
            to_fix: 0,
            gist: None,
        }));
        let moved = match (what, form, &came.from) {
            (SubmissionKind::Scal, ..) => self.scal_arrived(came.received_at),
            (SubmissionKind::WitnessPack, ..) => self.pack_arrived(came.received_at),
            (SubmissionKind::ApprovalForm, Some(code), Some(from)) => {
                self.form_arrived(code, from, None, came.received_at)
            }
            (SubmissionKind::ApprovalForm | SubmissionKind::Certificate, ..) => {
                Moved { what_next: WhatNext::FiledForLater, joined_running_clock: false }
            }
        };
        self.in_lane(&lane, |d| d.tell_received(by, what, &came, &moved));
        Ok(())
    }

    /// With the last message whose files could not be read, or on the day that staff name.
    fn came(&self) -> Result<Came, Refusal> {
        let calendar = &self.policy.calendar;
        let unread = self.case.unread.as_ref().filter(|unread| self.case.participants.contains_key(&unread.from));
        let is_meant = |at: Timestamp| self.manner.on.is_none_or(|on| calendar.local_date(at) == on);
        if let Some(unread) = unread.filter(|unread| is_meant(unread.received_at)) {
            let (from, message_id) = (Some(unread.from.clone()), unread.message_id.clone());
            return Ok(Came { received_at: unread.received_at, from, message_id });
        }
        let case = self.case.reference;
        let Some(on) = self.manner.on else {
            return Err(Refusal(format!(
                "No message on {case} is known that brought something unread. Say when it came, such as !received scal \
                 on 24 November."
            )));
        };
        let end = by_the_end_of(self, on)?;
        // The day that staff name is day 0, whatever the cut-off.
        let received_at = if calendar.day_received(end) > on { calendar.opening(on) } else { end };
        Ok(Came { received_at, from: self.case.correspondent.clone(), message_id: None })
    }

    fn none_filed_since(&self, what: SubmissionKind, form: Option<&str>, at: Timestamp) -> Result<(), Refusal> {
        let of_form = form.and_then(|code| self.case.lane(&LaneName::Form(code.to_owned()))).map(|lane| lane.since);
        let of_kind = self.case.latest(what).map(|latest| latest.received_at).filter(|_| form.is_none());
        let Some(filed) = of_form.or(of_kind).filter(|filed| *filed >= at) else {
            return Ok(());
        };
        let (case, day) = (self.case.reference, in_words(self.policy.calendar.local_date(filed)));
        Err(Refusal(format!("The latest {} of {case} came {day}, so !received changes nothing.", what.label())))
    }

    /// The acknowledgement names what arrived and no file, for staff alone know it.
    fn tell_received(&mut self, by: &str, what: SubmissionKind, came: &Came, moved: &Moved) {
        let item = Item {
            name: OPENED.to_owned(),
            recognised: Some(what),
            repeated: false,
            readable: true,
            checked: false,
            findings: Vec::new(),
            of_case: Vec::new(),
            difference: None,
        };
        let received = Received {
            message_id: came.message_id.clone().or_else(|| self.case.thread.last().cloned()),
            subject: self.case.subject.clone(),
            received_at: came.received_at,
            items: vec![item],
            findings: Vec::new(),
        };
        match (self.why_no_letter(), &came.from) {
            (Some(why), _) => self.say(format!("no letter: {why}")),
            (None, Some(from)) => {
                self.acknowledge(from, vec![received.clone()], moved.what_next, moved.joined_running_clock);
            }
            (None, None) => self.say("no letter: nobody of the partner takes part"),
        }
        let flag = format!("{by} opened it: the automatic check did not see it.");
        let remarks =
            Remarks { flags: vec![flag], joined_running_clock: moved.joined_running_clock, opened_case: false };
        self.announce(came.from.as_ref(), &received, remarks);
    }
}
