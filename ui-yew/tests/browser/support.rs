//! A page in a real browser, and a server that answers as a test says.
//!
//! Only the network is played: `window.fetch` is replaced, so everything from the click to the request and from the
//! answer to the screen is the app's own code.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{
    Document, Element, Event, EventInit, Headers, HtmlElement, HtmlInputElement, Request, Response, ResponseInit,
};
use yew::html::BaseComponent;

/// A request that the app sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) accept: String,
    /// The body as JSON; null when there is none.
    pub(crate) body: Value,
}

/// An answer to give.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Json(u16, Value),
    /// With `Retry-After`.
    Later(u16, u32),
    /// 204.
    Empty,
    /// The connection breaks.
    Broken,
    /// No answer for as long as the test runs.
    Never,
}

#[derive(Default)]
struct Script {
    /// Answers by the beginning of `METHOD path`, each used once, in order.
    replies: VecDeque<(String, Reply)>,
    sent: Vec<Sent>,
}

/// The played server.
#[derive(Clone, Default)]
pub(crate) struct Server(Rc<RefCell<Script>>);

impl Server {
    /// Takes the place of the network from now on.
    pub(crate) fn start() -> Self {
        let server = Self::default();
        count_reading();
        let script = server.0.clone();
        let fetch = Closure::<dyn FnMut(Request) -> Promise>::new(move |request: Request| {
            let script = script.clone();
            PENDING.set(PENDING.get() + 1);
            future_to_promise(async move {
                let reply = choose(&script, request).await;
                PENDING.set(PENDING.get() - 1);
                match reply? {
                    Some(response) => Ok(response),
                    None => {
                        JsFuture::from(Promise::new(&mut |_, _| {})).await?;
                        Err(JsValue::NULL)
                    }
                }
            })
        });
        Reflect::set(&js_sys::global(), &"fetch".into(), fetch.as_ref()).expect("fetch is replaced");
        fetch.forget();
        server
    }

    /// Answers the next request whose `METHOD path` begins so.
    pub(crate) fn reply(&self, to: &str, reply: Reply) -> &Self {
        self.0.borrow_mut().replies.push_back((to.to_owned(), reply));
        self
    }

    /// Answers with a JSON body.
    pub(crate) fn json(&self, to: &str, status: u16, body: Value) -> &Self {
        self.reply(to, Reply::Json(status, body))
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.borrow().sent.clone()
    }

    /// The bodies that were posted so far.
    pub(crate) fn posted(&self) -> Vec<Value> {
        let posted = self.sent().into_iter().filter(|sent| sent.method == "POST");
        posted.map(|sent| sent.body).collect()
    }
}

/// The answer to a request; none when there is to be none.
async fn choose(script: &Rc<RefCell<Script>>, request: Request) -> Result<Option<JsValue>, JsValue> {
    let text = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default();
    let origin = web_sys::window().expect("a window").location().origin()?;
    let path = request.url().trim_start_matches(&origin).to_owned();
    let line = format!("{} {path}", request.method());
    script.borrow_mut().sent.push(Sent {
        method: request.method(),
        path,
        accept: request.headers().get("accept")?.unwrap_or_default(),
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    });
    let reply = {
        let mut script = script.borrow_mut();
        let at = script.replies.iter().position(|(to, _)| line.starts_with(to.as_str()));
        at.and_then(|at| script.replies.remove(at)).map(|(_, reply)| reply)
    };
    let (status, retry_after, body) = match reply {
        Some(Reply::Json(status, body)) => (status, None, body.to_string()),
        Some(Reply::Later(status, seconds)) => (status, Some(seconds), "slow down".into()),
        Some(Reply::Empty) => {
            let init = ResponseInit::new();
            init.set_status(204);
            return Ok(Some(Response::new_with_opt_str_and_init(None, &init)?.into()));
        }
        Some(Reply::Broken) => return Err(js_sys::TypeError::new("Failed to fetch").into()),
        Some(Reply::Never) => return Ok(None),
        None => {
            let body = json!({"error": {"code": 501, "message": format!("the test has no answer to {line}")}});
            (501, None, body.to_string())
        }
    };
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    if let Some(seconds) = retry_after {
        headers.set("retry-after", &seconds.to_string())?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(Some(Response::new_with_opt_str_and_init(Some(&body), &init)?.into()))
}

pub(crate) fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a document")
}

/// A component on the screen; gone when the test is over.
pub(crate) struct Screen {
    root: Element,
    stop: Option<Box<dyn FnOnce()>>,
}

impl Screen {
    /// Shows a component.
    pub(crate) async fn show<C: BaseComponent>(props: C::Properties) -> Self {
        let root = document().create_element("div").expect("an element");
        document().body().expect("a body").append_child(&root).expect("a place");
        let handle = yew::Renderer::<C>::with_root_and_props(root.clone(), props).render();
        let screen = Self { root, stop: Some(Box::new(move || handle.destroy())) };
        settle().await;
        screen
    }

    /// The first element that matches.
    pub(crate) fn find<T: JsCast>(&self, selector: &str) -> T {
        let found = self.root.query_selector(selector).expect("a selector");
        let found = found.unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html()));
        found.dyn_into().unwrap_or_else(|_| panic!("{selector} is something else"))
    }

    pub(crate) fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).expect("a selector").length()
    }

    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find::<Element>(selector).get_attribute(name)
    }

    /// The text of the first element that matches.
    pub(crate) fn text(&self, selector: &str) -> String {
        self.find::<Element>(selector).text_content().unwrap_or_default()
    }

    pub(crate) fn value(&self, name: &str) -> String {
        self.find::<HtmlInputElement>(&format!("[name='{name}']:not([type='hidden'])")).value()
    }

    /// Types into a field, as the browser tells it.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field: HtmlInputElement = self.find(&format!("[name='{name}']:not([type='hidden'])"));
        field.set_value(text);
        self.send(&format!("[name='{name}']:not([type='hidden'])"), "input").await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.find::<HtmlElement>(selector).click();
        settle().await;
    }

    /// Sends an event to an element.
    pub(crate) async fn send(&self, selector: &str, event: &str) {
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        let event = Event::new_with_event_init_dict(event, &bubbles).expect("an event");
        self.find::<Element>(selector).dispatch_event(&event).expect("dispatched");
        settle().await;
    }

    /// Whether an element has the focus.
    pub(crate) fn has_focus(&self, selector: &str) -> bool {
        document().active_element() == Some(self.find::<Element>(selector))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        self.root.remove();
        if let Some(region) = document().get_element_by_id("announcer") {
            region.remove();
        }
    }
}

/// What was said to screen readers last.
pub(crate) fn announced() -> String {
    document().get_element_by_id("announcer").and_then(|region| region.text_content()).unwrap_or_default()
}

/// Lets the network, the framework and the browser do what is due: until nothing is asked for or read any more, and
/// then a few tasks, since each hop is one of its own.
pub(crate) async fn settle() {
    let mut quiet = 0;
    while quiet < 10 {
        TimeoutFuture::new(0).await;
        quiet = if PENDING.get() == 0 { quiet + 1 } else { 0 };
    }
}

thread_local! {
    /// Requests without an answer and answers that are still being read.
    static PENDING: Cell<u32> = const { Cell::new(0) };
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// Counts an answer's body as on its way until it has been read.
fn count_reading() {
    if COUNTED.replace(true) {
        return;
    }
    let begin = Closure::<dyn FnMut()>::new(|| PENDING.set(PENDING.get() + 1)).into_js_value();
    let end = Closure::<dyn FnMut()>::new(|| PENDING.set(PENDING.get() - 1)).into_js_value();
    let wrap = Function::new_with_args(
        "begin, end",
        "const text = Response.prototype.text;
         Response.prototype.text = function () { begin(); return text.call(this).finally(end); };",
    );
    wrap.call2(&JsValue::NULL, &begin, &end).expect("reading is counted");
}

/// A flow as the server sends it.
pub(crate) fn flow(id: &str, state: &str, nodes: Value, messages: Value) -> Value {
    json!({
        "id": id, "type": "browser", "state": state,
        "expires_at": "2035-01-01T00:00:00Z", "issued_at": "2034-01-01T00:00:00Z",
        "request_url": "http://server.example/self-service/x/browser",
        "ui": {"action": format!("http://server.example/self-service/x?flow={id}"), "method": "POST",
               "nodes": nodes, "messages": messages},
    })
}

/// An input node with a label.
pub(crate) fn input(group: &str, mut attributes: Value, label: &str) -> Value {
    attributes["node_type"] = "input".into();
    let meta = if label.is_empty() { json!({}) } else { json!({"label": {"id": 1, "text": label, "type": "info"}}) };
    json!({"type": "input", "group": group, "attributes": attributes, "messages": [], "meta": meta})
}

pub(crate) fn error(id: u32, text: &str) -> Value {
    json!({"id": id, "type": "error", "text": text})
}

pub(crate) fn info(id: u32, text: &str) -> Value {
    json!({"id": id, "type": "info", "text": text})
}

/// Sign-in with a password.
pub(crate) fn login() -> Value {
    json!([
        input("default", json!({"name": "csrf_token", "type": "hidden", "value": "t0k3n"}), ""),
        input("default", json!({"name": "identifier", "type": "text", "required": true}), "E-Mail"),
        input("password", json!({"name": "password", "type": "password", "required": true}), "Password"),
        input("password", json!({"name": "method", "type": "submit", "value": "password"}), "Sign in"),
    ])
}

/// A session as the server sends it.
pub(crate) fn session() -> Value {
    json!({
        "id": "00000000-0000-0000-0000-000000000001", "active": true,
        "expires_at": "2100-01-01T00:00:00Z", "authenticated_at": "2034-01-01T10:00:00Z",
        "issued_at": "2034-01-01T10:00:00Z", "authenticator_assurance_level": "aal1",
        "authentication_methods": [{"method": "password", "aal": "aal1", "completed_at": "2034-01-01T10:00:00Z"}],
        "devices": [{"id": "00000000-0000-0000-0000-000000000002", "ip_address": "192.0.2.7",
                     "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "location": ""}],
        "identity": {
            "id": "00000000-0000-0000-0000-000000000003", "schema_id": "default", "schema_url": "http://x/schemas/x",
            "state": "active", "traits": {"email": "ada@example.org", "name": {"first": "Ada"}},
            "metadata_public": null, "created_at": "2034-01-01T10:00:00Z", "updated_at": "2034-01-01T10:00:00Z",
            "organization_id": null,
            "verifiable_addresses": [{"id": "00000000-0000-0000-0000-000000000004", "value": "ada@example.org",
                "verified": false, "via": "email", "status": "pending",
                "created_at": "2034-01-01T10:00:00Z", "updated_at": "2034-01-01T10:00:00Z"}],
        },
    })
}
