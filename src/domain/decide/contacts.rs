//! Who takes part on the partner's side, where staff know better than the mail that came.

use super::{Deciding, Refusal};
use crate::domain::fact::Fact;
use crate::domain::ids::Address;

impl Deciding<'_> {
    pub(super) fn add_contact(&mut self, by: &str, address: &Address) -> Result<(), Refusal> {
        let case = self.case.reference;
        if self.policy.is_own(address) || self.policy.staff_member(address).is_some() {
            return Err(Refusal(format!("{address} is one of us, and no contact of a partner.")));
        }
        if self.case.participants.contains_key(address) {
            return Err(Refusal(format!("{address} takes part in {case} already.")));
        }
        self.say(format!("{address} takes part from now on, says {by}"));
        self.record(Fact::ParticipantSeen { address: address.clone(), name: None });
        Ok(())
    }

    /// Somebody must be left to write to.
    pub(super) fn remove_contact(&mut self, by: &str, address: &Address) -> Result<(), Refusal> {
        let case = self.case.reference;
        if !self.case.participants.contains_key(address) {
            let known: Vec<String> = self.case.participants.keys().map(Address::to_string).collect();
            return Err(Refusal(format!("{address} takes no part in {case}, but {} do.", known.join(", "))));
        }
        if self.case.participants.len() == 1 {
            return Err(Refusal(format!(
                "{address} is the only contact of {case}. Give !contact add with another address first."
            )));
        }
        self.say(format!("{address} takes part no more, says {by}"));
        self.record(Fact::ParticipantRemoved { by: by.to_owned(), address: address.clone() });
        if let Some(next) = self.case.correspondent.clone() {
            self.remark = Some(format!("Letters go to {next}."));
        }
        Ok(())
    }
}
