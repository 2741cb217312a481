//! Backup codes (ui.md 34): shown once, to be copied, kept as a file or printed.

use crate::components::notice::notice;
use crate::i18n::{I18n, texts};
use crate::services::browser;
use identity_api::UiText;
use identity_api::ui::TextType;
use serde_json::Value;
use yew::platform::spawn_local;
use yew::prelude::*;

/// The box that says that the codes were saved; taking them over asks for it.
pub(super) const SAVED: &str = "codes-saved";

/// From how many codes on people are told to generate new ones.
const FEW: usize = 3;

/// The message of a code that was used.
const USED: u64 = 1_050_014;

/// The codes in a text; used ones are `None`.
fn codes(text: &UiText) -> Option<Vec<Option<String>>> {
    let secrets = text.context.as_ref()?.get("secrets")?.as_array()?;
    let code = |secret: &Value| {
        let is_used = secret.get("id").and_then(Value::as_u64) == Some(USED);
        if is_used { None } else { secret.get("text").and_then(Value::as_str).map(str::to_owned) }
    };
    Some(secrets.iter().map(code).collect())
}

/// Shows the codes of a text; `None` when it holds none. `are_new` when they must still be taken over.
pub(super) fn show(text: &UiText, are_new: bool, i18n: &I18n) -> Option<Html> {
    let codes = codes(text)?;
    let left: Vec<&str> = codes.iter().flatten().map(String::as_str).collect();
    let lines = left.join("\n");
    let count = left.len().to_string();
    let file = format!("data:text/plain;charset=utf-8,{}", lines.replace('\n', "%0A"));
    let print = Callback::from(|_: MouseEvent| browser::print());
    Some(html! {
        <>
            <ul class="codes" translate="no">
                for code in &codes {
                    <li>
                        if let Some(code) = code {
                            <code>{ code.clone() }</code>
                        } else {
                            <span class="muted">{ i18n.t(&texts::CODES_USED) }</span>
                        }
                    </li>
                }
            </ul>
            if left.len() <= FEW {
                { notice(TextType::Error, i18n.with(&texts::CODES_FEW, &[("left", &count)])) }
            } else if !are_new {
                <p class="muted">
                    { i18n.with(&texts::CODES_LEFT, &[("left", &count), ("all", &codes.len().to_string())]) }
                </p>
            }
            <div class="buttons-row">
                { copy_button(lines, i18n) }
                <a class="button button-small" href={file} download="backup-codes.txt">
                    { i18n.t(&texts::DOWNLOAD) }
                </a>
                <button type="button" class="button button-small" onclick={print}>{ i18n.t(&texts::PRINT) }</button>
            </div>
            if are_new {
                <div class="check">
                    <input type="checkbox" id={SAVED} />
                    <label for={SAVED}>{ i18n.t(&texts::CODES_SAVED) }</label>
                </div>
            }
        </>
    })
}

/// A button that puts a text on the clipboard and says so.
pub(super) fn copy_button(text: String, i18n: &I18n) -> Html {
    let onclick = {
        let i18n = i18n.clone();
        Callback::from(move |_: MouseEvent| {
            let (text, i18n) = (text.clone(), i18n.clone());
            spawn_local(async move {
                if browser::copy(&text).await.is_ok() {
                    browser::announce(&i18n.t(&texts::COPIED));
                }
            });
        })
    };
    html! { <button type="button" class="button button-small" {onclick}>{ i18n.t(&texts::COPY) }</button> }
}

#[cfg(test)]
mod tests {
    use super::codes;
    use identity_api::Timestamp;
    use identity_api::messages;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn ui_34_used_codes_are_told_from_those_that_are_left() {
        let fresh = messages::settings_lookup_secret("abcd1234");
        let used = messages::settings_lookup_used(Timestamp::UNIX_EPOCH);
        let text = messages::settings_lookup_secrets(&["abcd1234".into(), "used".into()], &[fresh, used]);
        assert_eq!(codes(&text), Some(vec![Some("abcd1234".to_owned()), None]));
        assert_eq!(codes(&messages::label_save()), None);
    }
}
