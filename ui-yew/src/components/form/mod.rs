//! The one renderer of `ui.nodes`.

mod blocks;
mod buttons;
mod checkbox;
mod codes;
mod field;
mod flow_form;
mod input;
mod method;
mod password;
mod read;
mod resend;
mod script;
mod select;
mod still;
mod text;
mod username;

pub use flow_form::FlowForm;
pub use read::read;

use crate::model::flow::FlowKind;
use crate::model::form::layout::Node;
use yew::prelude::*;

/// What every field gets.
#[derive(Clone, PartialEq, Properties)]
pub struct FieldProps {
    /// The node, an input.
    pub node: Node,
    /// The kind of flow, which tells what a password is for.
    pub kind: FlowKind,
    /// Counts the server's answers.
    pub revision: u32,
    /// What is wrong with it.
    #[prop_or_default]
    pub faults: Vec<String>,
    /// Whether the form is on its way.
    #[prop_or_default]
    pub is_busy: bool,
}
