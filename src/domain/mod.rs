//! The rules, pure: values in, values out. Nothing here reads a clock, a file or the network.

pub mod absence;
pub mod calendar;
pub mod case;
pub mod certificate;
pub mod clocks;
pub mod command;
pub mod decide;
pub mod difference;
pub mod digest;
pub mod effect;
pub mod event;
pub mod fact;
pub mod gate;
pub mod ids;
pub mod lane;
pub mod outbox;
pub mod policy;
pub mod reading;
pub mod report;
pub mod retry;
pub mod route;
pub mod session;
pub mod step;
pub mod view;
pub mod when;
pub mod witness_tests;
