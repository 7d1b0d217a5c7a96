//! The letters of a decision in a few words, as the stories show them.

use super::world::{PARTNER, short};
use crate::domain::decide::Decision;
use crate::domain::effect::{Content, Effect, LetterKind};

/// The letters of a decision; those of one kind to several people as one.
pub(super) fn letters(decision: &Decision) -> Vec<String> {
    let mut told: Vec<(LetterKind, String, Vec<&str>)> = Vec::new();
    for Effect::Send(letter) in &decision.effects {
        let to = match letter.to.as_str() {
            PARTNER | "asha@staff.example" => "",
            other => other.split('@').next().unwrap_or_default(),
        };
        let kind = letter.content.kind();
        match told.last_mut().filter(|(last, ..)| *last == kind && kind.is_for_staff()) {
            Some((.., people)) => people.push(to),
            None => told.push((kind, detail(&letter.content), vec![to])),
        }
    }
    let name = |(kind, detail, people): (LetterKind, String, Vec<&str>)| {
        let people: Vec<&str> = people.into_iter().filter(|to| !to.is_empty()).collect();
        let to = if people.is_empty() { String::new() } else { format!(" to {}", people.join("+")) };
        format!("{}{detail}{to}", kind.name())
    };
    told.into_iter().map(name).collect()
}

fn detail(content: &Content) -> String {
    match content {
        Content::Acknowledgement(ack) => {
            let next = serde_json::to_string(&ack.what_next).expect("a word").replace('"', "");
            let by = ack.respond_by.as_ref().map_or(String::new(), |due| format!(" by {}", short(due.due)));
            let joined = if ack.joined_running_clock { ", joined" } else { "" };
            let together =
                if ack.received.len() > 1 { format!(", {} together", ack.received.len()) } else { String::new() };
            format!("({next}{by}{joined}{together})")
        }
        Content::NextStep(next) => {
            let by = next.respond_by.as_ref().map_or(String::new(), |due| format!(" by {}", short(due.due)));
            format!("({:?}{by})", next.what)
        }
        Content::StaffWarning(clock) | Content::StaffBreach(clock) | Content::StaffEscalation(clock) => {
            format!("({})", clock.working_days)
        }
        Content::Reminder(reminder) => {
            let also = reminder.also.iter().map(|other| format!("and {}", other.case));
            let told: Vec<String> = reminder.again.then(|| "again".to_owned()).into_iter().chain(also).collect();
            if told.is_empty() { String::new() } else { format!("({})", told.join(", ")) }
        }
        Content::CommandReply(reply) => {
            let done = reply.done.iter().map(|done| done.text.clone());
            let refused = reply.refused.iter().map(|refused| format!("not {}", refused.text));
            let untried = reply.untried.iter().map(|text| format!("untried {text}"));
            format!("({})", done.chain(refused).chain(untried).collect::<Vec<_>>().join(", "))
        }
        Content::Outcome(outcome) => format!("({})", outcome.phase.name()),
        Content::PersonWillRead(_) => "(a person reads)".to_owned(),
        Content::StaffNotRoutine(_) => "(not routine)".to_owned(),
        Content::Unreadable(_)
        | Content::StaffNew(_)
        | Content::StaffAttention(_)
        | Content::Digest(_)
        | Content::Canary
        | Content::Invitation(_)
        | Content::StaffInvitation(_) => String::new(),
    }
}
