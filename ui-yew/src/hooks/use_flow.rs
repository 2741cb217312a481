//! Drives a flow's state machine with the real network and browser.

use crate::model::flow::FlowKind;
use crate::model::machine::{Effect, Event, Machine, View};
use crate::model::next::Place;
use crate::model::query::Query;
use crate::routes;
use crate::services::{browser, flows};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// A flow page's state and how to change it.
#[derive(Clone, PartialEq)]
pub struct FlowHandle {
    /// What is on the screen.
    pub view: View,
    /// Where the person wanted to go in the end.
    pub return_to: Option<String>,
    /// Tells the machine what has happened.
    pub send: Callback<Event>,
}

struct Driver {
    machine: RefCell<Machine>,
    /// Off once the page is gone: a late answer must not lead anybody anywhere.
    alive: Cell<bool>,
    update: UseForceUpdateHandle,
}

impl Driver {
    fn dispatch(self: &Rc<Self>, event: Event) {
        let effects = self.machine.borrow_mut().step(event);
        self.update.force_update();
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Ask { ticket, stage, path, body } => {
                let driver = Rc::clone(self);
                spawn_local(async move {
                    let outcome = flows::ask(stage, &path, body.as_ref()).await;
                    if driver.alive.get() {
                        driver.dispatch(Event::Answered { ticket, stage, outcome });
                    }
                });
            }
            Effect::Remember(address) => browser::replace_address(&address),
            // Replaced rather than pushed: going back to a form that was used up leads nowhere.
            Effect::Leave(Place::Page(path)) => routes::replace(&path),
            Effect::Leave(Place::Elsewhere(address)) => browser::load(&address),
        }
    }
}

/// A flow of a kind for a page that was opened with a query. Another page needs another key.
#[hook]
pub fn use_flow(kind: FlowKind, query: Query) -> FlowHandle {
    let update = use_force_update();
    let driver = use_memo((), |()| Driver {
        machine: RefCell::new(Machine::new(kind, query, browser::origin())),
        alive: Cell::new(true),
        update,
    });
    {
        let driver = driver.clone();
        use_effect_with((), move |()| {
            driver.dispatch(Event::Opened);
            move || driver.alive.set(false)
        });
    }
    let send = {
        let driver = driver.clone();
        use_callback((), move |event: Event, ()| driver.dispatch(event))
    };
    let machine = driver.machine.borrow();
    FlowHandle { view: machine.view().clone(), return_to: machine.return_to().map(str::to_owned), send }
}
