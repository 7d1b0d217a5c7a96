pub mod ids;
pub mod reading;
