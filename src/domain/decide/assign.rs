//! `!assign`: who of ours looks after the case. Everybody of the team hears of the case as before: nothing may depend
//! on one person.

use super::absence::Giver;
use super::{Deciding, Refusal};
use crate::domain::case::Assignee;
use crate::domain::fact::Fact;
use crate::domain::policy::{Policy, StaffMember};

impl Deciding<'_> {
    pub(super) fn assign(&mut self, giver: Giver<'_>, who: &str) -> Result<(), Refusal> {
        let case = self.case.reference;
        let to = match who.to_lowercase().as_str() {
            "nobody" => None,
            "me" => Some(one(self.policy, giver.listed, giver.name)?),
            _ => Some(one(self.policy, None, who)?),
        };
        let to = to.map(|member| Assignee { address: member.address.clone(), name: member.name.clone() });
        let (is_so, says) = match &to {
            None => (self.case.assignee.is_none(), format!("nobody in particular looks after {case}")),
            Some(to) => {
                let known = self.case.assignee.as_ref().map(|known| &known.address);
                (known == Some(&to.address), format!("{} looks after {case}", to.name))
            }
        };
        if is_so {
            return Err(Refusal(format!("It is so already: {says}.")));
        }
        self.remark = Some(capitalised(&says));
        self.say(format!("{says}, says {}", giver.name));
        self.record(Fact::CaseAssigned { by: giver.name.to_owned(), to });
        Ok(())
    }
}

/// The one person who is meant. Where it may be several, they are named with the addresses that tell them apart.
fn one<'p>(policy: &'p Policy, known: Option<&'p StaffMember>, called: &str) -> Result<&'p StaffMember, Refusal> {
    let names = |staff: &mut dyn Iterator<Item = &StaffMember>| {
        staff.map(|member| format!("{} ({})", member.name, member.address)).collect::<Vec<_>>()
    };
    if let Some(member) = known {
        return Ok(member);
    }
    match policy.staff_called(called).as_slice() {
        [member] => Ok(member),
        [] => {
            let listed = names(&mut policy.staff.iter()).join(", ");
            Err(Refusal(format!("Nobody of the staff is called “{called}”. Listed are {listed}.")))
        }
        several => {
            let meant = names(&mut several.iter().copied()).join(" or ");
            Err(Refusal(format!("“{called}” may be {meant}: give the address.")))
        }
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
