//! The polite live region. It stands in the page before anything is announced, or screen readers would miss it.

use yew::prelude::*;

/// Says something to people who do not see the page change.
#[derive(Clone, PartialEq)]
pub struct Announcer(Callback<AttrValue>);

impl Announcer {
    /// Announces a text.
    pub fn say(&self, text: impl Into<AttrValue>) {
        self.0.emit(text.into());
    }
}

/// The properties of [`LiveRegion`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What may announce something.
    pub children: Children,
}

/// Holds the region and hands out the [`Announcer`].
#[component]
pub fn LiveRegion(props: &Props) -> Html {
    let text = use_state(AttrValue::default);
    let announcer = {
        let setter = text.setter();
        use_memo((), move |()| Announcer(Callback::from(move |text| setter.set(text))))
    };
    html! {
        <ContextProvider<Announcer> context={(*announcer).clone()}>
            { props.children.clone() }
            <p class="visually-hidden" role="status" aria-live="polite">{ (*text).clone() }</p>
        </ContextProvider<Announcer>>
    }
}

/// The announcer of the app; silent outside of it, e.g. in a test of one component.
#[hook]
pub fn use_announcer() -> Announcer {
    use_context::<Announcer>().unwrap_or_else(|| Announcer(Callback::noop()))
}
