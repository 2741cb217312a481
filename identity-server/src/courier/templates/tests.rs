//! The built-in set is whole: every kind, in every language.

use super::super::data::Fields;
use super::*;

#[test]
fn every_built_in_message_renders_in_english_and_german() {
    let mut loader = Loader { compiled: BTreeMap::new(), problems: Vec::new(), functions: Functions::sprig() };
    let layout = loader.layout(None);
    loader.built_in(&layout);
    assert!(loader.problems.is_empty(), "{:#?}", loader.problems);
    let templates = Templates { compiled: loader.compiled, languages: BTreeSet::from(["de".to_owned()]) };
    for kind in Template::ALL {
        for (wish, language) in [("de", "de"), ("en", "en"), ("fr", "en")] {
            let chosen = templates.choose(kind, &[wish.to_owned()]);
            assert_eq!(chosen.language(), language);
            let dot = Value::Object(Arc::new(Fields::sample(kind)));
            for part in [Part::Subject, Part::Plain, Part::Html] {
                let text = chosen.render(part, &dot).expect("renders");
                assert!(!text.is_empty() && !text.contains("<no value>"), "{kind:?} {part:?}: {text}");
                if let Some((name, _)) = kind.code_field().filter(|_| part != Part::Subject) {
                    assert!(text.contains(name), "the code is not in {kind:?} {part:?}");
                }
            }
            if kind.code_field().is_some() {
                assert!(chosen.render(Part::Sms, &dot).is_ok(), "{kind:?} by text message");
            }
        }
    }
}
