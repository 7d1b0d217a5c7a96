//! What the teams decided: days, hours, staff, levels, caps. Built from the configuration; holds no rules itself.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendar;
use super::effect::LetterKind;
use super::ids::{Address, MailboxName};

#[derive(Clone, Debug)]
pub struct Policy {
    pub calendar: Calendar,
    pub days: Days,
    pub mailboxes: Vec<SharedMailbox>,
    pub staff: Vec<StaffMember>,
    /// Domains where two people need not belong together: never used to say that a sender takes part.
    pub shared_domains: BTreeSet<String>,
    pub staff_alerts: Level,
    pub caps: Caps,
    /// When not empty, letters leave only to these addresses or domains: for a cautious first week.
    pub allow_list: BTreeSet<String>,
    /// Further messages from one sender on one case within this time are answered together at its end.
    pub together_minutes: u32,
    /// Where the blank witness test pack can be fetched; when set, nobody has to send it.
    pub witness_pack_link: Option<String>,
    /// How files too large for email reach the team.
    pub secure_transfer: Option<String>,
    /// Where a partner turns if patients may be at risk, in a few words.
    pub safety_contact: Option<String>,
    /// Addresses outside the team that hear at once of what concerns safety or security.
    pub urgent_contacts: Vec<Address>,
    /// The portal in which partners accept the connection agreement sends its notices from here.
    pub agreement_notices_from: Vec<Address>,
    /// Mail first seen this many days after it arrived is filed but not acknowledged.
    pub answer_within_days: u32,
    /// Wait this long before sending again a letter whose outcome is unknown.
    pub sent_lookup_secs: u32,
    /// Staff get a digest when the office opens.
    pub digest: bool,
    /// `None`: no messages to ourselves.
    pub canary: Option<CanaryPlan>,
    /// A program tells people of trouble by another way than mail.
    pub alarm: bool,
}

/// Waiting times in working days. `None` promises no date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    pub scal_response: u32,
    pub witness_pack_response: Option<u32>,
    pub enquiry_response: Option<u32>,
    pub witness_pack_to_send: Option<u32>,
    /// From a session to its recorded outcome.
    pub session_outcome: Option<u32>,
    /// Until the certificate is issued.
    pub certificate: Option<u32>,
    /// Until the connection agreement is sent.
    pub agreement: Option<u32>,
    pub form_response: Option<u32>,
    /// From the human answer to the recorded outcome.
    pub outcome: Option<u32>,
    /// Working days before the due date on which staff are warned by letter.
    pub warn_before: u32,
    pub reminder: Option<Reminders>,
    /// Calendar months after which staff are asked what becomes of a silent partner's case; 0 asks never.
    pub silent_months: u32,
}

/// Working days a partner may be silent before each step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reminders {
    pub first: u32,
    pub second: u32,
    pub tell_staff: u32,
}

/// One of the mailboxes that the teams share, such as `sa`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedMailbox {
    pub name: MailboxName,
    pub address: Address,
    /// Further addresses that deliver to it.
    pub aliases: Vec<Address>,
    /// As it signs letters: `e-RS Solution Assurance team`.
    pub team_name: String,
    pub team: Team,
    /// Level of letters to partners, by kind where set.
    pub level: Level,
    pub levels: BTreeMap<LetterKind, Level>,
    /// Staff are told when nobody outside has written for so long. `None`: silence is not watched.
    pub silence_office_hours: Option<u32>,
}

/// A message to ourselves for each mailbox, in office hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryPlan {
    pub every_minutes: u32,
    /// Staff are told when it has not come back by then.
    pub late_minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Team {
    /// Solution Assurance.
    Sa,
    /// Live Services Onboarding.
    Lsob,
}

/// How far a letter may go (PROCESS.md, "Levels").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Decide and record only.
    Observe,
    /// Staff release each letter.
    Hold,
    Send,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    pub name: String,
    pub address: Address,
    pub roles: BTreeSet<Role>,
    /// Another of the staff, who hears what they would hear while they are away.
    pub deputy: Option<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Sa,
    Lsob,
    Lead,
}

/// Limits on what leaves (DESIGN.md, "Letters out").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    pub correspondent_hour_max: u32,
    pub correspondent_day_max: u32,
    pub minute_max: u32,
    /// Messages in a row from one person on one case that are answered and announced: beyond, it may be a machine.
    pub in_a_row_max: u32,
    /// At this many letters in an hour the breaker trips and a person must start the mail again.
    pub breaker_hour_max: u32,
}

impl Policy {
    pub fn mailbox(&self, name: &MailboxName) -> Option<&SharedMailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.name == *name)
    }

    /// The mailbox that an address of ours delivers to.
    pub fn mailbox_at(&self, address: &Address) -> Option<&SharedMailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.address == *address || mailbox.aliases.contains(address))
    }

    /// The mailbox of a team, or the first one where a team has none of its own.
    pub fn mailbox_of(&self, team: Team) -> Option<&SharedMailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.team == team).or_else(|| self.mailboxes.first())
    }

    pub fn is_own(&self, address: &Address) -> bool {
        self.mailbox_at(address).is_some()
    }

    /// The allow-list lets letters to this address leave; an empty one lets all.
    pub fn allows(&self, to: &Address) -> bool {
        self.allow_list.is_empty() || self.allow_list.contains(to.as_str()) || self.allow_list.contains(to.domain())
    }

    pub fn staff_member(&self, address: &Address) -> Option<&StaffMember> {
        self.staff.iter().find(|member| member.address == *address)
    }

    /// Whoever is listed under an address or a name. A whole name is nobody's first name.
    pub fn staff_called(&self, text: &str) -> Vec<&StaffMember> {
        let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        let called = words(text);
        let is_address = |member: &&StaffMember| member.address.as_str().eq_ignore_ascii_case(text.trim());
        let is_name = |member: &&StaffMember| words(&member.name) == called;
        let whole: Vec<_> = self.staff.iter().filter(|member| is_address(member) || is_name(member)).collect();
        if !whole.is_empty() || called.is_empty() {
            return whole;
        }
        let has_words = |member: &&StaffMember| called.iter().all(|word| words(&member.name).contains(word));
        self.staff.iter().filter(has_words).collect()
    }

    pub fn deputy_of(&self, member: &StaffMember) -> Option<&StaffMember> {
        self.staff_member(member.deputy.as_ref()?)
    }

    /// Those who get the notices of a team; its leads only where `leads` is asked for.
    pub fn staff_of(&self, team: Team, leads: bool) -> impl Iterator<Item = &StaffMember> {
        let role = match team {
            Team::Sa => Role::Sa,
            Team::Lsob => Role::Lsob,
        };
        self.staff.iter().filter(move |m| m.roles.contains(&role) || (leads && m.roles.contains(&Role::Lead)))
    }

    /// The level of a letter of this kind from this mailbox.
    pub fn level(&self, kind: LetterKind, mailbox: &MailboxName) -> Level {
        // Whoever asks for one wants it to leave, also while partners and staff get nothing: only we receive it.
        if kind == LetterKind::Canary {
            return Level::Send;
        }
        if kind.is_for_staff() {
            return self.staff_alerts;
        }
        let Some(mailbox) = self.mailbox(mailbox) else {
            return Level::Observe;
        };
        mailbox.levels.get(&kind).copied().unwrap_or(mailbox.level)
    }
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            correspondent_hour_max: 5,
            correspondent_day_max: 20,
            minute_max: 30,
            in_a_row_max: 10,
            breaker_hour_max: 200,
        }
    }
}

impl Default for Days {
    fn default() -> Self {
        Self {
            scal_response: 5,
            witness_pack_response: None,
            enquiry_response: None,
            witness_pack_to_send: None,
            session_outcome: None,
            certificate: None,
            agreement: None,
            form_response: None,
            outcome: None,
            warn_before: 1,
            reminder: None,
            silent_months: 3,
        }
    }
}
