pub mod adapters;
pub mod domain;
pub mod intake;
pub mod letters;
