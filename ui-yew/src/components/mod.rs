//! Parts of pages.

pub mod expiry;
pub mod facts;
pub mod form;
pub mod icon;
pub mod language;
pub mod layout;
pub mod logo;
pub mod logout;
pub mod notice;
pub mod page_link;
pub mod raw;
pub mod summary;
