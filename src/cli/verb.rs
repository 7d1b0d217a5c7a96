//! `assured do`: the staff verbs. What they mean is decided elsewhere; here they are read and passed on.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;

use super::{UsageError, ask};
use crate::adapters::clock::Clock;
use crate::adapters::control::Request;
use crate::config::Settings;
use crate::domain::command::Order;
use crate::domain::ids::CaseRef;

pub(super) const USAGE: &str = "assured do [OPTIONS] REF '!COMMAND'\n       assured do [OPTIONS] '!stop' | '!start' | '!away ADDRESS DATE to DATE' | '!back ADDRESS'";

pub(super) const ABOUT: &str = "\
Gives a staff command about a case, as staff also do by email. Your operating-system user is recorded. What was done is \
printed or, word for word, why not.

Commands:
  !accept         the SCAL, or the returned certificate, is accepted; the case goes on
  !changes        the partner is asked for changes (to a form: !changes RXQ)
  !session DATE TIME [LENGTH] [LINK] [with ADDRESS, ...]
                  book a witness testing session, or move it, and invite these people too; !cancel cancels it.
                  DATE TIME or DATE TIME offers these times and books none
  !passed [TESTS] these tests passed; without any, all did
  !remedial TESTS these tests need remedial action
  !scal-update    the SCAL must be updated
  !tcc            the certificate is issued (also seen when it is sent)
  !mode MODE      application-restricted or user-restricted
  !agreement      the connection agreement is out; !accepted: it is accepted
  !approve [ODS]  the approval form is approved
  !until DATE     no reminder to the partner before that day
  !told HOW DATE  the partner was answered, such as: !told by phone 24 November
  !received WHAT  you opened a scal, a pack or a form (!received form RXQ) that the automatic check could not; from the \
day it came
  !hold REASON    stop the clock; the working days until !resume are added back
  !resume         let the clock go on
  !restart        count the days anew from the latest submission
  !note TEXT      write something into the story of the case
  !close REASON   close the case, such as: !close duplicate; !withdraw where the partner did
  !reopen         open it again
  !merge CASE     the case goes on as that one, such as: !merge ERS-00041
  !split FILE     this file gets a case of its own
  !move CASE      the last message of the case belongs to that one (by email: the message that you answer)
  !contact add|remove ADDRESS
                  who takes part on the partner's side
  !assign NAME    who of you looks after the case; also me, an address or nobody
  !away ADDRESS DATE to DATE
                  a member of staff is away, and their deputy hears what they would; !back ADDRESS ends it
  !undo           take the last command on the case back, within 15 minutes
  !stop           halt all letters to partners, about any case
  !start          let them go on
  !help           list these commands, as staff use it by email

After a command may stand: silent (no letter to the partner), send (a letter even where a person wrote to them lately), \
and on DATE (it happened then).";

pub(super) const EXAMPLES: &str = "\
Put the command in single quotes, since shells give the exclamation mark a meaning of their own.

Examples:
  assured do ERS-00042 '!accept'
  assured do ERS-00042 '!hold waiting for the clinical safety team'
  assured do '!stop'

Without a running daemon the command is recorded at once, and its letters leave when the daemon runs.";

#[derive(Debug, Args)]
pub(super) struct DoArgs {
    /// Reference of the case (not for !stop, !start, !away and !back), then the command
    #[arg(required = true, num_args = 1.., value_name = "REF '!COMMAND'")]
    words: Vec<String>,
}

pub(super) fn execute(args: &DoArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let today = settings.policy.calendar.local_date(Clock::real().now());
    let (case, Order { command, manner }) = read(&args.words, today)?;
    let answer = ask::ask(settings, Request::Do { case, command, manner, by: ask::user() })?;
    ask::tell(&answer, out)
}

fn read(words: &[String], today: Date) -> Result<(Option<CaseRef>, Order), UsageError> {
    let (case, words) = match words {
        [first, rest @ ..] if !first.trim_start().starts_with('!') => {
            let case = CaseRef::parse(first)
                .ok_or_else(|| UsageError(format!("{first:?} is not a case reference such as ERS-00042")))?;
            (Some(case), rest)
        }
        words => (None, words),
    };
    if words.is_empty() {
        return Err(UsageError("the command is missing, such as: assured do ERS-00042 '!accept'".to_owned()));
    }
    let order = Order::parse(&words.join(" "), today).map_err(|error| UsageError(error.to_string()))?;
    let command = &order.command;
    match case {
        None if !command.is_global() => {
            let verb = command.verb();
            Err(UsageError(format!("{verb} needs a case, such as: assured do ERS-00042 '{verb}'")))
        }
        Some(case) if command.is_global() => {
            let verb = command.verb();
            Err(UsageError(format!(
                "{verb} is about no one case, so not about {case} either. Give it without a case: assured do '{verb}'"
            )))
        }
        Some(_) | None => Ok((case, order)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::command::Command;

    #[test]
    fn a_command_is_read_with_its_case_or_refused_in_words() {
        let case = Some(CaseRef::from_number(42));
        let words = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        let hold = Command::Hold { reason: "on leave".to_owned() };
        let read = |words: &[String]| read(words, date(2026, 11, 23)).map(|(case, order)| (case, order.command));
        assert_eq!(read(&words("ers-42|!hold on leave")).unwrap(), (case, hold.clone()));
        assert_eq!(read(&words("ERS-00042|!hold|on|leave")).unwrap(), (case, hold));
        assert_eq!(read(&words("!stop")).unwrap(), (None, Command::Stop));
        for (given, says) in [
            ("ERS-42", "the command is missing"),
            ("42|!accept", "\"42\" is not a case reference"),
            ("!accept", "!accept needs a case"),
            ("ERS-42|!stop", "Give it without a case: assured do '!stop'"),
            ("ERS-42|!start", "not about ERS-00042 either"),
            ("ERS-42|!back", "Give it without a case: assured do '!back'"),
            ("ERS-42|accept", "starts with an exclamation mark"),
            ("ERS-42|!acept", "The commands are: !accept"),
        ] {
            let error = read(&words(given)).unwrap_err().to_string();
            assert!(error.contains(says), "{given}: {error}");
        }
    }
}
