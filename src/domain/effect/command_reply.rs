//! The reply to a message of commands.

use crate::domain::calendar::Due;
use crate::domain::command::Command;
use crate::domain::lane::Phase;
use crate::domain::policy::Level;
use crate::domain::reading::Supplier;

/// What became of the commands in a message of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandReply {
    /// In the order in which they were given.
    pub done: Vec<CommandDone>,
    /// The first that was not carried out. Those after it were not tried.
    pub refused: Option<CommandRefused>,
    pub untried: Vec<String>,
    /// As the case stands now; `None` where no case was meant.
    pub case: Option<CaseStands>,
    /// How far the letter goes that tells the partner; `None`: there is none.
    pub partner_letter: Option<Level>,
    /// It waits a while for `!undo`.
    pub waits_for_undo: bool,
    pub partner_mail_stopped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandDone {
    /// As it was written.
    pub text: String,
    pub command: Command,
    /// What is to be known of it beyond that it was done: a sentence or two.
    pub remark: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRefused {
    pub text: String,
    /// Word for word as the command line says it.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStands {
    pub supplier: Supplier,
    /// Where each lane stands that waits for somebody, the assurance lane first. `None`: the case is closed.
    pub phases: Option<Vec<Phase>>,
    pub due: Option<Due>,
    pub held: bool,
}
