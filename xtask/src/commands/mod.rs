//! One module for each command.

pub mod bench;
pub mod doctor;
pub mod fuzz;
pub mod test;
pub mod up;
