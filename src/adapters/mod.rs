//! The edges of the program: all IO. Each file or folder wraps one outside thing behind types of our own, uses the
//! types of `domain` and `letters`, and never another adapter. Must not hold rules of the teams.

pub mod store;
