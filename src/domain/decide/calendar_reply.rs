//! Invitations as calendars speak of them (RFC 5546): what an invited person answers, and what staff sent themselves.

use jiff::Timestamp;

use super::message::{filed, seen};
use super::{Deciding, Decision};
use crate::domain::calendar::in_words;
use crate::domain::effect::Content;
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::Address;
use crate::domain::lane::Phase;
use crate::domain::policy::Policy;
use crate::domain::reading::{Authenticated, Automatic, MessageFacts, Method, Participation, Scheduling};
use crate::domain::route;
use crate::domain::session::Session;
use crate::domain::view::View;

/// Longer than any session: such an event is something else, like a day out of the office.
const MINUTES_MAX: i64 = 12 * 60;

/// An answer to the invitation to the session of a case, from somebody invited who is who they say (STANDARDS G4).
/// `None`: whatever else it is, it says nothing of a session.
pub(super) fn answered(policy: &Policy, view: &View, arrival: &Arrival) -> Option<Decision> {
    let facts = &arrival.facts;
    let reply = scheduling(facts, Method::Reply).or_else(|| scheduling(facts, Method::Counter))?;
    if facts.authenticated != Authenticated::Pass || arrival.older {
        return None;
    }
    let from = &facts.from.as_ref()?.address;
    let [attendee] = reply.attendees.as_slice() else { return None };
    let answer = attendee.answer.filter(|_| attendee.address == *from);
    let proposes = reply.method == Method::Counter && attendee.address == *from;
    if answer.is_none() && !proposes {
        return None;
    }
    let case = route::of_session(view, reply)?;
    let session = case.session.as_ref()?;
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    let is_ours = session.with.contains(from) && policy.staff_member(from).is_some()
        || policy.staff_of(d.team(), false).any(|member| member.address == *from);
    if !d.is_booked() || !(is_ours || case.participants.contains_key(from)) {
        return None;
    }
    d.record(filed(arrival, None));
    d.decision.world.push(seen(arrival, Some(case.reference)));
    if reply.sequence < session.sequence {
        d.say("an answer to an earlier time of the session: filed");
        return Some(d.finish());
    }
    let Some(answer) = answer.filter(|_| !proposes) else {
        d.another_time(from, reply, session);
        return Some(d.finish());
    };
    if case.attendance.get(from) == Some(&answer) {
        d.say("the same answer to the invitation as before: filed");
        return Some(d.finish());
    }
    d.record(Fact::SessionAnswered { address: from.clone(), answer });
    d.attendance(from, is_ours, answer, session);
    Some(d.finish())
}

/// What people of ours send from their calendars is no automatic mail.
pub(super) fn is_invitation(facts: &MessageFacts) -> bool {
    scheduling(facts, Method::Request).or_else(|| scheduling(facts, Method::Cancel)).is_some()
}

fn scheduling(facts: &MessageFacts, method: Method) -> Option<&Scheduling> {
    let is_calendar = facts.automatic == Some(Automatic::Calendar);
    facts.scheduling.as_ref().filter(|found| is_calendar && found.method == method)
}

impl Deciding<'_> {
    fn attendance(&mut self, from: &Address, is_ours: bool, answer: Participation, session: &Session) {
        let who = if is_ours { "Staff" } else { "The partner" };
        let day = in_words(self.policy.calendar.local_date(session.starts));
        let (headline, what, what_to_do) = match answer {
            Participation::Accepted => {
                self.say(format!("{from} accepted the session on {day}"));
                return;
            }
            Participation::Declined => (
                format!("{who} declined the session"),
                format!("{from} declined the witness testing session on {day}. It is still booked."),
                "Agree another time and move it with !session DATE TIME, or cancel it with !cancel.",
            ),
            Participation::Tentative => (
                format!("{who} may not come to the session"),
                format!("{from} accepted the witness testing session on {day} tentatively. It is still booked."),
                "Ask them whether the time suits. Move it with !session DATE TIME, or cancel it with !cancel, if not.",
            ),
        };
        self.say(what.trim_end_matches('.').to_owned());
        let content = self.needs_a_person(&headline, what, what_to_do);
        self.write_staff(self.team(), false, Content::StaffAttention(content));
    }

    /// What they propose is for people to decide, with the command to send ready-made.
    fn another_time(&mut self, from: &Address, proposal: &Scheduling, session: &Session) {
        let calendar = &self.policy.calendar;
        let in_london = |at: Timestamp| {
            let local = at.to_zoned(calendar.zone().clone());
            format!("{} {}", in_words(local.date()), local.strftime("%H:%M"))
        };
        let booked = in_words(calendar.local_date(session.starts));
        let (proposed, what_to_do) = match proposal.starts {
            Some(starts) if starts > self.at => {
                let starts = in_london(starts);
                let move_it =
                    format!("Move it with !session {starts} {} minutes, or agree another time.", session.minutes);
                (starts, move_it)
            }
            Some(_) | None => (
                "which nobody could read here".to_owned(),
                "Look at their answer, and move it with !session.".to_owned(),
            ),
        };
        self.say(format!("{from} proposes another time for the session: {proposed}"));
        let what = format!(
            "{from} proposes another time for the witness testing session on {booked}: {proposed}. It is still booked as it was."
        );
        self.attention("Another time is proposed for the session", what, &what_to_do);
    }

    /// Staff took back the invitation that they had sent themselves.
    fn cancelled_by_staff(&mut self, theirs: &Scheduling, by: &str) {
        let is_it = |known: &&Session| known.invited_by_staff && known.uid == theirs.uid;
        if !self.is_booked() || self.case.session.as_ref().filter(is_it).is_none() {
            return;
        }
        self.say(format!("{by} cancelled the session that staff had invited to"));
        self.record(Fact::SessionEnded { cancelled: true });
        self.leave_session(Phase::WitnessPackReview);
        self.attention(
            "A session is taken as cancelled",
            format!("{by} took back an invitation to the witness testing session."),
            "If only one person was taken off it and the session still stands, book it with !session.",
        );
    }

    /// A session to which a person of ours invited somebody of the case. None of our invitations follows.
    pub(super) fn invited_by_staff(&mut self, facts: &MessageFacts, by: &str) {
        if let Some(theirs) = scheduling(facts, Method::Cancel) {
            return self.cancelled_by_staff(theirs, by);
        }
        let Some(theirs) = scheduling(facts, Method::Request) else { return };
        let invites = |address: &Address| self.case.participants.contains_key(address);
        if !theirs.attendees.iter().any(|attendee| invites(&attendee.address)) {
            return;
        }
        let known = self.case.session.as_ref();
        let moves = known.is_some_and(|known| known.uid == theirs.uid && known.sequence <= theirs.sequence);
        let theirs_before = moves && known.is_some_and(|known| known.invited_by_staff);
        let may = self.phase() == Phase::WitnessPackReview || (self.phase() == Phase::SessionBooked && theirs_before);
        let Some(session) = session_of(theirs).filter(|session| may && session.starts > self.at) else {
            self.say("an invitation of staff that books no session: filed");
            return;
        };
        let day = in_words(self.policy.calendar.local_date(session.starts));
        self.say(format!("{by} invited the partner to a session on {day}: none of our invitations follows"));
        self.record(Fact::SessionSet { session });
        self.enter(Phase::SessionBooked, self.at);
    }
}

fn session_of(theirs: &Scheduling) -> Option<Session> {
    let (starts, ends) = (theirs.starts?, theirs.ends?);
    let minutes = ends.duration_since(starts).as_mins();
    Some(Session {
        uid: theirs.uid.clone(),
        sequence: theirs.sequence,
        starts,
        minutes: u32::try_from(minutes).ok().filter(|_| (1..=MINUTES_MAX).contains(&minutes))?,
        link: theirs.link.clone(),
        with: Vec::new(),
        invited_by_staff: true,
    })
}
