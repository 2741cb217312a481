//! Small line drawings. They only repeat what the text beside them says.

use yew::prelude::*;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// An open eye.
    Eye,
    /// A struck-out eye.
    EyeOff,
    /// Head and shoulders.
    Person,
    /// An i in a circle.
    Info,
    /// A tick in a circle.
    Good,
    /// A triangle.
    Warn,
    /// A key.
    Key,
}

impl Drawing {
    const fn path(self) -> &'static str {
        match self {
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
            }
            Self::EyeOff => {
                "M4 4l16 16M9.9 5.7A9.4 9.4 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3.3 3.9M6.2 7.5A15.8 15.8 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 3.9-.9M10 10a3 3 0 0 0 4.2 4.2"
            }
            Self::Person => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
            Self::Info => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01",
            Self::Good => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 12.3l2.4 2.4 4.6-5",
            Self::Warn => "M12 3.5 22 20.5H2zM12 10v4.5M12 17.5v.01",
            Self::Key => "M15.5 8.5h.01M14 14.5a5.5 5.5 0 1 0-5.2-3.7L3 16.6V21h4v-2.5h2.5V16h2l1-1.6c.5.1 1 .1 1.5.1z",
        }
    }
}

/// A drawing at the size of text.
pub fn icon(drawing: Drawing) -> Html {
    html! {
        <svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8"
             stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d={drawing.path()} />
        </svg>
    }
}
