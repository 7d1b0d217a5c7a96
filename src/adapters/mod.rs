//! The outside world: one crate wrapped per file, our own types outside, no rules inside. Adapters never use one
//! another, but for the two that hold no protocol and that others stand on: `tls` and `durable`.

mod durable;
pub mod imap;
pub mod maildir;
#[cfg(test)]
mod scripted;
pub mod smtp;
pub mod tls;
