//! The values of the reply to a command: what was done, or why not, and how the case stands now.

use serde::Serialize;

use super::staff::{AFTER_COMMAND, Decision, SupplierView, about, as_links, decisions, supplier};
use crate::domain::calendar::in_words;
use crate::domain::command::{Command, HELP, LIST};
use crate::domain::effect::{CommandDone, CommandReply};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::Phase;
use crate::domain::policy::Level;
use crate::letters::words;

#[derive(Serialize)]
pub(super) struct CommandReplyView {
    /// The commands without their reasons, such as `!hold`.
    verbs: Vec<String>,
    about: Option<String>,
    done: Vec<DoneView>,
    refused: Option<RefusedView>,
    untried: Vec<String>,
    /// Each command with what it does, where somebody asked.
    help: Vec<&'static str>,
    supplier: SupplierView,
    closed: bool,
    phase: Option<Phase>,
    awaits: Option<String>,
    respond_by: Option<String>,
    provisional: bool,
    held: bool,
    /// A command about a case was carried out: the partner may want to hear of it.
    moved_case: bool,
    partner_letter: Option<Level>,
    waits_for_undo: bool,
    partner_mail_stopped: bool,
    decisions: Vec<Decision>,
}

#[derive(Serialize)]
struct DoneView {
    text: String,
    command: &'static str,
    remark: Option<String>,
}

#[derive(Serialize)]
struct RefusedView {
    text: String,
    why: String,
    /// Every command there is, unless `why` lists them.
    commands: Option<&'static str>,
}

pub(super) fn command_reply(content: &CommandReply, reference: Option<CaseRef>, mailbox: &Address) -> CommandReplyView {
    let case = content.case.as_ref();
    let refused = content.refused.as_ref();
    let first_words = content.done.iter().map(|done| &done.text).chain(refused.map(|refused| &refused.text));
    let due = case.and_then(|case| case.due.as_ref());
    let phase = case.and_then(|case| case.phases.as_deref()?.first().copied());
    CommandReplyView {
        verbs: first_words.filter_map(|text| text.split_whitespace().next()).map(words::name).collect(),
        about: case.and_then(|case| about(&case.supplier)),
        done: content.done.iter().map(done).collect(),
        refused: refused.map(|refused| RefusedView {
            text: words::sentence(&refused.text),
            why: words::sentence(&refused.why),
            commands: (!refused.why.contains(LIST)).then_some(LIST),
        }),
        untried: content.untried.iter().map(|text| words::sentence(text)).collect(),
        help: if content.done.iter().any(|done| done.command == Command::Help) { HELP.to_vec() } else { Vec::new() },
        supplier: case.map(|case| supplier(&case.supplier)).unwrap_or_default(),
        closed: case.is_some_and(|case| case.phases.is_none()),
        phase,
        awaits: case.and_then(|case| case.phases.as_deref()).map(awaits),
        respond_by: due.map(|due| in_words(due.due)),
        provisional: due.is_some_and(|due| due.provisional),
        held: case.is_some_and(|case| case.held),
        moved_case: content.done.iter().any(|done| !done.command.is_global()),
        partner_letter: content.partner_letter,
        waits_for_undo: content.waits_for_undo,
        partner_mail_stopped: content.partner_mail_stopped,
        decisions: match content.done.last() {
            Some(last) if may_be_undone(&last.command) => as_links(AFTER_COMMAND, reference, mailbox),
            _ => phase.into_iter().flat_map(|phase| decisions(phase, reference, mailbox)).collect(),
        },
    }
}

/// `the review of the SCAL; the connection agreement to be sent`
fn awaits(phases: &[Phase]) -> String {
    if phases.is_empty() {
        return "nothing".to_owned();
    }
    phases.iter().map(|phase| phase.awaits()).collect::<Vec<_>>().join("; ")
}

fn may_be_undone(command: &Command) -> bool {
    // Of a session the invitation has left.
    !command.is_global() && !matches!(command, Command::Undo | Command::Session { .. } | Command::Cancel { .. })
}

fn done(done: &CommandDone) -> DoneView {
    let verb = done.command.verb();
    DoneView {
        text: words::sentence(&done.text),
        command: verb.strip_prefix('!').unwrap_or(verb),
        remark: done.remark.as_deref().map(words::sentence),
    }
}
