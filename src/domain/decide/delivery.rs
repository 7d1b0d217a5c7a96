//! What becomes of our own letters, and troubles of the world: told to staff once, and never by answering a report.

use jiff::Timestamp;

use super::message::{filed, ignored};
use super::notices;
use super::{Deciding, Decision, Refusal};
use crate::domain::calendar::in_words;
use crate::domain::effect::{Answers, StaffAttention};
use crate::domain::event::{Arrival, Outcome, Trouble};
use crate::domain::fact::Fact;
use crate::domain::ids::{MailboxName, Place};
use crate::domain::outbox::{LetterState, OutboxLetter};
use crate::domain::policy::{Policy, Team};
use crate::domain::reading::BounceAction;
use crate::domain::retry;
use crate::domain::step::WorldFact;
use crate::domain::view::View;

/// A delivery report (RFC 3464). A failure of a letter to a partner is filed to its case and told once; of a notice to
/// staff, nobody is told: that notice would fail too (STANDARDS, lesson 19).
pub(super) fn reported(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let failed = arrival.facts.bounce.as_ref().filter(|bounce| bounce.action == BounceAction::Failed);
    let Some(bounce) = failed else {
        return ignored(arrival, None, "delivery report that is no failure: filed");
    };
    let Some(letter) = view.letter.as_ref().map(|letter| &letter.letter) else {
        return ignored(arrival, None, "delivery report about no letter of ours: filed");
    };
    if letter.kind.is_for_staff() {
        return ignored(arrival, letter.case, "a notice to staff came back: recorded only");
    }
    let mut decision = ignored(arrival, letter.case, "a letter to a partner came back");
    let Some(case) = letter.case.and_then(|case| view.cases.get(&case)) else {
        return decision;
    };
    if case.bounced.contains(&letter.message_id) {
        return decision;
    }
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    let status = bounce.status.clone();
    d.say(format!("the {} did not arrive", letter.kind.in_words()));
    d.record(filed(arrival, None));
    d.record(Fact::LetterBounced { message_id: letter.message_id.clone(), status: status.clone() });
    let next = if status.as_deref().is_some_and(|status| status.starts_with("5.")) {
        let to = &letter.to;
        format!(
            "The address takes no mail. Find out who takes over, give !contact add with their address, and then \
             !contact remove {to}."
        )
    } else {
        "Check the address and write to the partner another way.".to_owned()
    };
    let status = status.map_or(String::new(), |status| format!(" The mail server's code was {status}."));
    d.attention(
        "A letter to a partner did not arrive",
        format!("The {} to {} came back as undeliverable.{status}", letter.kind.in_words(), letter.to),
        &next,
    );
    let told = d.finish();
    decision.why = told.why;
    decision.facts = told.facts;
    decision.effects = told.effects;
    decision
}

/// Taken back while the post room had it in hand: no byte of it may leave.
pub(super) fn attempt_started(view: &View) -> Result<Decision, Refusal> {
    match &view.letter {
        Some(OutboxLetter { letter, state: LetterState::Withdrawn { .. }, .. }) => {
            Err(Refusal(format!("Letter {} was withdrawn.", letter.id)))
        }
        Some(_) | None => Ok(Decision::default()),
    }
}

pub(super) fn attempt_ended(policy: &Policy, view: &View, at: Timestamp, outcome: &Outcome) -> Decision {
    let waits = |letter: &&OutboxLetter| !matches!(letter.state, LetterState::Sent { .. });
    let Some(letter) = view.letter.as_ref().filter(waits) else {
        return Decision::default();
    };
    match outcome {
        Outcome::Sent { .. } => Decision::default(),
        Outcome::Retry { reason } => match retry::next_attempt(letter.queued_at, letter.attempts, at) {
            Some(next) => try_again(next, reason),
            None => given_up(policy, view, letter, at, reason),
        },
        Outcome::Unknown { reason } => {
            match retry::after_unknown(letter.queued_at, letter.attempts, at, policy.sent_lookup_secs) {
                Some(next) => try_again(next, reason),
                None => given_up(policy, view, letter, at, reason),
            }
        }
        Outcome::Refused { reason } => given_up(policy, view, letter, at, reason),
    }
}

fn try_again(next: Timestamp, reason: &str) -> Decision {
    let mut decision = Decision::saying(format!("not sent, to be tried again: {reason}"));
    decision.world.push(WorldFact::NextAttempt { not_before: Some(next) });
    decision
}

fn given_up(policy: &Policy, view: &View, letter: &OutboxLetter, at: Timestamp, reason: &str) -> Decision {
    let letter = &letter.letter;
    let mut decision = Decision::saying(format!("refused for good: {reason}"));
    let case = letter.case.and_then(|case| view.cases.get(&case));
    if let Some(case) = case.filter(|_| !letter.kind.is_for_staff()) {
        let mut d = Deciding::about(policy, at, case.clone());
        d.say(format!("the {} was refused: {reason}", letter.kind.in_words()));
        d.record(Fact::LetterRefused { message_id: letter.message_id.clone(), reason: reason.to_owned() });
        d.attention(
            "A letter to a partner was refused",
            format!("The {} to {} was refused by the mail server: {reason}", letter.kind.in_words(), letter.to),
            "Check the address and write to the partner another way. `assured outbox retry` sends the letter again.",
        );
        decision = d.finish();
    }
    decision.world.push(WorldFact::NextAttempt { not_before: None });
    decision
}

pub(super) fn released(view: &View, by: &str) -> Result<Decision, Refusal> {
    let Some(letter) = &view.letter else {
        return Err(Refusal("There is no such letter in the outbox.".to_owned()));
    };
    match &letter.state {
        LetterState::Held | LetterState::Refused { .. } | LetterState::Waiting { .. } => {
            Ok(Decision::saying(format!("letter {} released by {by}", letter.letter.id)))
        }
        LetterState::Sent { .. } => Err(Refusal(format!("Letter {} was sent already.", letter.letter.id))),
        LetterState::Trying { .. } => Err(Refusal(format!("Letter {} is being sent right now.", letter.letter.id))),
        LetterState::Withdrawn { .. } => {
            Err(Refusal(format!("Letter {} was withdrawn, because its command was undone.", letter.letter.id)))
        }
        LetterState::Observed => Err(Refusal(format!(
            "Letter {} was written at level observe, which never sends. Set the level to hold or send for new letters.",
            letter.letter.id
        ))),
    }
}

pub(super) fn quarantined(policy: &Policy, place: &Place, received_at: Timestamp, why: &str) -> Decision {
    let team = policy.mailbox(&place.mailbox).map_or(Team::Sa, |mailbox| mailbox.team);
    let day = in_words(policy.calendar.local_date(received_at));
    let content = StaffAttention {
        headline: "A message could not be taken in".to_owned(),
        what: format!("A message of {day} in the mailbox {} could not be taken in: {why}.", place.mailbox),
        what_to_do: "Read it in the mailbox and answer it there. It lies there unchanged.".to_owned(),
        list: Vec::new(),
        answers: Answers::Note,
        supplier: None,
    };
    let mut decision = notices::attention(policy, team, &place.mailbox, &content);
    decision.why = format!("quarantined: {why}");
    decision
}

pub(super) fn trouble_found(policy: &Policy, view: &View, trouble: &Trouble, detail: &str) -> Decision {
    if view.troubles.contains(trouble) {
        return Decision::default();
    }
    let (headline, what_to_do) = advice(trouble);
    let content = StaffAttention {
        headline: headline.to_owned(),
        what: detail.to_owned(),
        what_to_do: what_to_do.to_owned(),
        list: Vec::new(),
        answers: Answers::Note,
        supplier: None,
    };
    // Its own way out is likely to be closed for the same reason; another may still be open.
    let other = policy.mailboxes.iter().find(|other| Some(&other.name) != trouble.mailbox());
    let mailbox = other.map(|other| &other.name).or(trouble.mailbox()).cloned();
    let mailbox = mailbox.unwrap_or_else(|| MailboxName::new(""));
    let mut decision = notices::attention(policy, Team::Sa, &mailbox, &content);
    decision.world.push(WorldFact::TroubleNoted { trouble: trouble.clone() });
    if policy.alarm && trouble.is_alarming() {
        let text = format!("{headline}\n\n{detail}\n\n{what_to_do}\n");
        decision.world.push(WorldFact::AlarmAsked { trouble: trouble.clone(), text });
    }
    decision
}

/// Of what is over already nobody is told: then nothing is recorded, and the program is not started.
pub(super) fn alarm_raised(view: &View, trouble: &Trouble) -> Decision {
    if !view.troubles.contains(trouble) {
        return Decision::default();
    }
    let (headline, _) = advice(trouble);
    Decision::saying(format!("the alarm program is started: {headline}"))
}

pub(super) fn trouble_ended(view: &View, trouble: &Trouble) -> Decision {
    if !view.troubles.contains(trouble) {
        return Decision::default();
    }
    let (headline, _) = advice(trouble);
    let mut decision = Decision::saying(format!("over: {headline}"));
    decision.world.push(WorldFact::TroubleOver { trouble: trouble.clone() });
    decision
}

fn advice(trouble: &Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::StoreRebuilt => (
            "The store was damaged and has been rebuilt from the journal",
            "Nothing is lost. Ask for the disk to be checked; the damaged store was kept beside the new one.",
        ),
        Trouble::JournalCut => (
            "The last entry of the journal was torn and has been set aside",
            "Nothing that was confirmed is lost. Ask for the machine and its disk to be checked.",
        ),
        Trouble::DiskFull => {
            ("The disk is full: no mail is taken in", "Free some space. Mail waits in the mailbox; nothing is lost.")
        }
        Trouble::MailboxUnreachable { .. } => (
            "A mailbox cannot be reached",
            "Look at the message below; `assured check` tries the connection step by step.",
        ),
        Trouble::LoginRefused { .. } => (
            "A mailbox refuses the login",
            "Renew what the configuration names for it, the password, secret or token, then run `assured check`.",
        ),
        Trouble::MailServerUnreachable { .. } => (
            "Letters cannot be sent",
            "The letters wait in the outbox. `assured check` tries the connection step by step.",
        ),
        Trouble::BreakerTripped => (
            "The breaker tripped: no letters leave",
            "So many letters in an hour mean that something answers them. Look at `assured outbox`, then give !start.",
        ),
        Trouble::HolidayListEnds => (
            "The list of bank holidays ends soon",
            "Put the current bank-holidays.json of GOV.UK in place. Dates past its last year are provisional.",
        ),
        Trouble::AccessEnds { .. } => (
            "The access to a mailbox must be renewed",
            "Without it no mail is read or sent. Ask whoever looks after the tenant for a new secret or token, put it into its \
             file, correct client_secret_expires where it is set, and start the program again. `assured check` shows the end.",
        ),
        Trouble::ClockBehind => (
            "The machine's clock is behind the records",
            "Ask for the machine's clock to be checked. Until it is right, letters carry its time and notices may be late.",
        ),
        Trouble::ClockJumped => (
            "The machine's clock was put forward",
            "Ask for the clock to be checked now. Notices wait for an hour, and are then given by the time that it shows.",
        ),
        Trouble::ScannerDown => (
            "The virus scanner gives no answer",
            "Ask for clamd to be started. Mail that waits for it is taken in by itself then; nothing is lost. `assured check` \
             tries the scanner.",
        ),
        Trouble::MailSilent { .. } => (
            "Nobody outside has written for longer than is usual",
            "Write to the mailbox from an address outside. If that arrives, all is well: set silence_office_hours higher. If \
             not, ask whoever runs the mail server where mail from outside goes.",
        ),
        Trouble::CanaryMissing { .. } => (
            "A test message to ourselves did not come back",
            "Mail does not leave, or does not arrive. Look at `assured outbox`; `assured check` tries both ways step by step.",
        ),
    }
}
