//! What a template may say of a letter: its content as plain values, with every text on one line and every list cut.
//! The field names are those that templates use; `config/letters/README.md` lists them for staff.

mod commands;
mod difference;
mod digest;
mod files;
pub(super) mod findings;
mod partner;
mod session;
mod staff;

use minijinja::context;
use minijinja::value::{Serde, Value};

use super::words;
use crate::domain::calendar::in_words;
use crate::domain::effect::{Answers, Content, Letter, LookedAfter};
use crate::domain::policy::{Policy, SharedMailbox};

/// People of a partner whose needs a notice names.
const NEEDS_MAX: usize = 10;

/// `spreadsheet` is the name of the list of findings that comes with the letter, if one does.
pub(super) fn values(letter: &Letter, mailbox: &SharedMailbox, policy: &Policy, spreadsheet: Option<String>) -> Value {
    let zone = policy.calendar.zone();
    let content = match &letter.content {
        Content::Acknowledgement(content) => serialized(partner::acknowledgement(content, spreadsheet, zone)),
        Content::PersonWillRead(content) => serialized(partner::person_will_read(content)),
        Content::Unreadable(content) => serialized(partner::unreadable(content)),
        Content::Reminder(content) => serialized(partner::reminder(content)),
        Content::NextStep(content) => serialized(partner::next_step(content, zone)),
        Content::Outcome(content) => serialized(session::outcome(content)),
        Content::Invitation(content) | Content::StaffInvitation(content) => {
            serialized(session::invitation(content, letter.case, &mailbox.address, zone))
        }
        Content::StaffNew(content) => {
            serialized(staff::staff_new(content, spreadsheet, letter.case, &mailbox.address, zone))
        }
        Content::StaffWarning(content) | Content::StaffBreach(content) | Content::StaffEscalation(content) => {
            serialized(staff::staff_clock(content, letter.case, &mailbox.address))
        }
        Content::StaffAttention(content) => {
            let (links, phase) = match content.answers {
                Answers::Note => (staff::AFTER_ATTENTION, None),
                Answers::Silence => (staff::AFTER_SILENCE, None),
                Answers::Decide(phase) => (staff::AFTER_ATTENTION, Some(phase)),
                Answers::HandOver { mode_known, first_round } => {
                    (staff::after_certificate(mode_known, first_round), None)
                }
            };
            serialized(staff::staff_attention(content, phase, links, letter.case, &mailbox.address))
        }
        Content::StaffNotRoutine(content) => {
            serialized(staff::staff_attention(content, None, staff::SET_ASIDE, letter.case, &mailbox.address))
        }
        Content::Digest(content) => serialized(digest::digest(content, zone)),
        Content::CommandReply(content) => serialized(commands::command_reply(content, letter.case, &mailbox.address)),
        Content::Canary => context! {},
    };
    context! {
        reference => letter.case.map(|reference| reference.to_string()),
        team => words::name(&mailbox.team_name),
        name => words::greeting_name(letter.to_name.as_ref()),
        looked_after => letter.context.looked_after.as_ref().map(looked_after),
        needs => letter.context.needs.iter().take(NEEDS_MAX).map(|line| words::name(line)).collect::<Vec<_>>(),
        ..content
    }
}

fn looked_after(by: &LookedAfter) -> Value {
    context! {
        name => words::name(&by.name),
        away_until => by.away_until.map(in_words),
        deputy => words::some_name(by.deputy.as_ref()),
    }
}

fn serialized(content: impl serde::Serialize) -> Value {
    Value::from(Serde(content))
}
