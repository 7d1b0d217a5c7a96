//! The connection agreement as it is seen without a command: in a notice of the portal, or sent by LSOB. A notice that is
//! surely of one case counts as the command would; whatever is not sure, people decide.

use super::absence::Giver;
use super::commanded::filed_unthreaded;
use super::message::{for_staff, seen};
use super::{Deciding, Decision, Refusal, command, undo};
use crate::domain::command::{Command, Manner};
use crate::domain::effect::Effect;
use crate::domain::event::Arrival;
use crate::domain::ids::Address;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::{Policy, Team};
use crate::domain::reading::{AgreementStep, Authenticated, Automatic, Document, MessageFacts};
use crate::domain::route;
use crate::domain::view::View;

/// Mail from an address of `agreement_notices_from`: it opens no case and is never answered.
pub(super) fn noticed(policy: &Policy, view: &View, arrival: &Arrival) -> Option<Decision> {
    let facts = &arrival.facts;
    let from = &facts.from.as_ref()?.address;
    let is_report = matches!(facts.automatic, Some(Automatic::Bounce | Automatic::DeliveryNotice | Automatic::Own));
    if !policy.agreement_notices_from.contains(from) || is_report {
        return None;
    }
    let unsure = |why: &str| Some(for_staff(policy, view, arrival, why));
    if facts.authenticated != Authenticated::Pass {
        return unsure("It is written as a notice of the agreement portal, and does not authenticate as one.");
    }
    let Some(told) = &facts.agreement else {
        return unsure("It is from the agreement portal, and tells of no agreement.");
    };
    let case = match route::of_notice(view, facts, told) {
        Ok(case) => case,
        Err(why) => return unsure(&why),
    };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    d.say(format!("{}: a notice of the agreement portal", d.case.reference));
    d.record(filed_unthreaded(arrival));
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    d.agreement_told(view, facts, from, told.step);
    Some(d.finish())
}

impl Deciding<'_> {
    fn agreement_told(&mut self, view: &View, facts: &MessageFacts, from: &Address, step: Option<AgreementStep>) {
        let stands = self.case.lane(&LaneName::Agreement).map(|lane| lane.phase);
        let done = match (step, stands) {
            (Some(AgreementStep::Issued), Some(Phase::AgreementDue)) => {
                self.as_command(view, from, &Command::Agreement { unchanged: false })
            }
            (Some(AgreementStep::Accepted), Some(Phase::AcceptanceDue)) => {
                self.as_command(view, from, &Command::Accepted)
            }
            (Some(AgreementStep::Issued), Some(Phase::AcceptanceDue | Phase::Accepted))
            | (Some(AgreementStep::Accepted), Some(Phase::Accepted)) => {
                self.say("it tells what is recorded already");
                return;
            }
            (Some(AgreementStep::Accepted), Some(Phase::AgreementDue)) => Err(Refusal(
                "It tells of an acceptance, and no agreement is recorded as sent in this round.".to_owned(),
            )),
            (Some(_), Some(_) | None) => Err(Refusal("The case has no agreement to wait for yet.".to_owned())),
            (None, _) => Err(Refusal("Whether the agreement is out or accepted cannot be told surely.".to_owned())),
        };
        let subject = &facts.subject;
        match done {
            Ok(what) => self.tell_team(
                Team::Lsob,
                &what,
                format!("A notice of the portal with the subject “{subject}” says so, and it is recorded."),
                "If it is wrong, give !undo within 15 minutes: the letter to the partner waits that long.",
            ),
            Err(Refusal(why)) => self.tell_team(
                Team::Lsob,
                "A notice of the agreement portal needs a person",
                format!("The portal sent a notice with the subject “{subject}”. {why} Nothing was recorded."),
                "Read it in the mailbox, and give !agreement if the agreement is out, or !accepted if it is accepted.",
            ),
        }
    }

    /// Its letter waits for `!undo`, for nobody of ours gave it.
    fn as_command(&mut self, view: &View, from: &Address, command: &Command) -> Result<String, Refusal> {
        let mut tried = self.clone();
        let giver = Giver { name: &format!("the portal ({from})"), listed: None };
        command::carry_out(&mut tried, view, giver, command, Manner::default())?;
        *self = tried;
        let not_before = undo::ends(self.at);
        for Effect::Send(letter) in &mut self.decision.effects {
            if let Some(of_command) = &mut letter.of_command {
                of_command.not_before = not_before;
            }
        }
        let accepted = *command == Command::Accepted;
        let what = if accepted { "is accepted" } else { "is out" };
        Ok(format!("The connection agreement {what}, says the portal"))
    }

    /// A person of LSOB sent the agreement itself.
    pub(super) fn agreement_sent(&mut self, arrival: &Arrival, teams: &[Team]) {
        let due = self.case.lane(&LaneName::Agreement).is_some_and(|lane| lane.phase == Phase::AgreementDue);
        if due && teams.contains(&Team::Lsob) && arrival.facts.documents.iter().any(is_agreement) {
            self.say("the connection agreement is out");
            let sent_at = arrival.received_at.min(self.at);
            self.in_lane(&LaneName::Agreement, |d| d.enter(Phase::AcceptanceDue, sent_at));
        }
    }
}

/// By the name of its file. The guidance that comes with it is no agreement.
fn is_agreement(document: &Document) -> bool {
    let name: String = document.name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    name.contains("connectionagreement") && !name.contains("guidance") && !name.contains("draft")
}
