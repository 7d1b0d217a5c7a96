//! A case: one product's way through assurance, as a fold of the facts recorded about it. Applies facts, decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::certificate::Issued;
use super::clocks::{Clock, Notice, Rule};
use super::difference::Gist;
use super::fact::{Fact, Received};
use super::ids::{Address, BlobDigest, CaseRef, MailboxName, MessageId};
use super::lane::{Lane, LaneName, Phase};
use super::reading::{Matter, Supplier, in_words};

/// The newest message ids that a case keeps for threading; older ones stay in the index.
const THREAD_IDS_MAX: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub reference: CaseRef,
    pub opened_at: Timestamp,
    /// The mailbox from which letters about the case leave.
    pub mailbox: MailboxName,
    /// The subject of the first message, as the partner wrote it.
    pub subject: String,
    pub supplier: Supplier,
    pub status: Status,
    pub lanes: BTreeMap<LaneName, Lane>,
    /// Those who wrote to us about the case, and when they first did.
    pub participants: BTreeMap<Address, Participant>,
    /// Message ids of the thread, oldest first.
    pub thread: Vec<MessageId>,
    pub submissions: Vec<Submission>,
    /// What the latest submission of each kind said: the next one is compared with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gists: BTreeMap<SubmissionKind, Gist>,
    /// A partner's question came after the last message of a person of ours.
    pub question_open: bool,
    /// When that question arrived.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    pub last_human_at: Option<Timestamp>,
    pub last_partner_at: Option<Timestamp>,
    /// Who wrote last of the partner's people: reminders go there.
    #[serde(default)]
    pub correspondent: Option<Address>,
    /// Messages of each person since somebody of ours last wrote or gave a command, or a new document came.
    #[serde(default)]
    pub in_a_row: BTreeMap<Address, u32>,
    /// Acknowledgements that are gathered, by correspondent.
    #[serde(default)]
    pub gathering: BTreeMap<Address, Gathering>,
    #[serde(default)]
    pub reminded_at: Option<Timestamp>,
    /// Letters of ours that bounced and were told to staff.
    #[serde(default)]
    pub bounced: BTreeSet<MessageId>,
    /// A witness test pack came before its turn: once the SCAL is accepted it is reviewed at once.
    #[serde(default)]
    pub early_pack: bool,
    /// The blank witness test pack went out, perhaps before the SCAL was recorded as accepted.
    #[serde(default)]
    pub blank_pack_sent: bool,
    /// The certificate that went to the partner, and whether a SCAL came back with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Issued>,
    #[serde(default)]
    pub certificate_returned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<SetAside>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    Open,
    Closed { at: Timestamp, by: String, reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    pub name: Option<String>,
    pub since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionKind {
    Scal,
    WitnessPack,
    ApprovalForm,
    Certificate,
}

/// A document that a partner sent for review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub kind: SubmissionKind,
    pub name: String,
    pub sha256: BlobDigest,
    pub received_at: Timestamp,
    /// Findings to fix, as the automatic check counted them.
    pub to_fix: u32,
    /// Recorded with the submission; the case keeps that of the latest one of each kind, apart from the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gist: Option<Box<Gist>>,
}

/// Messages of one sender within a short time, to be acknowledged together when it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    pub until: Timestamp,
    pub waiting: Vec<Received>,
}

/// The partner wrote what is not routine. Until staff say so, they get no date, no findings and no reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    pub since: Timestamp,
    pub matters: BTreeSet<Matter>,
    /// What is acknowledged afterwards, by its sender.
    #[serde(default)]
    pub unanswered: BTreeMap<Address, Vec<Received>>,
}

impl SetAside {
    pub fn sentence(&self) -> String {
        format!(
            "The case is set aside as not routine ({}): until !resume the partner gets no date, no findings and no reminder.",
            in_words(&self.matters)
        )
    }
}

impl SubmissionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Scal => "SCAL",
            Self::WitnessPack => "witness test pack",
            Self::ApprovalForm => "initial connection approval form",
            Self::Certificate => "Technical Conformance Certificate",
        }
    }
}

impl Case {
    /// A new case, before any fact but its opening.
    pub fn open(reference: CaseRef, at: Timestamp, mailbox: MailboxName, subject: String) -> Self {
        Self {
            reference,
            opened_at: at,
            mailbox,
            subject,
            supplier: Supplier::default(),
            status: Status::Open,
            lanes: BTreeMap::from([(
                LaneName::Assurance,
                Lane { phase: Phase::Enquiry, since: at, clock: None, returns_to: None },
            )]),
            participants: BTreeMap::new(),
            thread: Vec::new(),
            submissions: Vec::new(),
            gists: BTreeMap::new(),
            question_open: false,
            asked_at: None,
            last_human_at: None,
            last_partner_at: None,
            correspondent: None,
            in_a_row: BTreeMap::new(),
            gathering: BTreeMap::new(),
            reminded_at: None,
            bounced: BTreeSet::new(),
            early_pack: false,
            blank_pack_sent: false,
            issued: None,
            certificate_returned: false,
            set_aside: None,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Open)
    }

    pub fn lane(&self, name: &LaneName) -> Option<&Lane> {
        self.lanes.get(name)
    }

    /// The phases of its lanes, joined with ` + `.
    pub fn phase(&self) -> String {
        match &self.status {
            Status::Closed { .. } => "closed".to_owned(),
            Status::Open => self.lanes.values().map(|lane| lane.phase.name()).collect::<Vec<_>>().join(" + "),
        }
    }

    pub fn latest(&self, kind: SubmissionKind) -> Option<&Submission> {
        self.submissions.iter().rev().find(|submission| submission.kind == kind)
    }

    /// The next moment at which the case itself wants attention; none once it is closed.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if !self.is_open() {
            return None;
        }
        let clocks = self.lanes.values().filter_map(|lane| lane.clock.as_ref()?.next()).map(|notice| notice.at);
        let gathered = self.gathering.values().filter(|g| !g.waiting.is_empty()).map(|gathering| gathering.until);
        clocks.chain(gathered).min()
    }

    /// Takes one recorded fact into account. The only way in which a case changes.
    pub fn apply(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::CaseOpened { .. } | Fact::NoteAdded { .. } | Fact::LetterRefused { .. } => {}
            Fact::CommandGiven { .. } => self.in_a_row.clear(),
            Fact::MessageFiled { message_id, received_at, partner, .. } => {
                self.thread_on(message_id.as_ref());
                if let Some(partner) = partner {
                    self.partner_wrote(partner, *received_at);
                }
            }
            Fact::PartnerNamed { supplier } => self.name_partner(supplier),
            Fact::ParticipantSeen { address, name } => {
                let seen = Participant { name: name.clone(), since: at };
                let known = self.participants.entry(address.clone()).or_insert(seen);
                known.name = known.name.take().or_else(|| name.clone());
            }
            Fact::SubmissionFiled(submission) => self.submit(submission),
            Fact::PhaseEntered { lane, phase, clock, returns_to } => {
                let entered = Lane { phase: *phase, since: at, clock: clock.clone(), returns_to: returns_to.clone() };
                self.lanes.insert(lane.clone(), entered);
                self.early_pack &= *phase != Phase::WitnessPackReview;
            }
            Fact::ClockSet { lane, clock, .. } => {
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.clock = clock.clone();
                }
            }
            Fact::NoticeGiven { lane, notice, next, .. } => self.notice_given(at, lane, notice.rule, next.as_ref()),
            Fact::NoticePutOff { lane, next } => self.set_next(lane, Some(next)),
            Fact::CertificateIssued { issued } => {
                self.issued = Some(issued.clone());
                self.certificate_returned = false;
            }
            Fact::CertificateReturned => self.certificate_returned = true,
            Fact::QuestionOpened => {
                self.question_open = true;
                self.asked_at = self.last_partner_at;
            }
            Fact::HumanReplied { sent_at, blank_pack, .. } => {
                self.question_open &= self.asked_at.is_some_and(|asked| asked > *sent_at);
                self.last_human_at = self.last_human_at.max(Some(*sent_at));
                self.blank_pack_sent |= blank_pack;
                self.in_a_row.clear();
            }
            Fact::GatheringStarted { correspondent, until } => {
                let gathering = Gathering { until: *until, waiting: Vec::new() };
                self.gathering.insert(correspondent.clone(), gathering);
            }
            Fact::AcknowledgementGathered { correspondent, received } => {
                if let Some(gathering) = self.gathering.get_mut(correspondent) {
                    gathering.waiting.push(received.clone());
                }
            }
            Fact::GatheringEnded { correspondent } => {
                self.gathering.remove(correspondent);
            }
            Fact::LetterBounced { message_id, .. } => {
                self.bounced.insert(message_id.clone());
            }
            Fact::LetterThreaded { message_id } => self.thread_on(Some(message_id)),
            Fact::SetAside { matters } => {
                let unanswered = BTreeMap::new();
                let aside = SetAside { since: at, matters: BTreeSet::new(), unanswered };
                self.set_aside.get_or_insert(aside).matters.extend(matters);
            }
            Fact::AcknowledgementWithheld { correspondent, received } => {
                if let Some(aside) = &mut self.set_aside {
                    aside.unanswered.entry(correspondent.clone()).or_default().push(received.clone());
                }
            }
            Fact::RoutineAgain { .. } => self.set_aside = None,
            Fact::CaseClosed { by, reason } => {
                self.status = Status::Closed { at, by: by.clone(), reason: reason.clone() };
                self.gathering.clear();
                self.set_aside = None;
                self.question_open = false;
            }
        }
    }

    fn partner_wrote(&mut self, partner: &Address, received_at: Timestamp) {
        let in_a_row = self.in_a_row.entry(partner.clone()).or_default();
        *in_a_row = in_a_row.saturating_add(1);
        self.correspondent = Some(partner.clone());
        self.last_partner_at = self.last_partner_at.max(Some(received_at));
    }

    fn submit(&mut self, submission: &Submission) {
        let in_turn = self.lane(&LaneName::Assurance).is_some_and(|lane| lane.phase.takes_pack());
        self.early_pack |= submission.kind == SubmissionKind::WitnessPack && !in_turn;
        let mut submission = submission.clone();
        if let Some(gist) = submission.gist.take() {
            self.compare_next_with(submission.kind, *gist);
        }
        self.submissions.push(submission);
        self.in_a_row.clear();
    }

    /// What is seen late replaces nothing that came after it.
    fn compare_next_with(&mut self, kind: SubmissionKind, gist: Gist) {
        match self.gists.get_mut(&kind) {
            Some(latest) if latest.received_at > gist.received_at => {}
            Some(latest) => latest.follow(gist),
            None => drop(self.gists.insert(kind, gist)),
        }
    }

    fn thread_on(&mut self, message_id: Option<&MessageId>) {
        let Some(id) = message_id.filter(|id| !self.thread.contains(id)) else {
            return;
        };
        self.thread.push(id.clone());
        if self.thread.len() > THREAD_IDS_MAX {
            // The first message stays: mail programs thread on it.
            self.thread.remove(1);
        }
    }

    fn name_partner(&mut self, new: &Supplier) {
        let keep = |old: &mut Option<String>, new: &Option<String>| {
            if new.is_some() {
                old.clone_from(new);
            }
        };
        let old = &mut self.supplier;
        keep(&mut old.organisation, &new.organisation);
        keep(&mut old.ods_code, &new.ods_code);
        keep(&mut old.product, &new.product);
        keep(&mut old.version, &new.version);
        keep(&mut old.safety_officer, &new.safety_officer);
        keep(&mut old.safety_officer_email, &new.safety_officer_email);
    }

    fn notice_given(&mut self, at: Timestamp, lane: &LaneName, rule: Rule, next: Option<&Notice>) {
        if rule.is_reminder() {
            self.reminded_at = Some(at);
        }
        self.set_next(lane, next);
    }

    fn set_next(&mut self, lane: &LaneName, next: Option<&Notice>) {
        if let Some(clock) = self.lanes.get_mut(lane).and_then(|lane| lane.clock.as_mut()) {
            Clock::set_next(clock, next.cloned());
        }
    }
}

#[cfg(test)]
mod tests;
