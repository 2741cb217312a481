//! What a method is called, where its own labels do not say it.

use crate::i18n::texts::{self, Text};
use identity_api::ui::NodeGroup;

/// A method's name.
pub(super) fn name(group: NodeGroup) -> Option<&'static Text> {
    Some(match group {
        NodeGroup::Password => &texts::METHOD_PASSWORD,
        NodeGroup::Oidc | NodeGroup::Saml => &texts::METHOD_OIDC,
        NodeGroup::Totp => &texts::METHOD_TOTP,
        NodeGroup::Code => &texts::METHOD_CODE,
        NodeGroup::Link => &texts::METHOD_LINK,
        NodeGroup::LookupSecret => &texts::METHOD_LOOKUP,
        NodeGroup::Webauthn => &texts::METHOD_WEBAUTHN,
        NodeGroup::Passkey => &texts::METHOD_PASSKEY,
        NodeGroup::Profile => &texts::METHOD_PROFILE,
        _ => return None,
    })
}
