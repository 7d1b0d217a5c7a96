//! The subcommands, one file each. They ask the other folders and print; they hold no rules.

pub mod read;
