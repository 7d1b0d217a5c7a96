//! What a partner needs to read our letters ("Tell us if you need this in another format"): kept on whoever said so, and
//! told to staff once.

use super::Deciding;
use crate::domain::effect::{Answers, Content, StaffAttention};
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::Address;
use crate::domain::reading::{Format, Need};

impl Deciding<'_> {
    /// Those that were not known.
    pub(super) fn keep_needs<'a>(&mut self, arrival: &'a Arrival, from: &Address) -> Vec<&'a Need> {
        let known = self.case.participants.get(from).map(|participant| participant.needs.clone()).unwrap_or_default();
        let new: Vec<&Need> = arrival.facts.says.needs.iter().filter(|need| !known.contains(&need.format)).collect();
        for need in &new {
            self.say(format!("{from} needs letters in {}", need.format.in_words()));
            self.record(Fact::NeedStated { address: from.clone(), need: (*need).clone() });
        }
        new
    }

    pub(super) fn note_needs(&mut self, arrival: &Arrival, from: &Address) {
        let new = self.keep_needs(arrival, from);
        if new.is_empty() {
            return;
        }
        let formats: Vec<&str> = new.iter().map(|need| need.format.in_words()).collect();
        let words: Vec<String> = new.iter().map(|need| format!("“{}”", need.words)).collect();
        let what = format!("{from} asks for letters in {}. They wrote: {}.", formats.join(", "), words.join(", "));
        // Letters without HTML are all that the program can write itself.
        let what_to_do = if new.iter().all(|need| need.format == Format::PlainText) {
            "Letters of this program leave for them in plain text from now on. Write to them in plain text too."
        } else {
            "See that they get what we send in a form that they can read, and tell them how. It stays with the case."
        };
        let told = self.needs_a_person("A partner needs letters in another format", what, what_to_do);
        let told = StaffAttention { answers: Answers::Note, ..told };
        self.write_staff(self.team(), false, Content::StaffAttention(told));
    }
}
