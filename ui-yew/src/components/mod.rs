//! Parts that pages are made of.

pub mod alert;
pub mod button;
pub mod field;
pub mod flow_form;
pub mod live;
pub mod logo;
pub mod node;
pub mod page;
pub mod password;
pub mod script;
