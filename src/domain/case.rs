//! A case: one product's way through assurance, as a fold of the facts recorded about it. Applies facts, decides nothing.

mod changes;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::certificate::Issued;
use super::command::AccessMode;
use super::difference::Gist;
use super::fact::{Fact, Merged, Received};
use super::ids::{Address, BlobDigest, CaseRef, MailboxName, MessageId};
use super::lane::{Lane, LaneName, Party, Phase};
use super::policy::Team;
use super::reading::{Format, Matter, Participation, Supplier, in_words};
use super::session::Session;

pub use undo::{UNDO_WITHIN, Undoable};

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
    /// Staff took them off the case: they take no part, whatever their organisation.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub former: BTreeSet<Address>,
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
    /// The same by team: a word of one does not keep a promise of the other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub human_at: BTreeMap<Team, Timestamp>,
    pub last_partner_at: Option<Timestamp>,
    /// Their last message whose files the automatic check made nothing of: staff may open them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
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
    /// When staff are asked what becomes of a case whose partner stays silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_at: Option<Timestamp>,
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
    /// A SCAL was accepted since one last came.
    #[serde(default)]
    pub scal_accepted: bool,
    /// Counts from 1: endpoints added later begin a new one.
    #[serde(default = "first_round")]
    pub round: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<AccessMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What the people invited answered, at the time that is booked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attendance: BTreeMap<Address, Participation>,
    /// Sessions that were ever booked.
    #[serde(default)]
    pub sessions: u32,
    /// Tests that need remedial action.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open_tests: BTreeSet<String>,
    /// Staff asked for an updated SCAL, beside whatever else is awaited.
    #[serde(default)]
    pub scal_update_asked: bool,
    /// Who sent each approval form, by its lane.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form_senders: BTreeMap<LaneName, Address>,
    /// The message that brought each form: letters about it answer that one, and no other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form_threads: BTreeMap<LaneName, FormThread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<SetAside>,
    /// It goes on as another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// Files that staff said belong elsewhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub given_up: BTreeSet<BlobDigest>,
    /// Cases that go on as this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub took_over: Vec<CaseRef>,
    /// Who of ours looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
    /// Commands that were ever given on it.
    #[serde(default)]
    pub commands: u32,
    /// The last of them, while `!undo` could take it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Undoable>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    Open,
    Closed { at: Timestamp, by: String, reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormThread {
    pub subject: String,
    pub message_id: Option<MessageId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub received_at: Timestamp,
    pub from: Address,
    pub message_id: Option<MessageId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    pub name: Option<String>,
    pub since: Timestamp,
    /// The formats in which they need letters.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Format>,
}

/// A member of staff, with the name that was listed at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    pub address: Address,
    pub name: String,
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

impl Submission {
    /// In place of a digest: no file of ours has it, so that none is taken for the same.
    pub const OPENED_BY_STAFF: &str = "";

    pub fn is_opened_by_staff(&self) -> bool {
        self.sha256.as_str() == Self::OPENED_BY_STAFF
    }
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

fn first_round() -> u32 {
    1
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
            former: BTreeSet::new(),
            thread: Vec::new(),
            submissions: Vec::new(),
            gists: BTreeMap::new(),
            question_open: false,
            asked_at: None,
            last_human_at: None,
            human_at: BTreeMap::new(),
            last_partner_at: None,
            unread: None,
            correspondent: None,
            in_a_row: BTreeMap::new(),
            gathering: BTreeMap::new(),
            reminded_at: None,
            ask_at: None,
            bounced: BTreeSet::new(),
            early_pack: false,
            blank_pack_sent: false,
            issued: None,
            certificate_returned: false,
            scal_accepted: false,
            round: first_round(),
            mode: None,
            session: None,
            attendance: BTreeMap::new(),
            sessions: 0,
            open_tests: BTreeSet::new(),
            scal_update_asked: false,
            form_senders: BTreeMap::new(),
            form_threads: BTreeMap::new(),
            approved_at: None,
            set_aside: None,
            merged: None,
            given_up: BTreeSet::new(),
            took_over: Vec::new(),
            assignee: None,
            commands: 0,
            undo: None,
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

    /// Where each lane stands that waits for somebody.
    pub fn awaited(&self) -> Vec<Phase> {
        self.lanes.values().map(|lane| lane.phase).filter(|phase| phase.waits_on() != Party::Nobody).collect()
    }

    pub fn latest(&self, kind: SubmissionKind) -> Option<&Submission> {
        self.submissions.iter().rev().find(|submission| submission.kind == kind)
    }

    /// The next moment at which the case itself wants attention; none once it is closed.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if !self.is_open() {
            return None;
        }
        let clocks = self.lanes.values().flat_map(Lane::clocks).filter_map(|clock| Some(clock.next()?.at));
        let gathered = self.gathering.values().filter(|g| !g.waiting.is_empty()).map(|gathering| gathering.until);
        clocks.chain(gathered).chain(self.asks_at()).min()
    }

    /// When staff are asked whether to keep the case or close it. Nobody is where it waits for us, too.
    pub fn asks_at(&self) -> Option<Timestamp> {
        self.ask_at.filter(|_| self.waits_on_partner() && self.set_aside.is_none())
    }

    /// On them alone.
    pub fn waits_on_partner(&self) -> bool {
        let parties = || self.lanes.values().map(|lane| lane.phase.waits_on());
        let is_nobody_else = |party| matches!(party, Party::Partner | Party::Nobody);
        self.is_open() && parties().any(|party| party == Party::Partner) && parties().all(is_nobody_else)
    }

    /// Takes one recorded fact into account. The only way in which a case changes.
    pub fn apply(&mut self, at: Timestamp, fact: &Fact) {
        self.forget_undo(at, fact);
        match fact {
            Fact::CaseOpened { .. } | Fact::NoteAdded { .. } | Fact::LetterRefused { .. } => {}
            Fact::CommandGiven { by, command } => self.command_given(at, by, command),
            Fact::CommandUndone { withdrawn, .. } => self.command_undone(withdrawn),
            Fact::MessageFiled { aside: true, partner, .. } => self.wrote_aside(partner.as_ref()),
            Fact::MessageFiled { message_id, received_at, partner, unread, .. } => {
                self.message_filed(message_id.as_ref(), *received_at, partner.as_ref(), *unread);
            }
            Fact::PartnerNamed { supplier } => self.name_partner(supplier),
            Fact::ParticipantSeen { address, name } => {
                self.add_participant(at, address, name.as_ref());
            }
            Fact::ParticipantRemoved { address, .. } => self.remove_participant(address),
            Fact::NeedStated { address, need } => self.add_need(address, &need.format),
            Fact::CaseAssigned { to, .. } => self.assignee.clone_from(to),
            Fact::SubmissionFiled(submission) => self.submit(submission),
            Fact::PhaseEntered { lane, phase, clock, returns_to } => {
                let entered = Lane { phase: *phase, since: at, clock: clock.clone(), returns_to: returns_to.clone() };
                self.enter(lane, entered);
            }
            Fact::ClockSet { lane, clock, .. } => self.set_clock(lane, clock.as_ref()),
            Fact::NoticeGiven { lane, notice, next, .. } => self.notice_given(at, lane, notice.rule, next.as_ref()),
            Fact::NoticePutOff { lane, next } => self.set_next(lane, next.rule, Some(next)),
            Fact::SilenceWatched { ask_at } => self.ask_at = *ask_at,
            Fact::CertificateIssued { issued } => self.certify(issued),
            Fact::CertificateReturned => self.certificate_returned = true,
            Fact::ModeSet { mode } => self.mode = Some(*mode),
            Fact::SessionSet { session } => self.book(session),
            Fact::SessionAnswered { address, answer } => drop(self.attendance.insert(address.clone(), *answer)),
            Fact::SessionEnded { .. } => self.end_session(),
            Fact::TestsJudged { passed, remedial, all } => self.judge(passed, remedial, *all),
            Fact::ScalUpdateAsked => self.scal_update_asked = true,
            Fact::ScalAccepted => {
                self.scal_accepted = true;
                self.scal_update_asked = false;
            }
            Fact::RoundOpened => self.open_round(),
            Fact::FormFrom { lane, sender, thread } => self.form_from(lane, sender, thread.as_ref()),
            Fact::LaneEnded { lane } => drop(self.lanes.remove(lane)),
            Fact::Approved => self.approved_at = Some(at),
            Fact::CaseReopened { .. } => {
                self.status = Status::Open;
                self.merged = None;
            }
            Fact::MessageMoved { message, files, leaves, asked, .. } => {
                self.question_open &= !asked;
                self.give_up(message.as_ref(), files, leaves.as_ref());
            }
            Fact::CaseMerged { into, messages } => {
                self.merged = Some(Merged { into: *into, messages: messages.clone() });
            }
            Fact::TookOver { from } => {
                self.took_over.push(*from);
                self.in_a_row.clear();
            }
            Fact::QuestionOpened => {
                self.question_open = true;
                self.asked_at = self.last_partner_at;
            }
            Fact::HumanReplied { sent_at, blank_pack, teams, .. } => self.human_wrote(*sent_at, *blank_pack, teams),
            Fact::GatheringStarted { correspondent, until } => self.start_gathering(correspondent, *until),
            Fact::AcknowledgementGathered { correspondent, received } => self.gather(correspondent, received),
            Fact::GatheringEnded { correspondent } => drop(self.gathering.remove(correspondent)),
            Fact::LetterBounced { message_id, .. } => drop(self.bounced.insert(message_id.clone())),
            Fact::LetterThreaded { message_id, aside } => self.letter_threaded(message_id, *aside),
            Fact::SetAside { matters } => self.put_aside(at, matters),
            Fact::AcknowledgementWithheld { correspondent, received } => self.withhold(correspondent, received),
            Fact::RoutineAgain { .. } => self.set_aside = None,
            Fact::CaseClosed { by, reason } => {
                self.status = Status::Closed { at, by: by.clone(), reason: reason.clone() };
                self.gathering.clear();
                self.set_aside = None;
                self.question_open = false;
            }
        }
    }

    /// PROCESS.md: the certificate is returned, the agreement accepted and, for application-restricted access, a form
    /// approved. Never while the access mode is unknown.
    pub fn meets_approval(&self) -> bool {
        let stands = |lane: &LaneName, phase| self.lane(lane).is_some_and(|lane| lane.phase == phase);
        let mut forms = self.lanes.iter().filter(|(name, _)| name.is_form());
        let form_approved = forms.any(|(_, lane)| lane.phase == Phase::FormApproved);
        let form = match self.mode {
            Some(AccessMode::ApplicationRestricted) => form_approved,
            Some(AccessMode::UserRestricted) => true,
            None => false,
        };
        stands(&LaneName::Assurance, Phase::Assured) && stands(&LaneName::Agreement, Phase::Accepted) && form
    }
}

#[cfg(test)]
mod tests;
