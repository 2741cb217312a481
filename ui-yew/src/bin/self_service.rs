//! Starts the self-service app in the page's `#app`.

use nexus_ui::app::SelfServiceApp;
use nexus_ui::services::browser;

fn main() {
    if let Some(root) = browser::document().get_element_by_id("app") {
        yew::Renderer::<SelfServiceApp>::with_root(root).render();
    }
}
