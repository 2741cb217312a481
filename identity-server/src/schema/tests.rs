//! What forms and applications see of a schema. The schemas are small ones of our own.

use super::{IdentitySchema, SchemaEntry, SchemaRegistry, Via, form, normalise_identifier};
use crate::model::CredentialKind;
use base64::Engine as _;
use identity_api::ui::{InputType, NodeGroup};
use identity_api::{UiContainer, UiNode};
use serde_json::{Value, json};

fn person() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://nexus.example/person.json",
        "type": "object",
        "definitions": { "short": { "type": "string", "title": "Short", "maxLength": 3 } },
        "properties": { "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string", "format": "email", "title": "E-mail", "minLength": 3,
                    "ory.sh/kratos": {
                        "credentials": {
                            "password": { "identifier": true }, "webauthn": { "identifier": true },
                            "code": { "identifier": true, "via": "email" },
                            "totp": { "account_name": true }, "passkey": { "display_name": true }
                        },
                        "verification": { "via": "email" }, "recovery": { "via": "email" }
                    }
                },
                "phone": {
                    "type": "string", "format": "tel", "title": "Phone",
                    "ory.sh/kratos": { "verification": { "via": "sms" } }
                },
                "others": {
                    "type": "array", "maxItems": 2, "uniqueItems": true,
                    "items": { "type": "string", "format": "email", "ory.sh/kratos": { "recovery": { "via": "email" } } }
                },
                "level": { "type": "integer", "minimum": 1, "maximum": 9 },
                "share": { "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.25 },
                "news": { "type": "boolean" },
                "terms": { "const": true, "title": "Terms" },
                "role": { "type": "string", "enum": ["cook", "guest"] },
                "born": { "type": "string", "format": "date" },
                "site": { "type": "string", "format": "uri" },
                "nick": { "$ref": "#/definitions/short" },
                "tag": { "type": "string", "pattern": "^[a-z]+$" },
                "office": {
                    "type": "object",
                    "properties": { "city": { "type": "string" }, "floor": { "type": "integer" } },
                    "required": ["city"]
                }
            },
            "required": ["email"],
            "additionalProperties": false
        } }
    })
}

fn schema() -> IdentitySchema {
    IdentitySchema::compile("default", person(), "person.json").unwrap()
}

fn compile(document: Value) -> Result<IdentitySchema, String> {
    IdentitySchema::compile("default", document, "test.json").map_err(|error| error.to_string())
}

fn faults(traits: Value) -> Vec<(String, u32)> {
    schema().validate(&traits).into_iter().map(|fault| (fault.name, fault.message.id)).collect()
}

fn fault(traits: Value, name: &str) -> (u32, Value) {
    let found = schema().validate(&traits).into_iter().find(|fault| fault.name == name).unwrap();
    (found.message.id, found.message.context.unwrap_or_default())
}

fn form_fields(fields: &[(&str, &str)]) -> Value {
    let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    schema().decode_form(&fields)
}

#[test]
fn valid_traits_have_no_faults() {
    let traits = json!({
        "email": "ada@example.com", "phone": "+49 (176) 1234-5678", "others": ["b@example.com"], "level": 3,
        "share": 0.25, "news": false, "terms": true, "role": "cook", "born": "1990-02-28",
        "site": "https://example.com/~u", "nick": "abc", "tag": "x", "office": { "city": "Ulm" }
    });
    assert_eq!(faults(traits), []);
}

#[test]
fn every_fault_is_told_at_once_with_the_ids_and_contexts_of_the_contract() {
    let traits = json!({
        "phone": "12", "others": ["x@y.z", "x@y.z", "q@y.z"], "level": 10, "share": 0, "news": "yes", "terms": false,
        "role": "king", "born": "yesterday", "site": "no uri", "nick": "long", "tag": "a b",
        "office": { "floor": 1.5 }, "colour": "blue"
    });
    let expected = [
        ("traits.email", 4000002, json!({ "property": "email" })),
        ("traits", 4000001, json!({ "reason": "additionalProperties \"colour\" not allowed" })),
        ("traits.phone", 4000041, json!({ "value": "12" })),
        ("traits.others", 4000023, json!({ "max_items": 2, "actual_items": 3 })),
        ("traits.level", 4000020, json!({ "maximum": 9, "actual": 10 })),
        ("traits.share", 4000019, json!({ "minimum": 0, "actual": 0 })),
        ("traits.news", 4000026, json!({ "allowed_types": ["boolean"], "actual_type": "string" })),
        ("traits.terms", 4000029, json!({ "expected": "true" })),
        ("traits.role", 4000001, json!({ "reason": "value must be one of \"cook\", \"guest\"" })),
        ("traits.born", 4000001, json!({ "reason": "\"yesterday\" is not valid \"date\"" })),
        ("traits.site", 4000001, json!({ "reason": "\"no uri\" is not valid \"uri\"" })),
        ("traits.nick", 4000017, json!({ "max_length": 3, "actual_length": 4 })),
        ("traits.tag", 4000004, json!({ "pattern": "^[a-z]+$" })),
        ("traits.office.city", 4000002, json!({ "property": "city" })),
        ("traits.office.floor", 4000026, json!({ "allowed_types": ["integer"], "actual_type": "number" })),
    ];
    for (name, id, context) in &expected {
        assert_eq!(fault(traits.clone(), name), (*id, context.clone()), "{name}");
    }
    let others: Vec<u32> =
        faults(traits.clone()).into_iter().filter(|(name, _)| name == "traits.others").map(|(_, id)| id).collect();
    assert_eq!(others, [4000023, 4000025]);
    assert_eq!(faults(traits).len(), expected.len() + 1);
}

#[test]
fn an_empty_address_is_invalid_and_too_short_but_not_said_to_be_no_address() {
    assert_eq!(faults(json!({ "email": "" })), [("traits.email".into(), 4000001), ("traits.email".into(), 4000003)]);
    assert_eq!(fault(json!({ "email": "" }), "traits.email").1, json!({ "reason": "\"\" is not valid \"email\"" }));
}

#[test]
fn a_value_of_another_type_has_no_other_faults() {
    assert_eq!(faults(json!({ "email": 42 })), [("traits.email".into(), 4000026)]);
    assert_eq!(faults(json!({ "email": "a@b", "office": "Ulm" })), [("traits.office".into(), 4000026)]);
    assert_eq!(faults(json!({ "email": "a@b", "news": null })), [("traits.news".into(), 4000026)]);
    assert_eq!(faults(json!("text")), [("traits".into(), 4000026)]);
}

#[test]
fn addresses_that_could_reach_somebody_else_are_refused() {
    let long = format!("{}@example.com", "a".repeat(600));
    for bad in [
        "nobody",
        "a@",
        "@b",
        "zoë@exämple.com",
        "Ada <ada@example.com>",
        " ada@example.com ",
        "a@b\r\nBcc: c@d",
        "a@b@c d",
        "a..b@example.com",
        "\"a b\"@example.com",
        "a@-b.example",
        "a@b..c",
        long.as_str(),
    ] {
        assert_eq!(fault(json!({ "email": bad }), "traits.email"), (4000040, json!({ "value": bad })), "{bad:?}");
    }
    assert_eq!(
        faults(json!({ "email": "a@b" })),
        [("traits.email".into(), 4000003)].into_iter().take(0).collect::<Vec<_>>()
    );
    for bad in ["0176 12345678", "+49", "+4917612345678 ext. 5", "+0000000000", "tel:+4917612345678"] {
        assert_eq!(fault(json!({ "email": "a@b", "phone": bad }), "traits.phone").0, 4000041, "{bad:?}");
    }
}

#[test]
fn alternatives_report_what_each_of_them_lacks() {
    let document = json!({ "properties": { "traits": {
        "type": "object",
        "properties": {
            "email": { "type": "string", "format": "email", "ory.sh/kratos": {} }, "phone": { "type": "string" }
        },
        "anyOf": [{ "required": ["email"] }, { "required": ["phone"] }]
    } } });
    let names: Vec<_> =
        compile(document).unwrap().validate(&json!({})).into_iter().map(|f| (f.name, f.message.id)).collect();
    assert_eq!(names, [("traits.email".into(), 4000002), ("traits.phone".into(), 4000002)]);
}

#[test]
fn an_address_without_format_is_checked_unless_the_schema_waives_it() {
    let document = |format: Value| {
        json!({ "properties": { "traits": { "type": "object", "properties": {
            "mail": { "type": "string", "format": format, "ory.sh/kratos": { "recovery": { "via": "email" } } }
        } } } })
    };
    let ids = |format: &str| -> Vec<u32> {
        let schema = compile(document(format.into())).unwrap();
        schema.validate(&json!({ "mail": "nonsense" })).iter().map(|fault| fault.message.id).collect()
    };
    assert_eq!(ids("something"), [4000040]);
    assert_eq!(ids("no-validate"), [] as [u32; 0]);
}

#[test]
fn fields_follow_the_schema_in_order_and_kind() {
    let nodes = schema().trait_nodes();
    let shown: Vec<_> = nodes
        .iter()
        .map(|node| {
            let input = node.as_input().unwrap();
            (input.name.as_str(), input.input_type, input.autocomplete.as_deref(), input.required)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("traits.email", InputType::Email, Some("email"), true),
            ("traits.phone", InputType::Tel, Some("tel"), false),
            ("traits.others", InputType::Text, None, false),
            ("traits.level", InputType::Number, None, false),
            ("traits.share", InputType::Number, None, false),
            ("traits.news", InputType::Checkbox, None, false),
            ("traits.terms", InputType::Checkbox, None, false),
            ("traits.role", InputType::Text, None, false),
            ("traits.born", InputType::Date, None, false),
            ("traits.site", InputType::Url, Some("url"), false),
            ("traits.nick", InputType::Text, None, false),
            ("traits.tag", InputType::Text, None, false),
            ("traits.office.city", InputType::Text, None, true),
            ("traits.office.floor", InputType::Number, None, false),
        ]
    );
    assert!(nodes.iter().all(|node| node.group == NodeGroup::Default));
    let email = json!(nodes[0].meta.label);
    assert_eq!(
        email,
        json!({ "id": 1070002, "text": "E-mail", "type": "info", "context": { "title": "E-mail", "name": "traits.email" } })
    );
    let of = |name: &str| nodes.iter().find(|node| node.id() == name).unwrap();
    assert_eq!(of("traits.tag").as_input().unwrap().pattern.as_deref(), Some("^[a-z]+$"));
    assert_eq!(
        json!(of("traits.role").as_input().unwrap().options),
        json!([{ "value": "cook" }, { "value": "guest" }])
    );
    assert_eq!(of("traits.nick").meta.label.as_ref().unwrap().text, "Short");
    assert!(of("traits.level").meta.label.is_none());
}

#[test]
fn the_sign_in_label_is_the_only_identifiers_title() {
    assert_eq!(schema().identifier_label().context, Some(json!({ "title": "E-mail", "name": "traits.email" })));
    let mut two = person();
    two["properties"]["traits"]["properties"]["tag"]["ory.sh/kratos"] =
        json!({ "credentials": { "password": { "identifier": true } } });
    assert_eq!(compile(two).unwrap().identifier_label().id, 1070004);
}

#[test]
fn form_values_get_the_types_of_the_schema() {
    let body = form_fields(&[
        ("method", "profile"),
        ("traits.email", "ada@example.com"),
        ("traits.level", "036"),
        ("traits.share", "0.25"),
        ("traits.news", "false"),
        ("traits.news", "true"),
        ("traits.terms", "on"),
        ("traits.unknown", "x"),
        ("traits.office.city", "Köln"),
        ("traits.role", ""),
        ("traits.others", "a@b"),
        ("traits.others", "c@d"),
        ("transient_payload.shop", "7"),
        ("traits.others.0", "x@y"),
    ]);
    assert_eq!(
        body,
        json!({
            "method": "profile",
            "traits": {
                "email": "ada@example.com", "level": 36, "share": 0.25, "news": true, "terms": "on",
                "office": { "city": "Köln" }, "others": ["a@b", "c@d"]
            },
            "transient_payload": { "shop": "7" }
        })
    );
    assert_eq!(form_fields(&[("traits.level", "young")])["traits"]["level"], "young");
}

#[test]
fn hostile_form_names_are_harmless() {
    let deep = format!("a{}", ".a".repeat(10_000));
    let body =
        form_fields(&[(&deep, "x"), ("traits", "x"), ("", "x"), ("...", "y"), ("method", "m"), ("method.x", "y")]);
    assert_eq!(body["method"], "m");
    assert_eq!(body["traits"], json!({ "office": {} }));
}

#[test]
fn dotted_keys_of_json_are_typed_and_nested_values_are_not() {
    let body = json!({ "traits.level": "12", "traits.email": "a@b", "traits": { "share": "3" } });
    assert_eq!(
        schema().decode_json(body),
        json!({ "traits": { "share": "3", "level": 12, "email": "a@b", "office": {} } })
    );
    assert_eq!(schema().decode_json(json!({ "traits": null }))["traits"], json!({ "office": {} }));
    assert_eq!(schema().decode_json(json!({ "traits": "text" }))["traits"], "text");
    assert_eq!(schema().decode_json(json!({ "traits": { "office": "x" } }))["traits"], json!({ "office": "x" }));
}

#[test]
fn what_forms_leave_out_of_an_optional_object_is_required() {
    let schema = schema();
    let filled = schema.decode_json(json!({ "traits": { "email": "a@b" } }));
    assert_eq!(schema.validate(&json!({ "email": "a@b.c" })), []);
    let faults = schema.validate(&filled["traits"]);
    assert_eq!(faults.iter().map(|fault| fault.name.as_str()).collect::<Vec<_>>(), ["traits.office.city"]);
}

#[test]
fn identifiers_and_addresses_come_out_of_the_traits_normalised() {
    let traits = json!({
        "email": "Ada.L@Example.COM", "phone": "+49 (176) 1234-5501", "others": ["B@example.com", "c@example.com"]
    });
    let found = schema().extract(&traits);
    let email = "ada.l@example.com".to_owned();
    for kind in [CredentialKind::Password, CredentialKind::Webauthn, CredentialKind::Code] {
        assert_eq!(found.identifiers[&kind], std::slice::from_ref(&email));
    }
    assert_eq!(found.code_addresses, [(Via::Email, email.clone())]);
    assert_eq!(found.verifiable, [(Via::Email, email.clone()), (Via::Sms, "+4917612345501".into())]);
    let recovery = [&email, "b@example.com", "c@example.com"].map(|value| (Via::Email, value.to_owned()));
    assert_eq!(found.recovery, recovery);
    assert_eq!(found.totp_account_name.as_deref(), Some("Ada.L@Example.COM"));
    assert_eq!(found.passkey_display_name.as_deref(), Some("Ada.L@Example.COM"));
    assert_eq!(schema().extract(&json!({ "email": "" })), super::Extracted::default());
}

#[test]
fn phone_traits_are_kept_in_e164_and_everything_else_as_typed() {
    let traits = json!({ "email": "Ada@Example.com", "phone": "+49 (176) 1234-5501" });
    assert_eq!(schema().normalise(traits), json!({ "email": "Ada@Example.com", "phone": "+4917612345501" }));
}

/// Requirement 12: case and Unicode variants of an identifier are one account.
#[test]
fn spellings_of_one_identifier_are_one_identifier() {
    for text in [" Ada@Example.com\t", "ＡＤＡ@example.com", "ada@example.com"] {
        assert_eq!(normalise_identifier(text), "ada@example.com");
    }
    assert_eq!(normalise_identifier("Zoe\u{308}"), normalise_identifier("ZO\u{cb}"));
    assert_eq!(normalise_identifier("+49 176 12345678"), "+4917612345678");
    for text in ["İstanbul", "ΑΣ", "ﬃ", "K"] {
        let once = normalise_identifier(text);
        assert_eq!(normalise_identifier(&once), once);
    }
}

#[test]
fn a_schema_without_extension_signs_in_by_its_email_and_warns() {
    let document = json!({ "properties": { "traits": { "type": "object", "properties": {
        "name": { "type": "string" }, "email": { "type": "string" }
    } } } });
    let schema = compile(document).unwrap();
    assert!(schema.warnings()[0].contains("traits.email is taken as identifier"), "{:?}", schema.warnings());
    let found = schema.extract(&json!({ "email": "A@b.c" }));
    assert_eq!(found.identifiers[&CredentialKind::Password], ["a@b.c"]);
    assert_eq!((found.verifiable.len(), found.recovery.len()), (1, 1));
    let nobody = compile(json!({ "properties": { "traits": { "properties": { "name": {} } } } })).unwrap();
    assert!(nobody.warnings()[0].contains("nobody can sign in"));
}

#[test]
fn a_broken_schema_is_refused_with_the_place_and_the_mend() {
    let mut typo = person();
    typo["properties"]["traits"]["properties"]["phone"]["ory.sh/kratos"]["verification"]["via"] = "fax".into();
    let cases = [
        (json!([]), "expected a JSON Schema document"),
        (json!({ "type": "object" }), "/properties/traits: expected the schema of the traits here"),
        (json!({ "properties": { "traits": { "type": "objekt" } } }), "no valid JSON Schema"),
        (json!({ "properties": { "traits": { "$ref": "https://evil.example/x" } } }), "no valid JSON Schema"),
        (
            typo,
            "/properties/traits/properties/phone/ory.sh~1kratos/verification/via: found \"fax\", expected \"email\" or \"sms\"",
        ),
    ];
    for (document, expected) in cases {
        let error = compile(document).unwrap_err();
        assert!(error.contains("\"default\" (test.json)") && error.contains(expected), "{error}");
    }
}

#[test]
fn circular_references_end() {
    let document = json!({
        "definitions": { "tree": { "type": "object", "properties": { "child": { "$ref": "#/definitions/tree" } } } },
        "properties": { "traits": { "type": "object", "properties": {
            "email": { "type": "string", "ory.sh/kratos": {} }, "tree": { "$ref": "#/definitions/tree" }
        } } }
    });
    assert_eq!(compile(document).unwrap().trait_nodes().len(), 1);
}

#[test]
fn faults_land_on_their_fields_and_values_stay() {
    let schema = schema();
    let mut ui = UiContainer { nodes: schema.trait_nodes(), ..UiContainer::default() };
    ui.nodes.push(UiNode::input(
        NodeGroup::Password,
        identity_api::ui::InputAttributes {
            name: "password".into(),
            input_type: InputType::Password,
            ..Default::default()
        },
    ));
    let body = json!({ "password": "secret", "traits": { "email": "x", "level": "old", "office": "y", "tags": [] } });
    form::fill_values(&mut ui, &body);
    let mut faults = schema.validate(&body["traits"]);
    faults.push(super::FieldFault { name: String::new(), message: identity_api::messages::generic("no") });
    form::apply_faults(&mut ui, &faults);
    let value = |ui: &UiContainer, name: &str| ui.node(name).unwrap().as_input().unwrap().value.clone();
    assert_eq!(value(&ui, "traits.email"), Some("x".into()));
    assert_eq!(value(&ui, "traits.level"), Some("old".into()));
    assert_eq!(value(&ui, "password"), None);
    assert_eq!(ui.node("traits.email").unwrap().messages[0].id, 4000040);
    let added = ui.node("traits.office").unwrap();
    assert_eq!((added.messages[0].id, added.as_input().unwrap().input_type), (4000026, InputType::Text));
    assert_eq!((added.group, added.meta.label.is_none()), (NodeGroup::Default, true));
    assert_eq!(ui.messages.len(), 1);

    form::clear_messages(&mut ui);
    form::fill_values(&mut ui, &json!({ "traits": {} }));
    assert!(ui.messages.is_empty() && ui.nodes.iter().all(|node| node.messages.is_empty()));
    assert_eq!(value(&ui, "traits.email"), Some("x".into()));
}

#[tokio::test]
async fn schemas_load_from_files_and_texts_and_are_found_by_id_and_encoded_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a person.json");
    std::fs::write(&path, person().to_string()).unwrap();
    let file = format!("file://{}", path.display().to_string().replace(' ', "%20"));
    let text = format!("base64://{}", base64::engine::general_purpose::STANDARD.encode(person().to_string()));
    let entry = |id, url, selectable| SchemaEntry { id, url, selectable };
    let entries = [entry("default", &file, false), entry("crew", &text, true), entry("hidden", &text, false)];
    let registry = SchemaRegistry::load("default", &entries).await.unwrap();
    assert_eq!(registry.default().id(), "default");
    assert_eq!(registry.iter().map(IdentitySchema::id).collect::<Vec<_>>(), ["default", "crew", "hidden"]);
    assert_eq!(registry.by_url_name("Y3Jldw").unwrap().id(), "crew");
    assert_eq!(registry.by_url_name("crew").unwrap().id(), "crew");
    assert!(registry.by_url_name("Y3Jldw==").is_none() && registry.get("nobody").is_none());
    let selectable: Vec<_> = ["default", "crew", "hidden", "x"].map(|id| registry.is_selectable(id)).to_vec();
    assert_eq!(selectable, [true, true, false, false]);

    for (default, entries, expected) in [
        ("other", vec![entry("default", file.as_str(), false)], "identity.default_schema_id names it"),
        ("a", vec![entry("a", file.as_str(), false), entry("a", file.as_str(), false)], "two entries"),
        ("a", vec![entry("a", "file:///nowhere/x.json", false)], "cannot read /nowhere/x.json"),
        ("a", vec![entry("a", "base64://%%", false)], "no base64"),
        ("a", vec![entry("a", "ftp://x", false)], "expected a URL that begins with"),
    ] {
        let error = SchemaRegistry::load(default, &entries).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
