//! A flow from its start to its end.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::browser;
use crate::Error;
use crate::logic::body::{self, Press};
use crate::logic::flow::{Flow, Kind};
use crate::logic::next::{Next, Notice};
use crate::logic::url::{self, Query};
use crate::logic::values::{self, Values};
use crate::services::flows;

/// How often a flow is started anew before the page gives up: one answer may name a flow that is gone as well.
const RESTARTS: usize = 3;

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The flow, once there is one.
    pub flow: Option<Rc<Flow>>,
    /// What was typed.
    pub values: Rc<Values>,
    /// The error of the last request.
    pub error: Option<Error>,
    /// Why the flow was started anew.
    pub notice: Option<Notice>,
    /// The button whose request is under way.
    pub pressed: Option<Press>,
    /// Whether the browser is about to leave.
    pub leaving: bool,
    /// Counts the answers.
    pub round: u32,
}

/// What happens to a view.
pub enum Action {
    /// A field was filled in.
    Typed(String, String),
    /// A button was pressed.
    Pressed(Press),
    /// A flow came.
    Shown(Box<Flow>),
    /// An error came.
    Failed(Error),
    /// The flow is started anew.
    Restarted(Notice),
    /// Another page follows.
    Left,
}

impl Reducible for View {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut view = (*self).clone();
        match action {
            Action::Typed(name, value) => {
                Rc::make_mut(&mut view.values).insert(name, value);
            }
            Action::Pressed(press) => {
                view.pressed = Some(press);
                view.notice = None;
            }
            Action::Shown(flow) => {
                view.values = Rc::new(values::initial(&flow.ui, &view.values));
                view.flow = Some(Rc::new(*flow));
                view.error = None;
                view.pressed = None;
                view.round += 1;
            }
            Action::Failed(error) => {
                view.error = Some(error);
                view.pressed = None;
                view.round += 1;
            }
            Action::Restarted(notice) => view.notice = Some(notice),
            Action::Left => view.leaving = true,
        }
        Rc::new(view)
    }
}

/// The view, and what a page can do.
#[derive(Clone, PartialEq)]
pub struct FlowHandle {
    /// What to show.
    pub view: UseReducerHandle<View>,
    /// Takes what is typed.
    pub on_type: Callback<(String, String)>,
    /// Submits.
    pub on_submit: Callback<(Press, Values)>,
    /// Loads the flow once more.
    pub retry: Callback<()>,
}

/// Runs the flow that the page's address names, or a new one.
#[hook]
pub fn use_flow(kind: Kind) -> FlowHandle {
    let view = use_reducer(View::default);
    let dispatch = view.dispatcher();
    let load = {
        let dispatch = dispatch.clone();
        use_callback(kind, move |(): (), kind| {
            let (kind, dispatch) = (*kind, dispatch.clone());
            spawn_local(async move {
                let page = browser::query();
                let first = match page.get("flow") {
                    Some(id) => flows::read(kind, id).await,
                    None => flows::start(kind, &page).await,
                };
                take(kind, page, first, &dispatch).await;
            });
        })
    };
    {
        let load = load.clone();
        use_effect_with(kind, move |_| load.emit(()));
    }
    let on_type = {
        let dispatch = dispatch.clone();
        use_callback((), move |(name, value), ()| dispatch.dispatch(Action::Typed(name, value)))
    };
    let on_submit = {
        let view = view.clone();
        Callback::from(move |(press, written): (Press, Values)| {
            let Some(flow) = view.flow.clone().filter(|_| view.pressed.is_none() && !view.leaving) else {
                return;
            };
            let mut values = (*view.values).clone();
            values.extend(written);
            let body = body::build(&flow.ui, &values, &press);
            view.dispatch(Action::Pressed(press));
            let dispatch = view.dispatcher();
            spawn_local(async move {
                let next = flows::submit(kind, &flow, &body).await;
                take(kind, page_of(&flow), next, &dispatch).await;
            });
        })
    };
    FlowHandle { view, on_type, on_submit, retry: load }
}

/// The page's parameters, completed by what the flow knows: a page that the server opened has only the flow's id.
fn page_of(flow: &Flow) -> Query {
    let mut page = browser::query();
    if let Some(return_to) = &flow.return_to {
        page = page.with("return_to", return_to);
    }
    if flow.refresh {
        page = page.with("refresh", "true");
    }
    if flow.requested_aal == "aal2" {
        page = page.with("aal", "aal2");
    }
    page
}

/// Does what follows an answer.
async fn take(kind: Kind, mut page: Query, mut next: Next, dispatch: &UseReducerDispatcher<View>) {
    for _ in 0..RESTARTS {
        let Next::Restart { notice, flow, return_to } = &next else {
            break;
        };
        dispatch.dispatch(Action::Restarted(*notice));
        page = page.without(&["flow"]);
        if let Some(return_to) = return_to {
            page = page.with("return_to", return_to);
        }
        next = match flow {
            Some(id) => flows::read(kind, id).await,
            None => flows::start(kind, &page).await,
        };
    }
    match next {
        Next::Show(flow) => {
            let address = page.with("flow", &flow.id);
            browser::rename(&url::with_query(&format!("/{}", kind.name()), &address));
            dispatch.dispatch(Action::Shown(flow));
        }
        Next::Fail(error) => dispatch.dispatch(Action::Failed(error)),
        Next::Restart { .. } => dispatch.dispatch(Action::Failed(Error::Unreadable { status: 410 })),
        Next::Continue(kind, id) => {
            let query = Query::default().with("flow", &id);
            leave(&url::with_query(&format!("/{}", kind.name()), &query), dispatch);
        }
        Next::Go(place) => leave(&place, dispatch),
        Next::Done => leave(&url::destination(page.get("return_to"), &browser::origin()), dispatch),
        Next::SignIn => leave(&url::with_query("/login", &sign_in(kind, &page)), dispatch),
    }
}

/// The parameters of the login that must come before.
fn sign_in(kind: Kind, page: &Query) -> Query {
    match kind {
        // A second factor without a first one: sign in, then go where the second one would have led.
        Kind::Login => page.without(&["flow", "aal", "refresh", "via"]),
        _ => Query::default().with("return_to", &browser::path()),
    }
}

fn leave(place: &str, dispatch: &UseReducerDispatcher<View>) {
    dispatch.dispatch(Action::Left);
    browser::leave(place);
}
