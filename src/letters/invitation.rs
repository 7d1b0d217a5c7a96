//! The calendar part of an invitation (iMIP, RFC 6047): the same UID from booking to cancellation, times in UTC. The time
//! of writing is given, so the same letter always has the same bytes.

use icalendar::{Calendar, Component, Event, EventLike, Property};
use jiff::Timestamp;

use super::words;
use crate::domain::effect::{Content, Invitation, InvitationKind, Letter};
use crate::domain::policy::SharedMailbox;

/// RFC 5545 §3.7.3.
const PROGRAM: &str = "-//assured//e-RS assurance//EN";

/// A calendar object and its method, which the content type repeats (RFC 6047 §2.4).
pub(super) struct CalendarPart {
    pub(super) method: &'static str,
    pub(super) text: String,
}

pub(super) fn calendar_part(letter: &Letter, mailbox: &SharedMailbox, written: Timestamp) -> Option<CalendarPart> {
    let (Content::Invitation(invitation) | Content::StaffInvitation(invitation)) = &letter.content else {
        return None;
    };
    let (method, status) = match invitation.kind {
        InvitationKind::Booked | InvitationKind::Changed => ("REQUEST", "CONFIRMED"),
        InvitationKind::Cancelled => ("CANCEL", "CANCELLED"),
        InvitationKind::Tomorrow => return None,
    };
    let session = &invitation.session;
    let mut event = Event::with_uid(&session.uid);
    event
        .sequence(session.sequence)
        .add_property("DTSTAMP", utc(written))
        .add_property("DTSTART", utc(session.starts))
        .add_property("DTEND", utc(session.ends()))
        .add_property("STATUS", status)
        .summary(&summary(letter, invitation))
        .description("Witness testing session of the NHS e-Referral Service (e-RS).")
        .append_property(organiser(mailbox));
    if let Some(link) = &session.link {
        event.location(&words::one_line(link)).url(&words::one_line(link));
    }
    // Nobody learns from an invitation which other people of ours are invited.
    let mut invited = vec![&letter.to];
    invited.extend(invitation.partners.iter().filter(|partner| **partner != letter.to));
    for address in invited {
        event.append_multi_property(attendee(address.as_str()));
    }
    let mut calendar = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", PROGRAM), ("CALSCALE", "GREGORIAN"), ("METHOD", method)] {
        calendar.append_property((name, value));
    }
    calendar.push(event.done());
    Some(CalendarPart { method, text: calendar.to_string() })
}

fn summary(letter: &Letter, invitation: &Invitation) -> String {
    let product = words::some_name(invitation.supplier.product.as_ref());
    let about = product.map_or(String::new(), |product| format!(": {product}"));
    let case = letter.case.map_or(String::new(), |case| format!(" [{case}]"));
    format!("e-RS witness testing session{about}{case}")
}

fn organiser(mailbox: &SharedMailbox) -> Property {
    let mut organiser = Property::new("ORGANIZER", format!("mailto:{}", mailbox.address));
    organiser.add_parameter("CN", &quoted(&mailbox.team_name));
    organiser.done()
}

fn attendee(address: &str) -> Property {
    let mut attendee = Property::new("ATTENDEE", format!("mailto:{address}"));
    for (name, value) in [("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION"), ("RSVP", "TRUE")] {
        attendee.add_parameter(name, value);
    }
    attendee.done()
}

/// A parameter in quotes can hold no quotes (RFC 5545 §3.2).
fn quoted(text: &str) -> String {
    format!("\"{}\"", words::one_line(text).replace('"', "'"))
}

/// RFC 5545 §3.3.5, form 2.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
