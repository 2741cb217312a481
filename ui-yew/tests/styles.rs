//! The style sheets and the page's frame: what can be told without a browser.

use std::collections::HashMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const BASE: &str = include_str!("../styles/base.css");
const ALL: [&str; 4] = [
    BASE,
    include_str!("../styles/forms.css"),
    include_str!("../styles/pages.css"),
    include_str!("../styles/admin.css"),
];
const PAGE: &str = concat!(include_str!("../index.html"), include_str!("../admin.html"));

/// The colours of the light scheme, and those of the dark one over them.
fn schemes() -> [HashMap<String, [f64; 3]>; 2] {
    let (light, dark) = BASE.split_once("@media (prefers-color-scheme: dark)").expect("two schemes");
    let dark = dark.split_once("\n}").map_or(dark, |(block, _)| block);
    let light = colours(light);
    let mut over = light.clone();
    over.extend(colours(dark));
    [light, over]
}

fn colours(css: &str) -> HashMap<String, [f64; 3]> {
    let declarations = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    declarations
        .map(|(name, rest)| {
            let part = |at: usize| u8::from_str_radix(&rest[at..at + 2], 16).expect("a colour");
            (name.to_owned(), [part(0), part(2), part(4)].map(|part| f64::from(part) / 255.0))
        })
        .collect()
}

/// Relative luminance and contrast as WCAG 2.2 defines them.
fn contrast(one: [f64; 3], two: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let linear = colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, two) = (luminance(one), luminance(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

#[test]
fn ui_39_40_text_and_controls_have_enough_contrast_in_both_schemes() {
    let text = [
        ("ink", "paper"),
        ("ink", "surface"),
        ("ink", "raised"),
        ("muted", "paper"),
        ("muted", "surface"),
        ("muted", "raised"),
        ("accent", "surface"),
        ("accent", "paper"),
        ("accent", "accent-soft"),
        ("accent-hover", "accent-soft"),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
        ("danger", "surface"),
        ("danger", "danger-soft"),
        ("on-danger", "danger"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("ink", "accent-soft"),
        ("ink", "good-soft"),
        ("ink", "warn-soft"),
        ("ink", "danger-soft"),
    ];
    // Borders of fields and the ring around what has the focus.
    let controls = [("field-line", "surface"), ("field-line", "paper"), ("accent", "surface"), ("danger", "surface")];
    for scheme in schemes() {
        for (pairs, least) in [(&text[..], 4.5), (&controls[..], 3.0)] {
            for (front, back) in pairs {
                let found = contrast(scheme[*front], scheme[*back]);
                assert!(found >= least, "{front} on {back}: {found:.2}");
            }
        }
    }
}

#[test]
fn ui_46_47_the_page_holds_no_inline_code_and_asks_nobody_else_for_anything() {
    let css = ALL.concat();
    for forbidden in ["@import", "url(", "http:", "https:"] {
        assert!(!css.contains(forbidden), "{forbidden} in a style sheet");
    }
    for forbidden in ["<style", " style=", " onclick", " onload", "http:", "https:", "javascript:"] {
        assert!(!PAGE.contains(forbidden), "{forbidden} in the page");
    }
    for script in PAGE.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').expect("a tag");
        assert!(attributes.contains("src="), "an inline script");
        assert!(rest.starts_with("</script>"), "an inline script");
    }
}

// Sides follow the direction of writing.
#[test]
fn ui_41_43_nothing_is_placed_left_or_right() {
    for css in ALL {
        for line in css.lines().map(str::trim) {
            for side in ["left", "right"] {
                let placed = line.starts_with(&format!("{side}:")) || line.contains(&format!("-{side}:"));
                assert!(!placed, "{line}");
            }
        }
    }
}

#[test]
fn ui_42_less_motion_and_forced_colours_are_honoured() {
    assert!(BASE.contains("prefers-reduced-motion: reduce"));
    for css in ALL {
        assert!(css.contains("forced-colors: active"));
    }
}
