//! Starts the administration in the page's `#app`.

use nexus_ui::admin::AdminApp;
use nexus_ui::services::browser;

fn main() {
    if let Some(root) = browser::document().get_element_by_id("app") {
        yew::Renderer::<AdminApp>::with_root(root).render();
    }
}
