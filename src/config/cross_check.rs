//! Faults that show only when parts of the configuration are compared: one address in two places, nobody to tell.

use std::collections::BTreeMap;

use super::accounts::MailboxSettings;
use super::section::{Found, Section, Source};
use crate::domain::ids::Address;
use crate::domain::policy::{SharedMailbox, StaffMember};

pub(super) fn mailbox_and_staff_exist(source: &Source<'_>, root: &Section<'_>) {
    if !root.has("mailbox") {
        let fix = "Add a table [[mailbox]]; config/assured.toml shows two that can be copied.";
        source.fault_of_file("there is no mailbox", fix);
    }
    if !root.has("staff") {
        let fix = "Add a table [[staff]] for each person who gets notices and may give commands.";
        source.fault_of_file("there are no staff", fix);
    }
}

/// A mailbox name is used once, and an address belongs to one mailbox or one person.
pub(super) fn each_address_once(
    root: &Section<'_>,
    mailboxes: &[Found<(SharedMailbox, MailboxSettings)>],
    staff: &[Found<StaffMember>],
) {
    let mut names = BTreeMap::new();
    let mut owners: BTreeMap<&Address, String> = BTreeMap::new();
    for Found { value: (mailbox, _), at } in mailboxes {
        if names.insert(&mailbox.name, *at).is_some() {
            let what = format!("two mailboxes have the name \"{}\"", mailbox.name);
            root.fault(*at, what, "Give each a name of its own.");
        }
        for address in std::iter::once(&mailbox.address).chain(&mailbox.aliases) {
            let owner = format!("the mailbox \"{}\"", mailbox.name);
            if let Some(other) = owners.insert(address, owner.clone()) {
                let what = format!("{address} belongs to {other} and to {owner}");
                root.fault(*at, what, "An address belongs to one mailbox, once: remove it from one of them.");
            }
        }
    }
    for Found { value: member, at } in staff {
        if let Some(other) = owners.insert(&member.address, format!("{:?} of the staff", member.name)) {
            let what = format!("{} belongs to {other} and to {:?} of the staff", member.address, member.name);
            root.fault(*at, what, "Staff are people with an address of their own, listed once.");
        }
    }
}
