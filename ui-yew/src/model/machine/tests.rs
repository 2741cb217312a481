use super::*;
use crate::model::form::samples;
use identity_api::{UiContainer, messages};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ORIGIN: &str = "http://127.0.0.1:4455";

fn flow(id: &str, ui: UiContainer) -> Flow {
    Flow {
        id: id.into(),
        return_to: None,
        active: None,
        ui,
        state: "choose_method".into(),
        refresh: false,
        requested_aal: "aal1".into(),
        continue_with: Vec::new(),
        traits: None,
    }
}

fn page(kind: FlowKind, query: &str) -> Machine {
    Machine::new(kind, Query::parse(query), ORIGIN.into())
}

fn answer(machine: &mut Machine, stage: Stage, outcome: Outcome) -> Vec<Effect> {
    let ticket = machine.ticket;
    machine.step(Event::Answered { ticket, stage, outcome })
}

fn asked(effects: &[Effect]) -> &str {
    match effects {
        [Effect::Ask { path, .. }] => path,
        other => panic!("not a request: {other:?}"),
    }
}

fn form(machine: &Machine) -> &Form {
    match machine.view() {
        View::Form(form) => form,
        other => panic!("no form: {other:?}"),
    }
}

fn press(machine: &mut Machine) -> Vec<Effect> {
    machine.step(Event::Pressed {
        button: Pressed { name: "method".into(), value: "password".into() },
        body: serde_json::json!({"method": "password"}),
    })
}

fn restart(cause: Cause) -> Outcome {
    Outcome::Restart { cause, replacement: None, return_to: None }
}

/// A login page that shows its form.
fn login(query: &str) -> Machine {
    let mut machine = page(FlowKind::Login, query);
    machine.step(Event::Opened);
    answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("f1", samples::login()))));
    machine
}

#[test]
fn a_page_without_a_flow_starts_one_and_keeps_its_id_in_the_address() {
    let mut machine = page(FlowKind::Login, "return_to=http%3A%2F%2Fhost%2Fin&utm=1&refresh=true");
    let effects = machine.step(Event::Opened);
    assert_eq!(asked(&effects), "/self-service/login/browser?return_to=http%3A%2F%2Fhost%2Fin&refresh=true");
    let effects = answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("f1", samples::login()))));
    assert_eq!(effects, [Effect::Remember("/login?flow=f1&return_to=http%3A%2F%2Fhost%2Fin".into())]);
    assert_eq!(form(&machine).focus, Focus::Stay);
    assert_eq!(form(&machine).restarted, None);
}

#[test]
fn a_page_with_a_flow_fetches_it() {
    let mut machine = page(FlowKind::Registration, "?flow=a%26b");
    let effects = machine.step(Event::Opened);
    assert_eq!(asked(&effects), "/self-service/registration/flows?id=a%26b");
}

#[test]
fn ui_27_an_expired_flow_is_replaced_and_the_way_back_is_kept() {
    let mut machine = page(FlowKind::Login, "?flow=old");
    machine.step(Event::Opened);
    let effects = answer(
        &mut machine,
        Stage::Fetch,
        Outcome::Restart { cause: Cause::Expired, replacement: None, return_to: Some("http://host/in".into()) },
    );
    assert_eq!(asked(&effects), "/self-service/login/browser?return_to=http%3A%2F%2Fhost%2Fin");
    answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("new", samples::login()))));
    assert!(form(&machine).restarted.is_some());
}

// What was typed stays, because the form stays until the new one is there.
#[test]
fn ui_27_a_form_that_expired_while_it_was_filled_in_stays_on_the_screen_until_it_is_replaced() {
    let mut machine = login("");
    press(&mut machine);
    let effects = answer(
        &mut machine,
        Stage::Submit,
        Outcome::Restart { cause: Cause::Expired, replacement: Some("f2".into()), return_to: None },
    );
    assert_eq!(asked(&effects), "/self-service/login/flows?id=f2");
    assert!(form(&machine).busy.is_some());
    let effects = answer(&mut machine, Stage::Fetch, Outcome::Show(Box::new(flow("f2", samples::login()))));
    assert_eq!(effects, [Effect::Remember("/login?flow=f2".into())]);
    let form = form(&machine);
    assert_eq!((form.restarted, form.revision), (Some(Cause::Expired), 1));
    assert!(form.busy.is_none());
}

#[test]
fn a_restarted_second_factor_stays_one() {
    let mut machine = page(FlowKind::Login, "?flow=old");
    machine.step(Event::Opened);
    let mut second = flow("old", samples::login());
    second.requested_aal = "aal2".into();
    second.refresh = true;
    second.return_to = Some("http://host/in".into());
    answer(&mut machine, Stage::Fetch, Outcome::Show(Box::new(second)));
    press(&mut machine);
    let effects = answer(&mut machine, Stage::Submit, restart(Cause::Cookie));
    let path = asked(&effects);
    assert!(path.contains("aal=aal2") && path.contains("refresh=true"), "{path}");
    assert!(path.contains("return_to=http%3A%2F%2Fhost%2Fin"), "{path}");
}

#[test]
fn a_browser_without_cookies_is_told_so_instead_of_going_round_in_circles() {
    let mut machine = login("");
    for _ in 0..PATIENCE {
        press(&mut machine);
        answer(&mut machine, Stage::Submit, restart(Cause::Cookie));
        answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("again", samples::login()))));
        assert_eq!(form(&machine).restarted, Some(Cause::Cookie));
    }
    press(&mut machine);
    let effects = answer(&mut machine, Stage::Submit, restart(Cause::Cookie));
    assert_eq!(effects, []);
    assert_eq!(machine.view(), &View::Failed(Failure::NoCookies));
    assert_eq!(asked(&machine.step(Event::Retry)), "/self-service/login/browser");
}

#[test]
fn ui_29_a_second_press_while_the_first_is_under_way_sends_nothing() {
    let mut machine = login("");
    assert_eq!(asked(&press(&mut machine)), "/self-service/login?flow=f1");
    assert_eq!(press(&mut machine), []);
    let mut refused = flow("f1", samples::login());
    refused.ui.messages = vec![messages::invalid_credentials()];
    answer(&mut machine, Stage::Submit, Outcome::Show(Box::new(refused)));
    assert_eq!(form(&machine).focus, Focus::Faults);
    assert_eq!(asked(&press(&mut machine)), "/self-service/login?flow=f1");
}

#[test]
fn the_next_step_of_a_flow_takes_the_focus() {
    let mut machine = page(FlowKind::Recovery, "");
    machine.step(Event::Opened);
    answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("f1", samples::login()))));
    press(&mut machine);
    answer(&mut machine, Stage::Submit, Outcome::Show(Box::new(flow("f1", samples::enter_code()))));
    assert_eq!(form(&machine).focus, Focus::FirstField);
    // Sending the code once more changes nothing on the screen.
    press(&mut machine);
    answer(&mut machine, Stage::Submit, Outcome::Show(Box::new(flow("f1", samples::enter_code()))));
    assert_eq!(form(&machine).focus, Focus::Stay);
}

#[test]
fn a_lost_connection_leaves_the_form_to_be_sent_again() {
    let mut machine = login("");
    press(&mut machine);
    answer(&mut machine, Stage::Submit, Outcome::Failed(Error::Network));
    let shown = form(&machine);
    assert_eq!((shown.trouble.clone(), shown.revision), (Some(Error::Network), 0));
    assert_eq!(asked(&press(&mut machine)), "/self-service/login?flow=f1");

    let mut machine = page(FlowKind::Login, "?flow=f1");
    machine.step(Event::Opened);
    answer(&mut machine, Stage::Fetch, Outcome::Failed(Error::Network));
    assert_eq!(machine.view(), &View::Failed(Failure::Error(Error::Network)));
    assert_eq!(asked(&machine.step(Event::Retry)), "/self-service/login/flows?id=f1");
}

#[test]
fn an_answer_to_an_older_question_is_ignored() {
    let mut machine = login("");
    press(&mut machine);
    let late = Event::Answered { ticket: 1, stage: Stage::Start, outcome: Outcome::SignedIn };
    assert_eq!(machine.step(late), []);
    assert!(form(&machine).busy.is_some());
}

#[test]
fn the_signed_in_are_led_on_by_the_server_or_home() {
    let mut machine = page(FlowKind::Login, "");
    machine.step(Event::Opened);
    assert_eq!(answer(&mut machine, Stage::Start, Outcome::SignedIn), [Effect::Leave(Place::page("/welcome"))]);
    // The page itself must not follow an address that nobody has checked.
    let mut machine = page(FlowKind::Login, "return_to=https%3A%2F%2Fevil.example");
    machine.step(Event::Opened);
    assert_eq!(
        answer(&mut machine, Stage::Start, Outcome::SignedIn),
        [Effect::Leave(Place::Elsewhere("/self-service/login/browser?return_to=https%3A%2F%2Fevil.example".into()))]
    );
}

#[test]
fn settings_without_a_session_come_back_after_the_sign_in() {
    let mut machine = page(FlowKind::Settings, "");
    machine.step(Event::Opened);
    assert_eq!(
        answer(&mut machine, Stage::Start, Outcome::SignIn),
        [Effect::Leave(Place::page("/login?return_to=http%3A%2F%2F127.0.0.1%3A4455%2Fsettings"))]
    );
}

#[test]
fn a_completed_flow_leads_where_the_server_says_then_to_return_to_then_home() {
    let done = |has_session, continue_with| Outcome::Done(Done { has_session, continue_with });
    let redirect = vec![Step::Redirect("https://app.example.org/inbox".into())];
    let mut machine = login("");
    press(&mut machine);
    assert_eq!(
        answer(&mut machine, Stage::Submit, done(true, redirect)),
        [Effect::Leave(Place::Elsewhere("https://app.example.org/inbox".into()))]
    );

    let mut machine = page(FlowKind::Login, "");
    machine.step(Event::Opened);
    let mut with_return = flow("f1", samples::login());
    with_return.return_to = Some("http://127.0.0.1:4455/settings".into());
    answer(&mut machine, Stage::Start, Outcome::Show(Box::new(with_return)));
    press(&mut machine);
    assert_eq!(answer(&mut machine, Stage::Submit, done(true, Vec::new())), [Effect::Leave(Place::page("/settings"))]);

    let mut machine = login("");
    press(&mut machine);
    assert_eq!(answer(&mut machine, Stage::Submit, done(true, Vec::new())), [Effect::Leave(Place::page("/welcome"))]);

    let mut machine = login("");
    press(&mut machine);
    assert_eq!(answer(&mut machine, Stage::Submit, done(false, Vec::new())), [Effect::Leave(Place::page("/login"))]);
}

#[test]
fn saved_settings_stay_unless_the_person_came_from_elsewhere() {
    let saved = |to: &str| {
        let mut saved = flow("f1", samples::login());
        saved.state = "success".into();
        saved.continue_with = vec![Step::Redirect(to.into())];
        Outcome::Show(Box::new(saved))
    };
    let open = || {
        let mut machine = page(FlowKind::Settings, "");
        machine.step(Event::Opened);
        answer(&mut machine, Stage::Start, Outcome::Show(Box::new(flow("f1", samples::login()))));
        press(&mut machine);
        machine
    };
    let mut machine = open();
    let own = "http://127.0.0.1:4455/settings?flow=f1";
    assert_eq!(answer(&mut machine, Stage::Submit, saved(own)), []);
    assert!(form(&machine).flow.is_done());

    let mut machine = open();
    assert_eq!(
        answer(&mut machine, Stage::Submit, saved("https://shop.example.org/account")),
        [Effect::Leave(Place::Elsewhere("https://shop.example.org/account".into()))]
    );
}

#[test]
fn an_address_that_would_run_as_a_program_is_not_followed() {
    let mut machine = login("");
    press(&mut machine);
    let effects = answer(&mut machine, Stage::Submit, Outcome::Go("javascript:alert(1)".into()));
    assert_eq!(effects, []);
    assert_eq!(machine.view(), &View::Failed(Failure::UnsafeAddress));
}

#[test]
fn a_forbidden_way_back_can_be_dropped() {
    let mut machine = page(FlowKind::Login, "return_to=https%3A%2F%2Fevil.example");
    machine.step(Event::Opened);
    answer(&mut machine, Stage::Start, Outcome::Failed(Error::Api(Default::default())));
    assert_eq!(asked(&machine.step(Event::WithoutReturn)), "/self-service/login/browser");
}
