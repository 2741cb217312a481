//! The language of the page, for all components.

use crate::i18n::{I18n, negotiate};
use crate::services::{browser, locales};
use yew::platform::spawn_local;
use yew::prelude::*;

/// The preference's name in this browser.
const CHOICE: &str = "nexus-language";

/// The texts, and a way to choose others.
#[derive(Clone, PartialEq)]
pub struct Language {
    /// The texts.
    pub i18n: I18n,
    /// Changes to a language of [`crate::i18n::LANGUAGES`].
    pub choose: Callback<String>,
}

#[derive(Properties, PartialEq)]
pub struct ProviderProps {
    /// Where the catalogues are: `/assets`.
    #[prop_or(AttrValue::Static("/assets"))]
    pub assets: AttrValue,
    pub children: Html,
}

/// Loads the language of the browser or the one that was chosen, and gives it to everything below.
#[component]
pub fn I18nProvider(props: &ProviderProps) -> Html {
    let i18n = use_state(I18n::english);
    let load = {
        let (i18n, assets) = (i18n.setter(), props.assets.clone());
        use_callback((), move |lang: String, ()| {
            let (i18n, assets) = (i18n.clone(), assets.clone());
            spawn_local(async move {
                let texts = match lang.as_str() {
                    "en" => I18n::english(),
                    // Without the file the page stays as it is: English, and usable.
                    lang => match locales::get(&assets, lang).await {
                        Ok(catalogue) => I18n::new(catalogue),
                        Err(_) => return,
                    },
                };
                browser::set_language(texts.lang(), texts.dir());
                i18n.set(texts);
            });
        })
    };
    {
        let load = load.clone();
        use_effect_with((), move |()| {
            let chosen = browser::preference(CHOICE);
            let lang = negotiate(chosen.as_deref(), &browser::languages());
            if lang != "en" {
                load.emit(lang.to_owned());
            }
        });
    }
    let choose = use_callback((), move |lang: String, ()| {
        browser::set_preference(CHOICE, &lang);
        load.emit(lang);
    });
    let language = Language { i18n: (*i18n).clone(), choose };
    html! {
        <ContextProvider<Language> context={language}>{ props.children.clone() }</ContextProvider<Language>>
    }
}

/// The texts in the person's language.
#[hook]
pub fn use_i18n() -> I18n {
    use_context::<Language>().map_or_else(I18n::english, |language| language.i18n)
}

/// The language and how to change it; `None` outside an [`I18nProvider`].
#[hook]
pub fn use_language() -> Option<Language> {
    use_context::<Language>()
}
