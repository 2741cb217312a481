//! Something of the admin API, on its way, had, or not to be had.

use crate::error::Error;
use crate::services::admin::{self, Found};
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// What there is to show; nothing while it is on its way.
pub(super) type Fetched = Option<Result<Rc<Found>, Error>>;

/// Asks for a path, again when it changes, and whenever the callback is called.
#[hook]
pub(super) fn use_fetch(path: String) -> (Fetched, Callback<()>) {
    let found = use_state(|| Fetched::None);
    // Counts the questions: a late answer to an older one is not shown.
    let asked = use_mut_ref(|| 0_u32);
    let ask = {
        let found = found.setter();
        use_callback(path, move |(), path| {
            let number = asked.borrow().wrapping_add(1);
            *asked.borrow_mut() = number;
            let (found, asked, path) = (found.clone(), asked.clone(), path.clone());
            spawn_local(async move {
                let answer = admin::get(&path).await.map(Rc::new);
                if *asked.borrow() == number {
                    found.set(Some(answer));
                }
            });
        })
    };
    use_effect_with(ask.clone(), |ask| ask.emit(()));
    ((*found).clone(), ask)
}
