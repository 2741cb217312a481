//! Blocks of data for the server's scripts.

use crate::model::form::role::text_of;
use crate::services::browser;
use identity_api::ui::DivAttributes;

/// Writes a block's data into its element.
pub(super) fn fill(block: &DivAttributes) {
    if let Some(element) = browser::document().get_element_by_id(&block.id) {
        for (name, value) in &block.data {
            // A name that no attribute may have is left out.
            let _ = element.set_attribute(&format!("data-{name}"), &text_of(Some(value)));
        }
    }
}
