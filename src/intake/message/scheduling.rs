//! The one event of a calendar object (RFC 5545), of invitations and of answers to them (RFC 6047). What breaks a limit,
//! has several events or contradicts its content type is no calendar object to the rules.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, fmt::strtime};

use crate::domain::ids::Address;
use crate::domain::reading::{Attendee, Method, Participation, Scheduling};
use crate::intake::limits;

use super::mime::Tree;

/// A content line without its folds: the name in upper case, the parameters as they are written, the value.
struct Line<'t> {
    name: String,
    parameters: &'t str,
    value: &'t str,
}

pub(super) fn scheduling(tree: &Tree) -> Option<Scheduling> {
    let leaf = tree.leaves.iter().find(|leaf| leaf.messages == 0 && leaf.media == "text/calendar")?;
    if leaf.bytes.len() > limits::CALENDAR_BYTES_MAX {
        return None;
    }
    let method = method(leaf.parameter("method")?)?;
    event(&leaf.text(limits::CALENDAR_BYTES_MAX), method)
}

fn method(text: &str) -> Option<Method> {
    match text.trim().to_ascii_uppercase().as_str() {
        "REQUEST" => Some(Method::Request),
        "REPLY" => Some(Method::Reply),
        "CANCEL" => Some(Method::Cancel),
        "COUNTER" => Some(Method::Counter),
        _ => None,
    }
}

fn event(text: &str, of_type: Method) -> Option<Scheduling> {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    if unfolded.lines().count() > limits::CALENDAR_LINES_MAX {
        return None;
    }
    let (mut of_calendar, mut of_event, mut events) = (Vec::new(), Vec::new(), 0);
    let mut within: Vec<String> = Vec::new();
    for line in unfolded.lines().filter_map(content_line) {
        match (line.name.as_str(), within.as_slice()) {
            ("BEGIN", _) => {
                within.push(line.value.trim().to_ascii_uppercase());
                events += u32::from(within.last().is_some_and(|name| name == "VEVENT"));
            }
            ("END", _) => drop(within.pop()),
            (_, [_]) => of_calendar.push(line),
            (_, [_, component]) if component == "VEVENT" => of_event.push(line),
            // Of a time zone, an alarm, or of nothing.
            _ => {}
        }
    }
    let said = method(value(&of_calendar, "METHOD")?)?;
    if events != 1 || said != of_type {
        return None;
    }
    Some(Scheduling {
        method: said,
        uid: short(value(&of_event, "UID")?)?,
        sequence: value(&of_event, "SEQUENCE").map_or(Some(0), |number| number.trim().parse().ok())?,
        attendees: of_event.iter().filter_map(attendee).take(limits::ADDRESSES_MAX).collect(),
        starts: time(&of_event, "DTSTART"),
        ends: time(&of_event, "DTEND"),
        link: link(&of_event),
    })
}

fn content_line(line: &str) -> Option<Line<'_>> {
    let (head, value) = split_unquoted(line, ':')?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some(Line { name: name.trim().to_ascii_uppercase(), parameters, value })
}

/// Parts at the first separator that stands in no quotes.
fn split_unquoted(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = text.find(|c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })?;
    let (before, rest) = text.split_at(at);
    Some((before, rest.get(separator.len_utf8()..)?))
}

fn value<'t>(lines: &[Line<'t>], name: &str) -> Option<&'t str> {
    lines.iter().find(|line| line.name == name).map(|line| line.value)
}

fn parameter<'t>(line: &Line<'t>, name: &str) -> Option<&'t str> {
    let mut rest = line.parameters;
    while !rest.is_empty() {
        let (first, after) = split_unquoted(rest, ';').unwrap_or((rest, ""));
        match first.split_once('=') {
            Some((key, value)) if key.trim().eq_ignore_ascii_case(name) => return Some(value.trim().trim_matches('"')),
            Some(_) | None => rest = after,
        }
    }
    None
}

fn short(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= limits::CALENDAR_VALUE_CHARS_MAX;
    (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn attendee(line: &Line<'_>) -> Option<Attendee> {
    if line.name != "ATTENDEE" {
        return None;
    }
    let (scheme, address) = line.value.trim().split_once(':')?;
    let address = Address::new(address).filter(|_| scheme.eq_ignore_ascii_case("mailto"))?;
    let answer = match parameter(line, "PARTSTAT").map(str::to_ascii_uppercase).as_deref() {
        Some("ACCEPTED") => Some(Participation::Accepted),
        Some("DECLINED") => Some(Participation::Declined),
        Some("TENTATIVE") => Some(Participation::Tentative),
        _ => None,
    };
    Some(Attendee { address, answer })
}

/// RFC 5545 §3.3.5, in UTC or in the time of London, which Windows calls by another name.
fn time(lines: &[Line<'_>], name: &str) -> Option<Timestamp> {
    let line = lines.iter().find(|line| line.name == name)?;
    let text = line.value.trim();
    let (local, zone) = match (text.strip_suffix('Z'), parameter(line, "TZID")) {
        (Some(utc), _) => (utc, TimeZone::UTC),
        (None, Some("Europe/London" | "GMT Standard Time")) => {
            (text, TimeZoneDatabase::bundled().get("Europe/London").ok()?)
        }
        (None, _) => return None,
    };
    let local: DateTime = strtime::parse("%Y%m%dT%H%M%S", local).ok()?.to_datetime().ok()?;
    Some(local.to_zoned(zone).ok()?.timestamp())
}

fn link(lines: &[Line<'_>]) -> Option<String> {
    let names = ["X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-GOOGLE-CONFERENCE", "URL", "LOCATION"];
    let links = names.into_iter().filter_map(|name| short(value(lines, name)?));
    let mut links = links.filter(|link| link.starts_with("https://") && !link.contains([' ', '\\', '<', '>', '"']));
    links.next()
}

#[cfg(test)]
mod tests;
