//! Witness testing sessions: booked, moved, cancelled, and over (PROCESS.md, "The one idea"; RFC 5546).

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{Deciding, Refusal};
use crate::domain::calendar::in_words;
use crate::domain::effect::{Content, Invitation, InvitationKind};
use crate::domain::fact::Fact;
use crate::domain::ids::Address;
use crate::domain::lane::{Lane, Phase};
use crate::domain::session::Session;

impl Deciding<'_> {
    pub(super) fn book(
        &mut self,
        by: &str,
        starts: DateTime,
        minutes: u32,
        link: Option<&str>,
        with: &[Address],
    ) -> Result<(), Refusal> {
        let reviewed = [Phase::WitnessPackReview, Phase::SessionBooked, Phase::OutcomeDue, Phase::RemedialAction];
        let phase = self.only_in(&reviewed, "!session", "a witness test pack under review")?;
        let moves = phase == Phase::SessionBooked && self.our_session().is_some();
        let calendar = &self.policy.calendar;
        let day = starts.date();
        let Ok(local) = starts.to_zoned(calendar.zone().clone()) else {
            return Err(Refusal(format!("{starts} is no time in London.")));
        };
        if local.timestamp() <= self.at {
            return Err(Refusal(format!(
                "A session can only be booked for a time to come: {} is past.",
                in_words(day)
            )));
        }
        self.may_be_invited(with)?;
        let session = self.session_at(local.timestamp(), minutes, link, with);
        self.say(format!("a session on {} {} by {by}", in_words(day), if moves { "moved" } else { "booked" }));
        self.answer_clock(self.at, by);
        self.record(Fact::SessionSet { session: session.clone() });
        self.enter(Phase::SessionBooked, self.at);
        self.invite(if moves { InvitationKind::Changed } else { InvitationKind::Booked }, session);
        Ok(())
    }

    /// The partner may choose. Nothing is booked before staff do.
    pub(super) fn offer(&mut self, by: &str, times: &[DateTime], minutes: u32) -> Result<(), Refusal> {
        let reviewed = [Phase::WitnessPackReview, Phase::SessionBooked, Phase::OutcomeDue, Phase::RemedialAction];
        self.only_in(&reviewed, "!session", "a witness test pack under review")?;
        let zone = self.policy.calendar.zone();
        let mut offered = Vec::with_capacity(times.len());
        for time in times {
            let at = time.to_zoned(zone.clone()).map(|local| local.timestamp()).ok().filter(|at| *at > self.at);
            let past = || Refusal(format!("A session can only be offered for times to come: {time} is none."));
            offered.push(at.ok_or_else(past)?);
        }
        let told = times.iter().map(|time| format!("{} {}", in_words(time.date()), time.strftime("%H:%M")));
        let text =
            format!("Times offered for a session of {minutes} minutes: {}.", told.collect::<Vec<_>>().join("; "));
        self.say(format!("{} times for a session offered by {by}", offered.len()));
        self.record(Fact::NoteAdded { by: by.to_owned(), text });
        self.answer_clock(self.at, by);
        self.offer_times(offered);
        Ok(())
    }

    /// Nobody learns of a case by an invitation.
    fn may_be_invited(&self, with: &[Address]) -> Result<(), Refusal> {
        let knows_of_it = |address: &&Address| {
            self.policy.staff_member(address).is_some() || self.case.participants.contains_key(*address)
        };
        match with.iter().find(|address| !knows_of_it(address)) {
            None => Ok(()),
            Some(stranger) => Err(Refusal(format!(
                "{stranger} takes no part in {}, so no invitation goes there: give !contact add {stranger} first.",
                self.case.reference
            ))),
        }
    }

    /// One that staff invited to themselves is not ours to move: calendars know it as theirs (RFC 5546 §2.1.3).
    fn our_session(&self) -> Option<&Session> {
        self.case.session.as_ref().filter(|session| !session.invited_by_staff)
    }

    /// The same session goes on under its UID, with a higher sequence.
    fn session_at(&self, starts: Timestamp, minutes: u32, link: Option<&str>, with: &[Address]) -> Session {
        let before = self.our_session();
        // Whoever was invited once hears of every change, whoever wrote last.
        let invited = before.iter().flat_map(|session| &session.with).chain(with).cloned();
        let mut with: Vec<Address> = self.correspondent().into_iter().collect();
        invited.for_each(|address| {
            if !with.contains(&address) {
                with.push(address)
            }
        });
        let link = link.map(str::to_owned).or_else(|| before?.link.clone());
        let new_uid = || {
            let domain = self.policy.mailbox(&self.mailbox()).map_or("invalid", |mailbox| mailbox.address.domain());
            let (case, opened) = (self.case.reference, self.case.opened_at.as_second());
            format!("{case}-{}-{opened}@{domain}", self.case.sessions.saturating_add(1))
        };
        Session {
            uid: before.map_or_else(new_uid, |session| session.uid.clone()),
            sequence: before.map_or(0, |session| session.sequence.saturating_add(1)),
            starts,
            minutes,
            link,
            with,
            invited_by_staff: false,
        }
    }

    /// Back to the pack, before the session or after one that the partner did not come to.
    pub(super) fn cancel_session(&mut self, by: &str, reason: Option<&str>) -> Result<(), Refusal> {
        let needs = "a witness testing session";
        let phase = self.only_in(&[Phase::SessionBooked, Phase::OutcomeDue], "!cancel", needs)?;
        let why = reason.map_or(String::new(), |reason| format!(": {reason}"));
        let booked = self.case.session.clone().filter(|_| phase == Phase::SessionBooked);
        self.say(match &booked {
            Some(_) => format!("the session is cancelled by {by}{why}"),
            None => format!("the session did not take place, by {by}{why}"),
        });
        if booked.is_some() {
            self.record(Fact::SessionEnded { cancelled: true });
        }
        self.enter(Phase::WitnessPackReview, self.at);
        if let Some(session) = booked {
            let sequence = session.sequence.saturating_add(1);
            self.invite(InvitationKind::Cancelled, Session { sequence, ..session });
        }
        Ok(())
    }

    /// Both sides are reminded on the working day before.
    pub(super) fn announce_session(&mut self) {
        if let Some(session) = self.case.session.clone() {
            self.invite(InvitationKind::Tomorrow, session);
        }
    }

    /// The day is past: what came of it is for staff to record.
    pub(super) fn session_over(&mut self) {
        self.record(Fact::SessionEnded { cancelled: false });
        if self.phase() != Phase::SessionBooked {
            return self.session_over_behind_a_scal();
        }
        self.leave_session(Phase::OutcomeDue);
        self.attention(
            "What came of the witness testing session?",
            "The witness testing session was on the working day before.",
            "Record the outcome: !passed if all tests passed, !remedial with the tests that need remedial action, \
             !scal-update if the SCAL must be updated, or !cancel no-show. If only a part was done, name the tests that \
             passed, such as !passed A005-03, and book the rest with !session.",
        );
    }

    /// What comes after the session; once the SCAL is accepted that came out of turn, where one hides it.
    pub(super) fn leave_session(&mut self, next: Phase) {
        let at = self.at;
        if self.phase() == Phase::SessionBooked {
            return self.enter(next, at);
        }
        let (phase, clock) = (self.phase(), self.clock().cloned());
        let stood = Lane { phase: next, since: at, clock: self.clock_for(next, at), returns_to: None };
        let returns_to = Some(Box::new(stood));
        self.record(Fact::PhaseEntered { lane: self.lane.clone(), phase, clock, returns_to });
    }

    /// The lane goes back to the outcome once the SCAL is accepted that came before the session.
    fn session_over_behind_a_scal(&mut self) {
        self.say("the session is over; its outcome is due once the SCAL is accepted");
        self.leave_session(Phase::OutcomeDue);
        self.attention(
            "What came of the witness testing session?",
            "The witness testing session was on the working day before. A SCAL came out of turn, and comes first.",
            "Review the SCAL: !accept, or !changes. Once it is accepted, record the outcome of the session: !passed, \
             !remedial with the tests that need remedial action, or !cancel no-show.",
        );
    }

    /// It is ahead, perhaps behind a SCAL that came out of turn.
    pub(super) fn is_booked(&self) -> bool {
        let behind = self.returns_to().is_some_and(|stood| stood.phase == Phase::SessionBooked);
        self.phase() == Phase::SessionBooked || behind
    }

    /// What came of a session can be recorded from its beginning on; before, its invitations would be left standing.
    pub(super) fn session_held(&mut self, verb: &str) -> Result<(), Refusal> {
        let Some(session) = self.case.session.clone().filter(|_| self.phase() == Phase::SessionBooked) else {
            return Ok(());
        };
        if session.starts > self.at {
            let (case, day) = (self.case.reference, in_words(self.policy.calendar.local_date(session.starts)));
            return Err(Refusal(format!(
                "{case} has a session on {day}: give {verb} once it has begun, or !cancel the session first."
            )));
        }
        self.record(Fact::SessionEnded { cancelled: false });
        self.enter(Phase::OutcomeDue, self.at);
        Ok(())
    }

    fn invite(&mut self, kind: InvitationKind, session: Session) {
        if session.invited_by_staff && kind != InvitationKind::Tomorrow {
            self.say("no invitation of ours: staff sent their own");
            return;
        }
        if self.manner.silent {
            self.say("no invitation: silent");
            return;
        }
        let is_ours = |address: &Address| self.policy.staff_member(address).is_some();
        let (ours, theirs): (Vec<Address>, Vec<Address>) = session.with.iter().cloned().partition(is_ours);
        // Whoever was taken off the case hears of it no more.
        let takes_part = |address: &Address| self.case.participants.contains_key(address);
        let mut partners: Vec<Address> = theirs.into_iter().filter(takes_part).collect();
        if partners.is_empty() {
            partners.extend(self.correspondent());
        }
        let invitation = Invitation { kind, session, supplier: self.case.supplier.clone(), partners: partners.clone() };
        let aside = self.case.set_aside.is_some();
        for to in partners.into_iter().filter(|_| !aside) {
            let (answers, subject) = (self.case.thread.last().cloned(), self.case.subject.clone());
            self.write_partner(&to, answers.as_ref(), &subject, Content::Invitation(invitation.clone()));
        }
        self.write_staff(self.team(), false, Content::StaffInvitation(invitation.clone()));
        self.write_staff_beside(&ours, &Content::StaffInvitation(invitation));
    }
}
