//! The warning before a session ends (ui.md 28).

use crate::components::page_link::page_link;
use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::pages::login_and_back;
use crate::services::browser;
use gloo_timers::callback::Interval;
use yew::prelude::*;

/// How long before the end people are warned, in seconds. WCAG 2.2.1 asks for 20 at least.
const WARNING: i64 = 120;

#[derive(Properties, PartialEq)]
pub struct ExpiryProps {
    /// When the session ends, RFC 3339.
    pub expires_at: AttrValue,
}

/// Appears two minutes before the end, with a way to stay; leads to the sign-in at the end.
#[component]
pub fn ExpiryWarning(props: &ExpiryProps) -> Html {
    let i18n = use_i18n();
    let left = use_state(|| i64::MAX);
    {
        let left = left.clone();
        use_effect_with(props.expires_at.clone(), move |expires_at| {
            let expires_at = browser::millis(expires_at);
            let setter = left.setter();
            let tick = move || setter.set(seconds_left(expires_at));
            tick();
            let interval = Interval::new(1000, tick);
            move || drop(interval)
        });
    }
    let (is_near, is_over) = (*left <= WARNING, *left <= 0);
    {
        let text = i18n.t(&texts::EXPIRY_TITLE);
        use_effect_with(is_near && !is_over, move |is_near| {
            if *is_near {
                browser::announce(&text);
            }
        });
    }
    use_effect_with(is_over, |is_over| {
        if *is_over {
            crate::routes::replace(&login_and_back(false));
        }
    });
    if !is_near || is_over {
        return html! {};
    }
    html! {
        <section class="expiry" aria-labelledby="expiry-title">
            <div>
                <h2 id="expiry-title">{ i18n.t(&texts::EXPIRY_TITLE) }</h2>
                <p>{ i18n.with(&texts::EXPIRY_TEXT, &[("seconds", &left.to_string())]) }</p>
            </div>
            { page_link(login_and_back(true), "button button-primary", i18n.t(&texts::EXPIRY_STAY).into()) }
        </section>
    }
}

fn seconds_left(expires_at: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds fit by far; what is no time is 0")]
    let left = ((expires_at - browser::now()) / 1000.0) as i64;
    left
}
