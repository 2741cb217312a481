//! A flow page as a state machine: what is on the screen, and what to do when something happens.
//!
//! It knows neither browser nor network. Whoever drives it carries out the [`Effect`]s and feeds back [`Event`]s.

use crate::error::Error;
use crate::model::answer::{Cause, Done, Outcome, Stage};
use crate::model::flow::{Flow, FlowKind};
use crate::model::form::check::Problem;
use crate::model::form::faults;
use crate::model::form::layout::layout;
use crate::model::form::role::{is_button, text_of};
use crate::model::next::{Place, Step, next_step, server_path};
use crate::model::query::Query;
use identity_api::ui::{TextType, UiNode};
use serde_json::Value;
use std::rc::Rc;

/// What is on the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// A flow is on its way.
    Loading,
    /// A form.
    Form(Form),
    /// No form could be had.
    Failed(Failure),
    /// The browser is on its way elsewhere.
    Leaving,
}

/// A form on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The flow.
    pub flow: Rc<Flow>,
    /// Counts the answers of the server; secrets are cleared when it changes.
    pub revision: u32,
    /// The button that was pressed, while its answer is awaited.
    pub busy: Option<Pressed>,
    /// What was found to be wrong before sending.
    pub problems: Vec<Problem>,
    /// Why this flow replaced another one.
    pub restarted: Option<Cause>,
    /// Why the last attempt got no answer; the form can be sent again.
    pub trouble: Option<Error>,
    /// Where the focus goes.
    pub focus: Focus,
    /// Counts the times that the focus was to move, so that two equal refusals move it twice.
    pub turn: u32,
}

/// A button, by what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// The field's name.
    pub name: String,
    /// Its value as text.
    pub value: String,
}

impl Pressed {
    /// Whether a node is this button.
    #[must_use]
    pub fn is(&self, node: &UiNode) -> bool {
        node.as_input().is_some_and(|input| {
            is_button(input) && input.name == self.name && text_of(input.value.as_ref()) == self.value
        })
    }
}

/// Where the focus goes when a form has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Nowhere: the form is new on the page, or only reports something.
    Stay,
    /// To the list of faults.
    Faults,
    /// To the first field: the next step of the flow has begun.
    FirstField,
}

/// Why there is no form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server's answer, or the lack of one.
    Error(Error),
    /// One flow after the other is refused for its cookie: the browser keeps none.
    NoCookies,
    /// One flow after the other is gone at once.
    Restless,
    /// The server named an address that a browser must not go to.
    UnsafeAddress,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page was opened.
    Opened,
    /// A button was pressed and everything is filled in.
    Pressed {
        /// The button.
        button: Pressed,
        /// What is to be sent.
        body: Value,
    },
    /// A button was pressed and something is not filled in.
    Refused(Vec<Problem>),
    /// An answer came.
    Answered {
        /// The request that it answers.
        ticket: u32,
        /// What was asked for.
        stage: Stage,
        /// What the answer means.
        outcome: Outcome,
    },
    /// The person wants to try again.
    Retry,
    /// The person goes on without the place that the server refuses to lead to.
    WithoutReturn,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the server and feed back its answer with this ticket.
    Ask {
        /// The answer's ticket.
        ticket: u32,
        /// What is asked for.
        stage: Stage,
        /// Path and query.
        path: String,
        /// A body to post; without one the request is a GET.
        body: Option<Value>,
    },
    /// Put the flow's id into the address of the page, so that it survives a reload.
    Remember(String),
    /// Go elsewhere.
    Leave(Place),
}

/// How often a page begins anew before it says that this leads nowhere.
const PATIENCE: u8 = 2;

/// The state of a flow page.
#[derive(Clone, Debug)]
pub struct Machine {
    kind: FlowKind,
    origin: String,
    /// The page's own query.
    query: Query,
    restarts: u8,
    ticket: u32,
    view: View,
    /// What brought the page to where it is, to do it again.
    asked: Option<(Stage, String)>,
}

impl Machine {
    /// A page of a kind, opened with a query at an origin (`https://host:port`).
    #[must_use]
    pub fn new(kind: FlowKind, query: Query, origin: String) -> Self {
        Self { kind, origin, query, restarts: 0, ticket: 0, view: View::Loading, asked: None }
    }

    /// What is on the screen.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Where the person wanted to go in the end.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.query.get("return_to")
    }

    /// Takes an event and says what to do.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Opened => match self.query.get("flow").map(str::to_owned) {
                Some(id) => self.fetch(&id),
                None => self.start(),
            },
            Event::Pressed { button, body } => self.submit(button, body),
            Event::Refused(problems) => {
                if let View::Form(form) = &mut self.view {
                    form.problems = problems;
                    form.trouble = None;
                    form.focus = Focus::Faults;
                    form.turn += 1;
                }
                Vec::new()
            }
            Event::Answered { ticket, .. } if ticket != self.ticket => Vec::new(),
            Event::Answered { stage, outcome, .. } => self.answered(stage, outcome),
            Event::Retry => {
                self.restarts = 0;
                self.view = View::Loading;
                match self.asked.clone() {
                    Some((Stage::Fetch, path)) => self.ask(Stage::Fetch, path, None),
                    _ => self.start(),
                }
            }
            Event::WithoutReturn => {
                self.query = self.query.clone().with("return_to", None);
                self.view = View::Loading;
                self.start()
            }
        }
    }

    fn start(&mut self) -> Vec<Effect> {
        let path = self.query.for_start().on(&format!("/self-service/{}/browser", self.kind.name()));
        self.ask(Stage::Start, path, None)
    }

    fn fetch(&mut self, id: &str) -> Vec<Effect> {
        let path = Query::default().with("id", Some(id)).on(&format!("/self-service/{}/flows", self.kind.name()));
        self.ask(Stage::Fetch, path, None)
    }

    fn ask(&mut self, stage: Stage, path: String, body: Option<Value>) -> Vec<Effect> {
        self.ticket += 1;
        if stage != Stage::Submit {
            self.asked = Some((stage, path.clone()));
        }
        vec![Effect::Ask { ticket: self.ticket, stage, path, body }]
    }

    fn submit(&mut self, button: Pressed, body: Value) -> Vec<Effect> {
        let View::Form(form) = &mut self.view else {
            return Vec::new();
        };
        // ui.md 29: while one attempt is under way there is no second one.
        if form.busy.is_some() {
            return Vec::new();
        }
        form.busy = Some(button);
        form.problems = Vec::new();
        form.trouble = None;
        form.focus = Focus::Stay;
        let path = server_path(&form.flow.ui.action).to_owned();
        self.ask(Stage::Submit, path, Some(body))
    }

    fn answered(&mut self, stage: Stage, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Show(flow) => self.show(stage, *flow),
            Outcome::Done(done) => self.done(&done),
            Outcome::Continue(steps) => self.follow(&steps),
            Outcome::Go(address) => self.go(&address),
            Outcome::SignedIn => self.signed_in(),
            Outcome::SignIn => self.sign_in(),
            Outcome::Restart { cause, replacement, return_to } => self.restart(cause, replacement, return_to),
            Outcome::Failed(error) => {
                self.fail(error);
                Vec::new()
            }
        }
    }

    fn show(&mut self, stage: Stage, flow: Flow) -> Vec<Effect> {
        if stage == Stage::Submit
            && self.kind == FlowKind::Settings
            && flow.is_done()
            && let Some(place) = next_step(&flow.continue_with, &self.origin)
            && !is_page_of(&place, self.kind)
        {
            return self.leave(place);
        }
        // What a restart needs is remembered from the flow, since the page may have been opened with nothing but
        // its id.
        if let Some(return_to) = flow.return_to.clone() {
            self.query = self.query.clone().with("return_to", Some(&return_to));
        }
        if flow.refresh {
            self.query = self.query.clone().with("refresh", Some("true"));
        }
        if flow.requested_aal == "aal2" {
            self.query = self.query.clone().with("aal", Some("aal2"));
        }
        let (revision, turn, restarted, focus) = match &self.view {
            View::Form(old) if stage == Stage::Submit => {
                self.restarts = 0;
                let focus = focus_after(self.kind, &old.flow, &flow);
                (old.revision + 1, old.turn + 1, None, focus)
            }
            View::Form(old) => (old.revision + 1, old.turn, old.restarted, Focus::Stay),
            _ => (0, 0, None, Focus::Stay),
        };
        let restarted = restarted
            .or_else(|| faults::has_expired(&flow.ui).then_some(Cause::Expired))
            .or_else(|| (self.restarts > 0).then_some(Cause::Gone));
        let id = flow.id.clone();
        self.view = View::Form(Form {
            flow: Rc::new(flow),
            revision,
            busy: None,
            problems: Vec::new(),
            restarted,
            trouble: None,
            focus,
            turn,
        });
        if self.query.get("flow") == Some(&id) {
            return Vec::new();
        }
        self.query = self.query.clone().with("flow", Some(&id));
        let kept = Query::default().with("flow", Some(&id)).with("return_to", self.return_to());
        vec![Effect::Remember(kept.on(self.kind.page()))]
    }

    fn done(&mut self, done: &Done) -> Vec<Effect> {
        if let Some(place) = next_step(&done.continue_with, &self.origin) {
            return self.leave(place);
        }
        let return_to = match &self.view {
            View::Form(form) => form.flow.return_to.clone(),
            _ => None,
        };
        if !done.has_session {
            // A registration that makes no session: one signs in next.
            let login = Query::default().with("return_to", return_to.as_deref());
            return self.leave(Place::Page(login.on(FlowKind::Login.page())));
        }
        let place = return_to.and_then(|address| Place::of(&address, &self.origin));
        self.leave(place.unwrap_or_else(|| Place::page(HOME)))
    }

    fn follow(&mut self, steps: &[Step]) -> Vec<Effect> {
        let place = next_step(steps, &self.origin);
        self.leave(place.unwrap_or_else(|| Place::page(HOME)))
    }

    fn go(&mut self, address: &str) -> Vec<Effect> {
        match Place::of(address, &self.origin) {
            Some(place) => self.leave(place),
            None => {
                self.view = View::Failed(Failure::UnsafeAddress);
                Vec::new()
            }
        }
    }

    fn leave(&mut self, place: Place) -> Vec<Effect> {
        self.view = View::Leaving;
        vec![Effect::Leave(place)]
    }

    fn signed_in(&mut self) -> Vec<Effect> {
        if self.kind == FlowKind::Recovery {
            return self.leave(Place::page(FlowKind::Settings.page()));
        }
        if self.return_to().is_none() {
            return self.leave(Place::page(HOME));
        }
        // Only the server knows which places are allowed, and it leads there when a page asks.
        let start = self.query.for_start().on(&format!("/self-service/{}/browser", self.kind.name()));
        self.leave(Place::Elsewhere(start))
    }

    fn sign_in(&mut self) -> Vec<Effect> {
        let back = if self.kind == FlowKind::Login {
            self.return_to().map(str::to_owned)
        } else {
            let own = self.query.for_start().on(self.kind.page());
            Some(format!("{}{own}", self.origin))
        };
        let login = Query::default().with("return_to", back.as_deref());
        self.leave(Place::Page(login.on(FlowKind::Login.page())))
    }

    fn restart(&mut self, cause: Cause, replacement: Option<String>, return_to: Option<String>) -> Vec<Effect> {
        self.restarts += 1;
        if self.restarts > PATIENCE {
            self.view = View::Failed(match cause {
                Cause::Cookie => Failure::NoCookies,
                Cause::Expired | Cause::Gone => Failure::Restless,
            });
            return Vec::new();
        }
        if let View::Form(form) = &mut self.view {
            // The old form stays until the new one is there, and so does what was typed.
            form.restarted = Some(cause);
        }
        if return_to.is_some() {
            self.query = self.query.clone().with("return_to", return_to.as_deref());
        }
        self.query = self.query.clone().with("flow", None);
        match replacement {
            Some(id) => self.fetch(&id),
            None => self.start(),
        }
    }

    fn fail(&mut self, error: Error) {
        match &mut self.view {
            View::Form(form) => {
                form.busy = None;
                form.trouble = Some(error);
                form.focus = Focus::Faults;
                form.turn += 1;
            }
            _ => self.view = View::Failed(Failure::Error(error)),
        }
    }
}

/// The page for the signed-in.
pub const HOME: &str = "/welcome";

fn is_page_of(place: &Place, kind: FlowKind) -> bool {
    match place {
        Place::Page(path) => path.split(['?', '#']).next() == Some(kind.page()),
        Place::Elsewhere(_) => false,
    }
}

/// Where the focus goes after a form was sent and came back.
fn focus_after(kind: FlowKind, old: &Flow, new: &Flow) -> Focus {
    let is_fault = |kind: TextType| kind == TextType::Error;
    let form = new.ui.messages.iter().any(|text| is_fault(text.kind));
    let field = new.ui.nodes.iter().flat_map(|node| &node.messages).any(|text| is_fault(text.kind));
    if form || field {
        return Focus::Faults;
    }
    // The settings are many forms on one page: what has changed is read out, and people stay where they were.
    if kind == FlowKind::Settings || layout(&old.ui, &[]).fields() == layout(&new.ui, &[]).fields() {
        Focus::Stay
    } else {
        Focus::FirstField
    }
}

#[cfg(test)]
mod tests;
