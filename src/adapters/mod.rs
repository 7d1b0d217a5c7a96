//! The outside world: one crate wrapped per file, our own types outside, no rules inside. Adapters never use one
//! another, but for the three that hold no protocol and that others stand on: `tls`, `durable` and `credential`.

pub mod alarm;
pub mod clamd;
pub mod clock;
pub mod control;
pub mod credential;
pub(crate) mod durable;
pub mod imap;
pub mod maildir;
pub mod oauth;
pub mod reach;
pub mod reader;
#[cfg(test)]
pub(crate) mod scripted;
pub mod smtp;
pub mod store;
pub mod tls;
