//! The one gate before the wire: every letter passes here on every attempt, and nothing else sends.
//! Order: form of automatic mail (RFC 3834), level, stop, allow-list, breaker, caps.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::effect::LetterKind;
use super::ids::Address;
use super::outbox::{LetterState, OutboxLetter};
use super::policy::{Level, Policy};

/// When letters left lately: to one correspondent over a day, or in all over an hour. Folded from recorded attempts,
/// so that a restart does not forget it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    times: Vec<Timestamp>,
}

impl FromIterator<Timestamp> for Traffic {
    fn from_iter<I: IntoIterator<Item = Timestamp>>(times: I) -> Self {
        Self { times: times.into_iter().collect() }
    }
}

/// What the gate must know beside the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub partner_mail_stopped: bool,
    pub breaker_tripped: bool,
    pub correspondent: Traffic,
    pub everyone: Traffic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Gate {
    Pass,
    /// Not now: a cap is reached. Try again then.
    NotBefore {
        at: Timestamp,
        why: String,
    },
    /// Not until a person acts.
    Closed {
        why: String,
    },
    /// So much left within an hour that something must be wrong: stop everything and ask a person.
    Trip {
        why: String,
    },
}

impl Traffic {
    pub const DAY: SignedDuration = SignedDuration::from_hours(24);
    pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    /// Notes an attempt and forgets what is older than `keep`.
    pub fn note(&mut self, at: Timestamp, keep: SignedDuration) {
        self.times.retain(|time| at.duration_since(*time) < keep);
        self.times.push(at);
    }

    fn within(&self, at: Timestamp, span: SignedDuration) -> usize {
        self.times.iter().filter(|time| at.duration_since(**time) < span).count()
    }

    /// When the count within `span` next falls below `max`.
    fn below(&self, max: u32, at: Timestamp, span: SignedDuration) -> Option<Timestamp> {
        if max == 0 {
            return at.checked_add(span).ok();
        }
        let max = max as usize;
        let count = self.within(at, span);
        if count < max {
            return None;
        }
        let mut inside: Vec<_> = self.times.iter().filter(|time| at.duration_since(**time) < span).collect();
        inside.sort();
        let frees = inside.get(count.saturating_sub(max)).copied()?;
        frees.checked_add(span).ok()
    }
}

/// May this letter go onto the wire at `at`? `raw` is its final bytes.
pub fn gate(policy: &Policy, letter: &OutboxLetter, raw: &[u8], around: &Surroundings, at: Timestamp) -> Gate {
    let meta = &letter.letter;
    let for_staff = meta.kind.is_for_staff();
    if let Some(why) = malformed(raw, &meta.to) {
        return Gate::Closed { why };
    }
    match (&letter.state, meta.level) {
        (LetterState::Waiting { .. } | LetterState::Trying { .. }, Level::Send | Level::Hold) => {}
        (
            LetterState::Observed
            | LetterState::Held
            | LetterState::Waiting { .. }
            | LetterState::Trying { .. }
            | LetterState::Sent { .. }
            | LetterState::Refused { .. }
            | LetterState::Withdrawn { .. },
            Level::Observe | Level::Hold | Level::Send,
        ) => {
            return Gate::Closed { why: format!("the letter is {}", letter.state.name()) };
        }
    }
    if around.partner_mail_stopped && !for_staff {
        return Gate::Closed { why: "staff stopped all mail to partners: !start lets it go on".to_owned() };
    }
    if !policy.allows(&meta.to) {
        return Gate::Closed { why: "the address is not on the allow-list of the configuration".to_owned() };
    }
    // The letter that tells staff of the breaker must reach them.
    let tells_of_trouble = meta.kind == LetterKind::StaffAttention;
    if around.breaker_tripped && !tells_of_trouble {
        return Gate::Closed { why: "the breaker tripped: !start closes it again".to_owned() };
    }
    let caps = &policy.caps;
    if !tells_of_trouble && around.everyone.within(at, Traffic::HOUR) >= caps.breaker_hour_max as usize {
        return Gate::Trip { why: format!("{} letters left within an hour", caps.breaker_hour_max) };
    }
    let waits = [
        (&around.everyone, caps.minute_max, Traffic::MINUTE, "letters a minute in all", false),
        (
            &around.correspondent,
            caps.correspondent_hour_max,
            Traffic::HOUR,
            "letters an hour to one address",
            for_staff,
        ),
        (&around.correspondent, caps.correspondent_day_max, Traffic::DAY, "letters a day to one address", for_staff),
    ];
    let latest = waits
        .into_iter()
        .filter(|(.., exempt)| !exempt)
        .filter_map(|(traffic, max, span, what, _)| traffic.below(max, at, span).map(|until| (until, max, what)))
        .max();
    match latest {
        Some((until, max, what)) => Gate::NotBefore { at: until, why: format!("the cap of {max} {what} is reached") },
        None => Gate::Pass,
    }
}

/// What an automatic letter must carry before it may leave (RFC 3834 §3): it says that it is automatic, asks others
/// not to answer it, and has one recipient, the one recorded.
fn malformed(raw: &[u8], to: &Address) -> Option<String> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(raw.len());
    let header = String::from_utf8_lossy(raw.get(..end).unwrap_or(raw)).replace("\r\n ", " ").replace("\r\n\t", " ");
    let values = |name: &str| -> Vec<&str> {
        let field = |line: &'_ str| line.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
        header
            .split("\r\n")
            .filter(|line| field(line))
            .filter_map(|line| line.split_once(':'))
            .map(|(_, v)| v.trim())
            .collect()
    };
    let automatic = values("Auto-Submitted");
    if !matches!(automatic.as_slice(), [value] if value.starts_with("auto-")) {
        return Some("it has no Auto-Submitted header (RFC 3834 §5)".to_owned());
    }
    if values("X-Auto-Response-Suppress") != ["All"] {
        return Some("it has no X-Auto-Response-Suppress: All header".to_owned());
    }
    let one_recipient = matches!(values("To").as_slice(), [only] if is_only(only, to));
    if !one_recipient || !values("Cc").is_empty() || !values("Bcc").is_empty() {
        return Some("its only recipient is not the one recorded".to_owned());
    }
    None
}

/// The field names this address and no other: `a@b`, `<a@b>`, or `name <a@b>` with the name quoted or encoded.
fn is_only(field: &str, to: &Address) -> bool {
    let quoted = |(index, part): (usize, &'_ str)| (index % 2 == 0).then(|| part.to_lowercase());
    let bare: String = field.split('"').enumerate().filter_map(quoted).collect();
    let (name, address) = bare.split_once('<').unwrap_or(("", &bare));
    let address = if bare.contains('<') { address.strip_suffix('>').unwrap_or_default() } else { address.trim() };
    address == to.as_str() && !name.contains([',', ';', ':', '@'])
}

#[cfg(test)]
mod tests;
