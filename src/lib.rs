//! # assured
//!
//! An email-driven assistant for the teams who assure integrations with the NHS e-Referral Service. Partners and staff
//! change nothing: they email. The program reads the mailboxes, files cases, answers, and watches the clock.
//!
//! # Flow
//!
//! One way, left to right:
//!
//! ```text
//! mailbox ──► reader ──► desk: route ──► decide ──► commit ──► post room
//!  (imap,      bytes →    which case?    pure       journal,   (smtp, retried,
//!   maildir)   facts      serial         rules      then sled   then recorded)
//!                           ▲                         │
//!         clock, staff, ────┘                         └──► command line
//!         delivery results
//! ```
//!
//! # Layout
//!
//! - [`domain`]: the rules, pure. [`domain::decide`] answers every event; the due date is in [`domain::calendar`], which
//!   case is meant in [`domain::route`], what may leave in [`domain::gate`], whether mail still comes in
//!   [`domain::vigil`].
//! - [`intake`]: reading, pure. A message in `intake::message`, a workbook in `intake::workbook`, a SCAL in
//!   `intake::scal` with the profiles of `config/profiles`, which [`intake::teach`] learns from blanks; every limit in
//!   [`intake::limits`].
//! - [`letters`]: wording, pure. Values in, final bytes out; the texts are in `config/letters`.
//! - [`desk`]: one event at a time: route, decide, render, stage, commit.
//! - [`daemon`]: the tasks and their supervision: mailboxes, clock, post room, control socket.
//! - [`adapters`]: the outside world, one crate wrapped per file: `imap`, `maildir`, `smtp`, `oauth`, `reach`, `reader`,
//!   `clamd`, `alarm`, `store`, `control`, `clock`.
//! - [`config`]: TOML to settings; every fault at once.
//! - [`cli`]: one file per subcommand.
//!
//! # Invariants
//!
//! 1. The pure folders know no clock, no file and no network: time arrives inside the event.
//! 2. Nothing leaves before the step that caused it is durable, and no byte of a letter before its attempt is.
//! 3. The journal is the truth; the store is a fold of it that never decides anything.
//! 4. A mailbox is read, never changed; progress lies in our own records, in the same commit as what it led to.
//! 5. Bad input is a finding; only a bad world is an error. One message cannot stop a mailbox.
//! 6. Every letter passes one gate, and an automatic message is never answered.

pub mod adapters;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod desk;
pub mod domain;
pub mod intake;
pub mod letters;
