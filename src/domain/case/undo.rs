//! What a case keeps to take its last command back. The journal is never rewritten: what was undone stays on record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Assignee, Case, FormThread, Gathering, Participant, SetAside, Status, Submission, SubmissionKind, Unread};
use crate::domain::certificate::Issued;
use crate::domain::command::AccessMode;
use crate::domain::difference::Gist;
use crate::domain::fact::{Fact, Merged};
use crate::domain::ids::{Address, CaseRef, MessageId};
use crate::domain::lane::{Lane, LaneName};
use crate::domain::policy::Team;
use crate::domain::reading::Supplier;
use crate::domain::session::Session;

/// The last command on a case, and what a command may change as it stood before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    pub verb: String,
    pub by: String,
    pub at: Timestamp,
    /// Letters about it that lie outside the thread, as those to the sender of a form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<MessageId>,
    before: Before,
}

/// So long a command can be taken back.
pub const UNDO_WITHIN: SignedDuration = SignedDuration::from_mins(15);

impl Undoable {
    pub fn until(&self) -> Timestamp {
        self.at.saturating_add(UNDO_WITHIN).unwrap_or(Timestamp::MAX)
    }

    /// It is put right by another command.
    pub fn is_corrected_otherwise(&self) -> bool {
        matches!(self.verb.as_str(), "!move" | "!split")
    }

    /// Its invitation leaves at once, so that it cannot be taken back.
    pub fn leaves_at_once(&self) -> bool {
        matches!(self.verb.as_str(), "!session" | "!cancel")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    status: Status,
    lanes: BTreeMap<LaneName, Lane>,
    participants: BTreeMap<Address, Participant>,
    former: BTreeSet<Address>,
    correspondent: Option<Address>,
    form_senders: BTreeMap<LaneName, Address>,
    #[serde(default)]
    form_threads: BTreeMap<LaneName, FormThread>,
    gathering: BTreeMap<Address, Gathering>,
    question_open: bool,
    last_human_at: Option<Timestamp>,
    human_at: BTreeMap<Team, Timestamp>,
    session: Option<Session>,
    early_pack: bool,
    certificate_returned: bool,
    scal_accepted: bool,
    scal_update_asked: bool,
    open_tests: BTreeSet<String>,
    mode: Option<AccessMode>,
    approved_at: Option<Timestamp>,
    set_aside: Option<SetAside>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged: Option<Merged>,
    #[serde(default)]
    assignee: Option<Assignee>,
    /// Only of a merge, which brings all that another case holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filed: Option<Box<FiledBefore>>,
    /// What a SCAL that staff opened and a silence change beyond that.
    #[serde(default)]
    further: Option<Further>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Further {
    submissions: usize,
    round: u32,
    issued: Option<Issued>,
    blank_pack_sent: bool,
    ask_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FiledBefore {
    supplier: Supplier,
    submissions: Vec<Submission>,
    gists: BTreeMap<SubmissionKind, Gist>,
    thread: Vec<MessageId>,
    last_partner_at: Option<Timestamp>,
    took_over: Vec<CaseRef>,
    #[serde(default)]
    unread: Option<Unread>,
}

impl Case {
    pub(super) fn command_given(&mut self, at: Timestamp, by: &str, verb: &str) {
        self.in_a_row.clear();
        self.commands = self.commands.saturating_add(1);
        let filed = || FiledBefore {
            supplier: self.supplier.clone(),
            submissions: self.submissions.clone(),
            gists: self.gists.clone(),
            thread: self.thread.clone(),
            last_partner_at: self.last_partner_at,
            took_over: self.took_over.clone(),
            unread: self.unread.clone(),
        };
        let before = Before {
            status: self.status.clone(),
            lanes: self.lanes.clone(),
            participants: self.participants.clone(),
            former: self.former.clone(),
            correspondent: self.correspondent.clone(),
            form_senders: self.form_senders.clone(),
            form_threads: self.form_threads.clone(),
            gathering: self.gathering.clone(),
            question_open: self.question_open,
            last_human_at: self.last_human_at,
            human_at: self.human_at.clone(),
            session: self.session.clone(),
            early_pack: self.early_pack,
            certificate_returned: self.certificate_returned,
            scal_accepted: self.scal_accepted,
            scal_update_asked: self.scal_update_asked,
            open_tests: self.open_tests.clone(),
            mode: self.mode,
            approved_at: self.approved_at,
            set_aside: self.set_aside.clone(),
            merged: self.merged.clone(),
            filed: (verb == "!merge").then(|| Box::new(filed())),
            assignee: self.assignee.clone(),
            further: Some(Further {
                submissions: self.submissions.len(),
                round: self.round,
                issued: self.issued.clone(),
                blank_pack_sent: self.blank_pack_sent,
                ask_at: self.ask_at,
            }),
        };
        self.undo =
            Some(Box::new(Undoable { verb: verb.to_owned(), by: by.to_owned(), at, aside: Vec::new(), before }));
    }

    /// The partner never got the letters that were withdrawn: nothing answers them.
    pub(super) fn command_undone(&mut self, withdrawn: &[MessageId]) {
        self.in_a_row.clear();
        self.thread.retain(|id| !withdrawn.contains(id));
        let Some(undo) = self.undo.take() else { return };
        let before = undo.before;
        self.status = before.status;
        self.lanes = before.lanes;
        self.participants = before.participants;
        self.former = before.former;
        self.correspondent = before.correspondent;
        self.form_senders = before.form_senders;
        self.form_threads = before.form_threads;
        self.gathering = before.gathering;
        self.question_open = before.question_open;
        self.last_human_at = before.last_human_at;
        self.human_at = before.human_at;
        self.session = before.session;
        self.early_pack = before.early_pack;
        self.certificate_returned = before.certificate_returned;
        self.scal_accepted = before.scal_accepted;
        self.scal_update_asked = before.scal_update_asked;
        self.open_tests = before.open_tests;
        self.mode = before.mode;
        self.approved_at = before.approved_at;
        self.set_aside = before.set_aside;
        if let Some(further) = before.further {
            self.submissions.truncate(further.submissions);
            self.round = further.round;
            self.issued = further.issued;
            self.blank_pack_sent = further.blank_pack_sent;
            self.ask_at = further.ask_at;
        }
        self.merged = before.merged;
        if let Some(filed) = before.filed {
            self.supplier = filed.supplier;
            self.submissions = filed.submissions;
            self.gists = filed.gists;
            self.thread = filed.thread;
            self.last_partner_at = filed.last_partner_at;
            self.took_over = filed.took_over;
            self.unread = filed.unread;
        }
        self.assignee = before.assignee;
    }

    /// What comes after a command builds on it: from then on it stands. The facts of the command have its own time.
    pub(super) fn forget_undo(&mut self, at: Timestamp, fact: &Fact) {
        let changes_nothing = matches!(
            fact,
            Fact::CommandGiven { .. }
                | Fact::CommandUndone { .. }
                | Fact::MessageFiled { partner: None, .. }
                | Fact::NoteAdded { .. }
                | Fact::LetterThreaded { .. }
                | Fact::LetterBounced { .. }
                | Fact::LetterRefused { .. }
        );
        if !changes_nothing && self.undo.as_ref().is_some_and(|undo| undo.at < at) {
            self.undo = None;
        }
    }
}
