//! What single facts change in a case. Called by `Case::apply` alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Case, FormThread, Gathering, Participant, SetAside, Submission, SubmissionKind, Unread};
use crate::domain::certificate::Issued;
use crate::domain::clocks::{Clock, Notice, Rule};
use crate::domain::difference::Gist;
use crate::domain::fact::{FiledMessage, Received};
use crate::domain::ids::{Address, BlobDigest, MessageId};
use crate::domain::lane::{Lane, LaneName, Phase};
use crate::domain::policy::Team;
use crate::domain::reading::{Format, Matter, Supplier};
use crate::domain::session::Session;
use crate::domain::witness_tests::id_key;

/// The newest message ids that a case keeps for threading; older ones stay in the index.
const THREAD_IDS_MAX: usize = 20;

impl Case {
    pub(super) fn enter(&mut self, lane: &LaneName, entered: Lane) {
        self.early_pack &= entered.phase != Phase::WitnessPackReview;
        self.lanes.insert(lane.clone(), entered);
    }

    pub(super) fn set_clock(&mut self, lane: &LaneName, clock: Option<&Clock>) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.clock = clock.cloned();
        }
    }

    pub(super) fn add_participant(&mut self, at: Timestamp, address: &Address, name: Option<&String>) {
        self.former.remove(address);
        let seen = Participant { name: name.cloned(), since: at, needs: BTreeSet::new() };
        let known = self.participants.entry(address.clone()).or_insert(seen);
        known.name = known.name.take().or_else(|| name.cloned());
    }

    pub(super) fn add_need(&mut self, address: &Address, format: &Format) {
        if let Some(participant) = self.participants.get_mut(address) {
            participant.needs.insert(format.clone());
        }
    }

    /// What went to them goes to whoever joined last.
    pub(super) fn remove_participant(&mut self, address: &Address) {
        self.participants.remove(address);
        self.former.insert(address.clone());
        self.gathering.remove(address);
        self.form_senders.retain(|_, sender| sender != address);
        self.form_threads.retain(|lane, _| self.form_senders.contains_key(lane));
        self.write_no_more_to(address);
    }

    fn write_no_more_to(&mut self, address: &Address) {
        if self.correspondent.as_ref() == Some(address) {
            let last = self.participants.iter().max_by_key(|(_, participant)| participant.since);
            self.correspondent = last.map(|(address, _)| address.clone());
        }
    }

    pub(super) fn book(&mut self, session: &Session) {
        let is_new = self.session.as_ref().is_none_or(|known| known.uid != session.uid);
        self.sessions = self.sessions.saturating_add(u32::from(is_new));
        self.session = Some(session.clone());
        self.attendance.clear();
    }

    pub(super) fn end_session(&mut self) {
        self.session = None;
        self.attendance.clear();
    }

    pub(super) fn judge(&mut self, passed: &[String], remedial: &[String], all: bool) {
        let is_one_of = |tests: &[String], test: &String| tests.iter().any(|other| id_key(other) == id_key(test));
        self.open_tests.retain(|open| !all && !is_one_of(passed, open) && !is_one_of(remedial, open));
        self.open_tests.extend(remedial.iter().cloned());
    }

    pub(super) fn human_wrote(&mut self, sent_at: Timestamp, blank_pack: bool, teams: &[Team]) {
        let teams = if teams.is_empty() { [Team::Sa, Team::Lsob].as_slice() } else { teams };
        for team in teams {
            let last = self.human_at.entry(*team).or_insert(sent_at);
            *last = sent_at.max(*last);
        }
        self.question_open &= self.asked_at.is_some_and(|asked| asked > sent_at);
        self.last_human_at = self.last_human_at.max(Some(sent_at));
        self.blank_pack_sent |= blank_pack;
        self.in_a_row.clear();
    }

    pub(super) fn certify(&mut self, issued: &Issued) {
        self.issued = Some(issued.clone());
        self.certificate_returned = false;
    }

    pub(super) fn start_gathering(&mut self, correspondent: &Address, until: Timestamp) {
        self.gathering.insert(correspondent.clone(), Gathering { until, waiting: Vec::new() });
    }

    pub(super) fn gather(&mut self, correspondent: &Address, received: &Received) {
        if let Some(gathering) = self.gathering.get_mut(correspondent) {
            gathering.waiting.push(received.clone());
        }
    }

    pub(super) fn put_aside(&mut self, at: Timestamp, matters: &[Matter]) {
        let aside = SetAside { since: at, matters: BTreeSet::new(), unanswered: BTreeMap::new() };
        self.set_aside.get_or_insert(aside).matters.extend(matters);
    }

    pub(super) fn withhold(&mut self, correspondent: &Address, received: &Received) {
        if let Some(aside) = &mut self.set_aside {
            aside.unanswered.entry(correspondent.clone()).or_default().push(received.clone());
        }
    }

    /// What belonged to the round before; the agreement and the forms stay.
    pub(super) fn open_round(&mut self) {
        self.round = self.round.saturating_add(1);
        self.early_pack = false;
        self.blank_pack_sent = false;
        self.issued = None;
        self.certificate_returned = false;
        self.open_tests.clear();
        self.scal_update_asked = false;
        self.approved_at = None;
    }

    pub(super) fn message_filed(
        &mut self,
        message_id: Option<&MessageId>,
        received_at: Timestamp,
        partner: Option<&Address>,
        unread: bool,
    ) {
        self.thread_on(message_id);
        let Some(partner) = partner else { return };
        self.partner_wrote(partner, received_at);
        if unread {
            self.could_not_read(partner, received_at, message_id);
        }
    }

    /// The sender of a form: only the row of messages counts.
    pub(super) fn letter_threaded(&mut self, message_id: &MessageId, aside: bool) {
        if !aside {
            self.thread_on(Some(message_id));
        } else if let Some(undo) = &mut self.undo {
            undo.aside.push(message_id.clone());
        }
    }

    pub(super) fn wrote_aside(&mut self, sender: Option<&Address>) {
        match sender {
            Some(sender) => self.one_more_in_a_row(sender),
            // Somebody of ours wrote to them.
            None => self.in_a_row.clear(),
        }
    }

    fn one_more_in_a_row(&mut self, sender: &Address) {
        let in_a_row = self.in_a_row.entry(sender.clone()).or_default();
        *in_a_row = in_a_row.saturating_add(1);
    }

    pub(super) fn form_from(&mut self, lane: &LaneName, sender: &Address, thread: Option<&FormThread>) {
        self.form_senders.insert(lane.clone(), sender.clone());
        if let Some(thread) = thread {
            self.form_threads.insert(lane.clone(), thread.clone());
        }
    }

    fn partner_wrote(&mut self, partner: &Address, received_at: Timestamp) {
        self.one_more_in_a_row(partner);
        if self.last_partner_at.is_none_or(|last| last <= received_at) {
            self.correspondent = Some(partner.clone());
            self.last_partner_at = Some(received_at);
        }
    }

    fn could_not_read(&mut self, from: &Address, received_at: Timestamp, message_id: Option<&MessageId>) {
        if self.unread.as_ref().is_none_or(|last| last.received_at <= received_at) {
            self.unread = Some(Unread { received_at, from: from.clone(), message_id: message_id.cloned() });
        }
    }

    pub(super) fn submit(&mut self, submission: &Submission) {
        let in_turn = self.lane(&LaneName::Assurance).is_some_and(|lane| lane.phase.takes_pack());
        self.early_pack |= submission.kind == SubmissionKind::WitnessPack && !in_turn;
        let mut submission = submission.clone();
        if let Some(gist) = submission.gist.take() {
            self.compare_next_with(submission.kind, *gist);
        }
        self.scal_accepted &= submission.kind != SubmissionKind::Scal;
        // What staff opened was taken for a question until then.
        self.question_open &= !(submission.is_opened_by_staff() && self.asked_at == Some(submission.received_at));
        self.given_up.remove(&submission.sha256);
        self.submissions.push(submission);
        self.in_a_row.clear();
    }

    /// Files that belong elsewhere, and perhaps the message that brought them.
    pub(super) fn give_up(&mut self, message: Option<&FiledMessage>, files: &[BlobDigest], leaves: Option<&Address>) {
        let id = message.and_then(|message| message.message_id.as_ref());
        let is_gone = |known: Option<&MessageId>| id.is_some() && known == id;
        self.thread.retain(|known| !is_gone(Some(known)));
        self.unread = self.unread.take().filter(|unread| !is_gone(unread.message_id.as_ref()));
        for gathering in self.gathering.values_mut() {
            gathering.waiting.retain(|received| !is_gone(received.message_id.as_ref()));
        }
        if let Some(sender) = leaves {
            self.participants.remove(sender);
            self.write_no_more_to(sender);
        }
        let is_gone = |submission: &Submission| files.contains(&submission.sha256);
        for gone in self.submissions.iter().filter(|submission| is_gone(submission)) {
            let is_it = |gist: &Gist| gist.received_at == gone.received_at;
            if self.gists.get(&gone.kind).is_some_and(is_it) {
                self.gists.remove(&gone.kind);
            }
            // What it held of the certificate went with it.
            self.certificate_returned &= gone.kind != SubmissionKind::Scal;
        }
        self.submissions.retain(|submission| !is_gone(submission));
        self.given_up.extend(files.iter().cloned());
        self.early_pack &= self.submissions.iter().any(|left| left.kind == SubmissionKind::WitnessPack);
    }

    /// What is seen late replaces nothing that came after it.
    fn compare_next_with(&mut self, kind: SubmissionKind, gist: Gist) {
        match self.gists.get_mut(&kind) {
            Some(latest) if latest.received_at > gist.received_at => {}
            Some(latest) => latest.follow(gist),
            None => drop(self.gists.insert(kind, gist)),
        }
    }

    pub(super) fn thread_on(&mut self, message_id: Option<&MessageId>) {
        let Some(id) = message_id.filter(|id| !self.thread.contains(id)) else {
            return;
        };
        self.thread.push(id.clone());
        if self.thread.len() > THREAD_IDS_MAX {
            // The first message stays: mail programs thread on it.
            self.thread.remove(1);
        }
    }

    pub(super) fn name_partner(&mut self, new: &Supplier) {
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

    pub(super) fn notice_given(&mut self, at: Timestamp, lane: &LaneName, rule: Rule, next: Option<&Notice>) {
        if rule.is_reminder() {
            self.reminded_at = Some(at);
        }
        self.set_next(lane, rule, next);
    }

    pub(super) fn set_next(&mut self, lane: &LaneName, rule: Rule, next: Option<&Notice>) {
        if let Some(clock) = self.lanes.get_mut(lane).and_then(|lane| lane.clock_of(rule)) {
            Clock::set_next(clock, next.cloned());
        }
    }
}
