//! Reads the verbs as people write them, and says in full why one is not understood.

use jiff::civil::Date;

use super::received::received;
use super::{AccessMode, Command, CommandError, Manner, Order};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::when;

/// A session that is given no length.
const SESSION_MINUTES: u32 = 60;
const SESSION_MINUTES_MAX: u32 = 8 * 60;
const TESTS_MAX: usize = 100;
const PEOPLE_MAX: usize = 20;
/// Times that are offered at once.
const TIMES_MAX: usize = 9;

impl Order {
    /// Reads a command. `today` stands for the year that people leave out, and for `on` where they give none.
    pub fn parse(text: &str, today: Date) -> Result<Self, CommandError> {
        let text = text.trim();
        let Some(body) = text.strip_prefix('!') else {
            return Err(CommandError::NotACommand(text.to_owned()));
        };
        let (verb, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        let verb = verb.to_lowercase();
        // A text may end in any word: nothing is taken out of it.
        let is_text = matches!(verb.as_str(), "hold" | "note" | "close" | "told" | "away" | "back");
        let (rest, manner) = if is_text { (rest.trim(), Manner::default()) } else { manner(rest.trim(), today) };
        Ok(Self { command: Command::read(&verb, rest, today)?, manner })
    }
}

/// `silent`, `send` and `on DATE` stand at the end, in any order.
fn manner(text: &str, today: Date) -> (&str, Manner) {
    let (mut text, mut manner) = (text, Manner::default());
    loop {
        let lower = text.to_ascii_lowercase();
        let ends = |word: &str| lower == word || lower.ends_with(&format!(" {word}"));
        if ends("silent") {
            manner.silent = true;
            text = before(text, "silent");
        } else if ends("send") {
            manner.send = true;
            text = before(text, "send");
        } else if let Some((start, day)) = ending_date(text, today) {
            manner.on = Some(day);
            text = start;
        } else {
            return (text, manner);
        }
    }
}

fn before<'a>(text: &'a str, word: &str) -> &'a str {
    text.get(..text.len() - word.len()).unwrap_or_default().trim_end()
}

/// What stands before `on DATE`, where that is the end of the text.
fn ending_date(text: &str, today: Date) -> Option<(&str, Date)> {
    let lower = text.to_ascii_lowercase();
    let at = if lower.starts_with("on ") { 0 } else { lower.rfind(" on ")? + 1 };
    let (start, end) = text.split_at_checked(at)?;
    let (day, after) = when::date_in(end, today)?;
    (after.is_empty() && day >= when::EARLIEST).then(|| (start.trim_end(), day))
}

impl Command {
    fn read(verb: &str, rest: &str, today: Date) -> Result<Self, CommandError> {
        let alone = |verb, command| match rest {
            "" => Ok(command),
            rest => Err(CommandError::Surplus { verb, rest: rest.to_owned() }),
        };
        let with = |verb, needs, example| match rest {
            "" => Err(CommandError::Incomplete { verb, needs, example }),
            rest => Ok(rest.to_owned()),
        };
        let perhaps = || (!rest.is_empty()).then(|| rest.to_owned());
        match verb {
            "accept" => alone("accept", Self::Accept),
            "changes" => Ok(Self::Changes { form: code(rest) }),
            "hold" => with("hold", "a reason", "!hold waiting for the clinical safety team")
                .map(|reason| Self::Hold { reason }),
            "resume" => alone("resume", Self::Resume),
            "restart" => alone("restart", Self::Restart),
            "session" => session(rest, today),
            "cancel" => Ok(Self::Cancel { reason: perhaps() }),
            "passed" | "pass" => Ok(Self::Passed { tests: tests(rest) }),
            "remedial" => with("remedial", "the tests that need remedial action", "!remedial A005-03 A007-01")
                .map(|rest| Self::Remedial { tests: tests(&rest) }),
            "scal-update" => alone("scal-update", Self::ScalUpdate),
            "tcc" => alone("tcc", Self::Tcc),
            "agreement" if rest.eq_ignore_ascii_case("unchanged") => Ok(Self::Agreement { unchanged: true }),
            "agreement" => alone("agreement", Self::Agreement { unchanged: false }),
            "accepted" => alone("accepted", Self::Accepted),
            "approve" => Ok(Self::Approve { form: code(rest) }),
            "until" => until(rest, today),
            "told" => told(rest, today),
            "received" => received(rest),
            "mode" => mode(rest),
            "note" => with("note", "a text", "!note spoke to them on the telephone").map(|text| Self::Note { text }),
            "withdraw" => Ok(Self::Withdraw { reason: perhaps() }),
            "close" => with("close", "a reason", "!close duplicate").map(|reason| Self::Close { reason }),
            "reopen" => alone("reopen", Self::Reopen),
            "merge" => case("merge", rest, "!merge ERS-00041").map(|into| Self::Merge { into }),
            "split" => with("split", "the name of a file", "!split SCAL.xlsx").map(|file| Self::Split { file }),
            "move" => case("move", rest, "!move ERS-00041").map(|to| Self::Move { to }),
            "contact" => contact(rest),
            "assign" => with("assign", "a name or an address of the staff, or nobody", "!assign Amina Osei")
                .map(|who| Self::Assign { who }),
            "away" => away(rest, today),
            "back" => back(rest),
            "help" => alone("help", Self::Help),
            "undo" => alone("undo", Self::Undo),
            "stop" => alone("stop", Self::Stop),
            "start" => alone("start", Self::Start),
            other => Err(CommandError::Unknown(other.to_owned())),
        }
    }
}

fn session(rest: &str, today: Date) -> Result<Command, CommandError> {
    let incomplete = CommandError::Incomplete {
        verb: "session",
        needs: "a date and a time, and may have a length, a link to join, and after the word with who is invited too",
        example: "!session 3 December 2026 10.30am 60 minutes https://teams.example/meet/1",
    };
    if let Some(offer) = offer(rest, today) {
        return Ok(offer);
    }
    let read = || {
        let (rest, with) = with_people(rest)?;
        let (day, rest) = when::date_in(rest, today)?;
        let (time, mut rest) = when::time_in(rest)?;
        let (mut minutes, mut link) = (None, None);
        while let Some((word, after)) = when::word(rest) {
            if word.starts_with("https://") && link.is_none() {
                (link, rest) = (Some(word.to_owned()), after);
            } else {
                let (length, after) = length(word, after).filter(|_| minutes.is_none())?;
                (minutes, rest) = (Some(length), after);
            }
        }
        let minutes = minutes.unwrap_or(SESSION_MINUTES);
        let starts = day.to_datetime(time);
        (1..=SESSION_MINUTES_MAX).contains(&minutes).then_some(Command::Session { starts, minutes, link, with })
    };
    read().ok_or(incomplete)
}

/// `3 December 10.30am or 4 December 2pm 90 minutes`; a time without a day is of the day before it.
fn offer(rest: &str, today: Date) -> Option<Command> {
    let lower = rest.to_ascii_lowercase();
    let mut ends: Vec<usize> = lower.match_indices(" or ").map(|(at, _)| at).take(TIMES_MAX).collect();
    if ends.is_empty() {
        return None;
    }
    ends.push(rest.len());
    let (mut times, mut minutes, mut day, mut from) = (Vec::new(), SESSION_MINUTES, None, 0);
    for end in ends {
        let piece = rest.get(from..end)?.trim_start_matches(" or ");
        let (of_day, after) = when::date_in(piece, today).map_or((day, piece), |(day, after)| (Some(day), after));
        let (time, after) = when::time_in(after)?;
        (day, from) = (of_day, end);
        times.push(of_day?.to_datetime(time));
        match when::word(after) {
            None => {}
            Some((word, after)) if end == rest.len() => {
                let (length, after) = length(word, after).filter(|(length, _)| *length <= SESSION_MINUTES_MAX)?;
                minutes = Some(length).filter(|length| *length > 0 && after.trim().is_empty())?;
            }
            Some(_) => return None,
        }
    }
    Some(Command::Offer { times, minutes })
}

/// `with priya@x.example, sam@y.example` at the end.
fn with_people(text: &str) -> Option<(&str, Vec<Address>)> {
    let Some(at) = text.to_ascii_lowercase().rfind(" with ") else { return Some((text, Vec::new())) };
    let (before, people) = text.split_at_checked(at)?;
    let people = people.trim().split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).skip(1);
    let mut with = Vec::new();
    for word in people.filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("and")).take(PEOPLE_MAX) {
        let address = Address::new(word)?;
        if !with.contains(&address) {
            with.push(address);
        }
    }
    Some((before, with))
}

/// `60 minutes`, `90min`, `2 hours`.
fn length<'a>(word: &'a str, after: &'a str) -> Option<(u32, &'a str)> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (figures, unit) = word.split_at_checked(end)?;
    let number: u32 = figures.parse().ok()?;
    let (unit, after) = if unit.is_empty() { when::word(after).unwrap_or(("minutes", "")) } else { (unit, after) };
    let unit = unit.to_lowercase();
    let each = ["minute", "min", "hour", "hr"].iter().position(|known| unit.trim_end_matches('s') == *known)?;
    Some((number.checked_mul(if each < 2 { 1 } else { 60 })?, after))
}

fn until(rest: &str, today: Date) -> Result<Command, CommandError> {
    let day = when::date_in(rest, today).filter(|(_, after)| after.is_empty()).map(|(day, _)| day);
    let needs = "a date that is still to come";
    day.filter(|day| *day > today).map(|day| Command::Until { day }).ok_or(CommandError::Incomplete {
        verb: "until",
        needs,
        example: "!until 1 March 2027",
    })
}

/// `by phone 24 November`: the last words may be a date.
fn told(rest: &str, today: Date) -> Result<Command, CommandError> {
    let starts = std::iter::once(0).chain(rest.match_indices(' ').map(|(at, _)| at + 1));
    let dated = starts.filter_map(|at| {
        let (how, date) = rest.split_at_checked(at)?;
        let (on, after) = when::date_in(date, today)?;
        after.is_empty().then(|| (how.trim(), on))
    });
    let (how, on) = dated.into_iter().next().unwrap_or((rest, today));
    let how = how.trim_end_matches(" on");
    if how.is_empty() || on > today {
        let needs = "how they were told, and may have the day if it was not today";
        return Err(CommandError::Incomplete { verb: "told", needs, example: "!told by phone 24 November" });
    }
    Ok(Command::Told { how: how.to_owned(), on })
}

fn contact(rest: &str) -> Result<Command, CommandError> {
    let read = || {
        let (word, rest) = when::word(rest)?;
        let joins = match word.to_lowercase().as_str() {
            "add" => true,
            "remove" => false,
            _ => return None,
        };
        Address::new(rest).map(|address| Command::Contact { joins, address })
    };
    read().ok_or(CommandError::Incomplete {
        verb: "contact",
        needs: "add or remove, and an address",
        example: "!contact add priya@supplier.example",
    })
}

fn case(verb: &'static str, rest: &str, example: &'static str) -> Result<CaseRef, CommandError> {
    let named = CaseRef::parse(rest.trim_matches(['[', ']', '.']));
    named.ok_or(CommandError::Incomplete { verb, needs: "the reference of one case", example })
}

/// `3 December to 10 December`, `until 10 December`; before it may stand whose absence it is.
fn away(rest: &str, today: Date) -> Result<Command, CommandError> {
    let (who, days) = match when::word(rest).and_then(|(word, after)| Some((Address::new(word)?, after))) {
        Some((who, after)) => (Some(who), after),
        None => (None, rest),
    };
    let begins_today = when::word(days).is_some_and(|(word, _)| matches!(word, "until" | "till" | "to"));
    when::days_in(days, today)
        .filter(|((_, until), after)| after.trim_end_matches('.').is_empty() && *until >= today)
        .map(|((from, until), _)| Command::Away { who, from: if begins_today { today } else { from }, until })
        .ok_or(CommandError::Incomplete {
            verb: "away",
            needs: "the days, of which the last is still to come",
            example: "!away 3 December to 10 December, or !away until 10 December",
        })
}

fn back(rest: &str) -> Result<Command, CommandError> {
    match (rest, Address::new(rest)) {
        ("", _) => Ok(Command::Back { who: None }),
        (_, Some(who)) => Ok(Command::Back { who: Some(who) }),
        (rest, None) => Err(CommandError::Surplus { verb: "back", rest: rest.to_owned() }),
    }
}

fn mode(rest: &str) -> Result<Command, CommandError> {
    let mode = match rest.to_lowercase().replace(' ', "-").as_str() {
        "application-restricted" | "application" => AccessMode::ApplicationRestricted,
        "user-restricted" | "user" => AccessMode::UserRestricted,
        _ => {
            return Err(CommandError::Incomplete {
                verb: "mode",
                needs: "application-restricted or user-restricted",
                example: "!mode application-restricted",
            });
        }
    };
    Ok(Command::Mode { mode })
}

/// IDs of tests in the form in which packs are compared, each once.
fn tests(rest: &str) -> Vec<String> {
    let mut tests = Vec::new();
    for word in rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).take(TESTS_MAX) {
        let test = word.trim_end_matches('.').to_uppercase();
        if !test.is_empty() && test != "AND" && test != "ALL" && !tests.contains(&test) {
            tests.push(test);
        }
    }
    tests
}

/// The code of an organisation, as forms are told apart.
pub(super) fn code(rest: &str) -> Option<String> {
    (!rest.is_empty()).then(|| rest.to_uppercase())
}
