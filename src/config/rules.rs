//! What the teams decided: days, hours, staff, caps, trust. Builds the [`Policy`]; judges values, not cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::ReaderSettings;
use super::accounts::LEVELS;
use super::section::{Found, Section, is_domain};
use crate::domain::calendar::{Calendar, Holidays};
use crate::domain::ids::Address;
use crate::domain::policy::{Caps, Days, Level, Policy, Reminders, Role, SharedMailbox, StaffMember};
use crate::intake::TrustRule;

const BUILT_IN_HOLIDAYS: &str = include_str!("../../config/bank-holidays.json");
const DAYS_MAX: u32 = 260;
const SILENT_MONTHS_MAX: u32 = 60;

/// Providers that anyone can have an address with, and NHSmail.
const SHARED_DOMAINS: [&str; 22] = [
    "nhs.net",
    "aol.com",
    "btinternet.com",
    "gmail.com",
    "gmx.co.uk",
    "gmx.com",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "icloud.com",
    "live.co.uk",
    "live.com",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "sky.com",
    "yahoo.co.uk",
    "yahoo.com",
];

pub(super) fn policy(
    root: &Section<'_>,
    base: &Path,
    mailboxes: Vec<SharedMailbox>,
    staff: Vec<StaffMember>,
) -> Option<Policy> {
    let calendar = calendar(root, base);
    let text = |key| root.text(key).map(|found| found.value);
    let outside = |key, fix| outside(root, key, fix, &mailboxes, &staff);
    let urgent_contacts = outside(
        "urgent_contacts",
        "Name an address that is read when the team is not at work, such as a duty officer's.",
    );
    let agreement_notices_from =
        outside("agreement_notices_from", "Name the address from which the portal sends its notices.");
    let policy = Policy {
        days: days(&root.section("days")),
        mailboxes,
        staff,
        shared_domains: shared_domains(root),
        staff_alerts: root.choice("staff_alerts", &LEVELS).unwrap_or(Level::Send),
        caps: caps(&root.section("caps")),
        allow_list: allow_list(root),
        together_minutes: root.number("together_minutes", 0..=240).unwrap_or(20),
        witness_pack_link: link(root),
        secure_transfer: text("secure_transfer"),
        safety_contact: text("safety_contact"),
        urgent_contacts,
        agreement_notices_from,
        answer_within_days: root.number("answer_within_days", 1..=365).unwrap_or(3),
        sent_lookup_secs: root.number("sent_lookup_secs", 0..=3_600).unwrap_or(120),
        digest: root.yes_or_no("digest").unwrap_or(true),
        canary: None,
        alarm: false,
        calendar: calendar?,
    };
    Some(policy)
}

pub(super) fn staff(root: &Section<'_>) -> Vec<Found<StaffMember>> {
    let read: Vec<_> = root.sections("staff").into_iter().filter_map(staff_member).collect();
    for (Found { value: member, .. }, deputy) in &read {
        let is_listed = |deputy: &Address| read.iter().any(|(other, _)| other.value.address == *deputy);
        let Some(Found { value: deputy, at }) = deputy else { continue };
        let (what, fix) = match (*deputy == member.address, is_listed(deputy)) {
            (true, _) => ("that same person", "Name a colleague, who hears what they would while they are away."),
            (false, false) => ("not listed as staff", "List the deputy in a table [[staff]] too."),
            (false, true) => continue,
        };
        root.fault(*at, format!("the deputy of {:?}, {deputy}, is {what}", member.name), fix);
    }
    read.into_iter().map(|(member, _)| member).collect()
}

pub(super) fn answer_from(root: &Section<'_>, policy: &Option<Policy>) -> Option<Timestamp> {
    let found = root.moment("answer_from")?;
    let zone = policy.as_ref()?.calendar.zone();
    let date = found.value.parse::<Date>().ok().filter(|_| found.value.len() == "2026-12-01".len());
    let start = date.and_then(|date| date.to_zoned(zone.clone()).ok()).map(|start| start.timestamp());
    let at = start.or_else(|| found.value.parse().ok());
    if at.is_none() {
        let fix = "Write a date such as \"2026-12-01\", or an instant such as \"2026-12-01T09:00:00Z\".";
        root.fault(found.at, format!("\"answer_from\" is {:?}", found.value), fix);
    }
    at
}

pub(super) fn trust(root: &Section<'_>) -> Vec<TrustRule> {
    root.sections("trust").into_iter().filter_map(|section| trust_rule(&section)).collect()
}

pub(super) fn reader(root: &Section<'_>) -> ReaderSettings {
    let section = root.section("reader");
    let number = |key, usual, range| section.number(key, range).unwrap_or(usual);
    let reader = ReaderSettings {
        processes: number("processes", 2, 1..=64),
        wall_secs: number("wall_secs", 60, 1..=3_600),
        cpu_secs: number("cpu_secs", 20, 1..=3_600),
        memory_mib: number("memory_mib", 768, 256..=65_536),
        message_mib_max: number("message_mib_max", 60, 1..=60),
        attachment_mib_max: number("attachment_mib_max", 35, 1..=60),
    };
    section.finish();
    reader
}

fn calendar(root: &Section<'_>, base: &Path) -> Option<Calendar> {
    let holidays = holidays(root, base);
    let hours = root.section("hours");
    let (opens, closes) = (clock_time(&hours, "opens"), clock_time(&hours, "closes"));
    let cut_off = clock_time(&hours, "cut_off").map(|found| found.value);
    let start = opens.as_ref().map_or(Time::constant(8, 30, 0, 0), |found| found.value);
    let end = closes.as_ref().map_or(Time::constant(17, 30, 0, 0), |found| found.value);
    if start >= end {
        let at = closes.or(opens).map_or(hours.at(), |found| found.at);
        hours.fault(at, "the office closes before it opens", "Make \"opens\" earlier than \"closes\".");
    }
    hours.finish();
    Some(Calendar::new(holidays?).with_office_hours(start, end).with_cut_off(cut_off))
}

fn holidays(root: &Section<'_>, base: &Path) -> Option<Holidays> {
    let found = root.text("holidays");
    let read = match &found {
        Some(found) => {
            let path = base.join(&found.value);
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        }
        None => Ok(BUILT_IN_HOLIDAYS.to_owned()),
    };
    let holidays = read.and_then(|text| Holidays::from_json(&text).map_err(|error| error.to_string()));
    if let Err(why) = &holidays {
        let fix = "Save https://www.gov.uk/bank-holidays.json there, or remove the line to use the built-in list.";
        root.fault(found.map_or(0, |found| found.at), format!("\"holidays\" cannot be used: {why}"), fix);
    }
    holidays.ok()
}

fn clock_time(section: &Section<'_>, key: &'static str) -> Option<Found<Time>> {
    let found = section.moment(key)?;
    let time = Time::strptime("%H:%M", &found.value).or_else(|_| Time::strptime("%H:%M:%S", &found.value));
    match time {
        Ok(value) => Some(Found { value, at: found.at }),
        Err(_) => {
            section.fault(found.at, format!("\"{key}\" is {:?}", found.value), "Write a time such as \"08:30\".");
            None
        }
    }
}

fn days(section: &Section<'_>) -> Days {
    let usual = Days::default();
    let optional = |key| section.number(key, 1..=DAYS_MAX);
    let days = Days {
        scal_response: optional("scal_response").unwrap_or(usual.scal_response),
        witness_pack_response: optional("witness_pack_response"),
        enquiry_response: optional("enquiry_response"),
        witness_pack_to_send: optional("witness_pack_to_send"),
        session_outcome: optional("session_outcome"),
        certificate: optional("certificate"),
        agreement: optional("agreement"),
        form_response: optional("form_response"),
        outcome: optional("outcome"),
        warn_before: section.number("warn_before", 0..=DAYS_MAX).unwrap_or(usual.warn_before),
        silent_months: section.number("silent_months", 0..=SILENT_MONTHS_MAX).unwrap_or(usual.silent_months),
        reminder: reminders(&section.section("reminder")),
    };
    section.finish();
    days
}

/// All three or none: a reminder that is never followed up is worse than none.
fn reminders(section: &Section<'_>) -> Option<Reminders> {
    if section.is_present() {
        section.require("first", "10");
        section.require("second", "20");
        section.require("tell_staff", "30");
    }
    let number = |key| section.number(key, 1..=DAYS_MAX);
    let (first, second, tell_staff) = (number("first"), number("second"), number("tell_staff"));
    section.finish();
    let plan = Reminders { first: first?, second: second?, tell_staff: tell_staff? };
    if plan.first >= plan.second || plan.second >= plan.tell_staff {
        let fix = "Days count from when the partner was asked: make first < second < tell_staff.";
        section.fault(section.at(), "the reminders are out of order", fix);
    }
    Some(plan)
}

fn caps(section: &Section<'_>) -> Caps {
    let usual = Caps::default();
    let number = |key, usual| section.number(key, 1..=100_000).unwrap_or(usual);
    let caps = Caps {
        correspondent_hour_max: number("correspondent_hour_max", usual.correspondent_hour_max),
        correspondent_day_max: number("correspondent_day_max", usual.correspondent_day_max),
        minute_max: number("minute_max", usual.minute_max),
        in_a_row_max: number("in_a_row_max", usual.in_a_row_max),
        breaker_hour_max: number("breaker_hour_max", usual.breaker_hour_max),
    };
    section.finish();
    caps
}

fn shared_domains(root: &Section<'_>) -> BTreeSet<String> {
    let Some(domains) = root.texts("shared_domains") else {
        return SHARED_DOMAINS.iter().map(|domain| (*domain).to_owned()).collect();
    };
    domains.iter().filter_map(|domain| as_domain(root, "shared_domains", domain)).collect()
}

fn allow_list(root: &Section<'_>) -> BTreeSet<String> {
    let entries = root.texts("allow_list").unwrap_or_default();
    let entry = |found: &Found<String>| match found.value.contains('@') {
        true => root.as_address("allow_list", found).map(|address| address.value.to_string()),
        false => as_domain(root, "allow_list", found),
    };
    entries.iter().filter_map(entry).collect()
}

/// Addresses that are none of ours. Whoever reads the shared mailbox hears anyway, and our own mail to it would come back
/// as mail; and what people of ours write is no notice.
fn outside(
    root: &Section<'_>,
    key: &'static str,
    fix: &str,
    mailboxes: &[SharedMailbox],
    staff: &[StaffMember],
) -> Vec<Address> {
    let is_listed = |address: &Address| {
        staff.iter().any(|member| member.address == *address)
            || mailboxes.iter().any(|mailbox| mailbox.address == *address || mailbox.aliases.contains(address))
    };
    let found = root.addresses(key);
    for Found { value, at } in found.iter().filter(|found| is_listed(&found.value)) {
        root.fault(*at, format!("\"{key}\" has {value}, which is a mailbox or a person of the team"), fix);
    }
    found.into_iter().map(|found| found.value).collect()
}

fn as_domain(root: &Section<'_>, key: &str, found: &Found<String>) -> Option<String> {
    let domain = found.value.to_lowercase();
    if is_domain(&domain) && domain.contains('.') {
        return Some(domain);
    }
    let what = format!("\"{key}\" has {:?}, which is no domain", found.value);
    root.fault(found.at, what, "Write a domain as it stands after the @, such as \"nhs.net\".");
    None
}

fn link(root: &Section<'_>) -> Option<String> {
    let found = root.text("witness_pack_link")?;
    if !found.value.starts_with("https://") || found.value.contains(char::is_whitespace) {
        let what = format!("\"witness_pack_link\" is {:?}", found.value);
        root.fault(found.at, what, "Give a link that starts with https:// and has no spaces.");
    }
    Some(found.value)
}

fn staff_member(mut section: Section<'_>) -> Option<(Found<StaffMember>, Option<Found<Address>>)> {
    let name = section.required_text("name", "\"Amina Osei\"");
    if let Some(name) = &name {
        section.call(&name.value);
    }
    let address = section.address("address", "\"amina.osei@nhs.example\"");
    section.require("roles", "[\"sa\"]");
    let words = [("sa", Role::Sa), ("lsob", Role::Lsob), ("lead", Role::Lead)];
    let listed = section.texts("roles");
    if listed.as_ref().is_some_and(Vec::is_empty) {
        section.fault(section.at(), "\"roles\" is empty", "Name one or more of \"sa\", \"lsob\" and \"lead\".");
    }
    let roles = listed.into_iter().flatten().filter_map(|role| section.among(&role, "roles", &words)).collect();
    let deputy = section.text("deputy").and_then(|text| section.as_address("deputy", &text));
    section.finish();
    let stands_in = deputy.as_ref().map(|deputy| deputy.value.clone());
    let member = StaffMember { name: name?.value, address: address?.value, roles, deputy: stands_in };
    Some((Found { value: member, at: section.at() }, deputy))
}

fn trust_rule(section: &Section<'_>) -> Option<TrustRule> {
    let authserv_id = section.text("authserv_id");
    let header = section.text("header");
    let value = section.text("value");
    section.finish();
    match (authserv_id, header, value) {
        (Some(id), None, None) => Some(TrustRule::AuthservId(id.value)),
        (None, Some(name), Some(value)) => Some(TrustRule::Header { name: name.value, value: value.value }),
        (Some(_), _, _) | (None, Some(_), None) | (None, None, _) => {
            let fix = "Give authserv_id alone, or header and value together.";
            section.fault(section.at(), "this is not a whole rule", fix);
            None
        }
    }
}
