//! What the engine asks of its host, and the flow that waits for it.

use crate::endpoint::Endpoint;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// A moment as time since the Unix epoch.
pub type Moment = Duration;

/// Clock and randomness of the host.
pub trait Host: Send + Sync {
    /// The time.
    fn now(&self) -> Moment;
    /// Sixteen random bytes.
    fn random(&self) -> [u8; 16];
    /// What another worker has left under a key, and until when it holds.
    fn recall(&self, key: &[u8; 16]) -> Option<(Vec<u8>, Moment)> {
        let _ = key;
        None
    }
    /// Leaves something for other workers.
    fn remember(&self, key: &[u8; 16], bytes: &[u8], until: Moment) {
        let _ = (key, bytes, until);
    }
}

/// Something that the host does for a request.
#[derive(Debug)]
pub enum Effect {
    /// HTTP calls, made at the same time; the answer comes when all of them have ended.
    Call(Vec<Callout>),
    /// A pause.
    Sleep(Duration),
    /// The whole body of the request.
    Body,
}

/// The host's answer to an [`Effect`].
#[derive(Debug)]
pub enum Reply {
    /// One result for each call, in their order.
    Called(Vec<Result<Answer, Failure>>),
    /// The pause is over.
    Woke,
    /// The body; `None` when it is larger than the host keeps.
    Body(Option<Vec<u8>>),
}

/// An HTTP call. Redirects are not followed.
#[derive(Clone)]
pub struct Callout {
    /// Where it goes.
    pub endpoint: Arc<Endpoint>,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers; names in lower case, `host` only where it differs from the endpoint's.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// From the call to the last byte of the answer.
    pub deadline: Duration,
    /// Calls of one key are one call: whoever comes while it is under way waits for its answer.
    pub share: Option<[u8; 16]>,
}

impl fmt::Debug for Callout {
    /// Without headers and body: they hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.endpoint.origin())
    }
}

/// The answer to a call.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    /// Without headers and body: they hold what sessions are made of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)
    }
}

impl Answer {
    /// The first value of a header as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The body, decoded where it came compressed by gzip. `None` for other encodings, broken ones, and bodies that
    /// grow beyond `limit` bytes.
    pub fn plain_body(&self, limit: usize) -> Option<Vec<u8>> {
        match self.header("content-encoding").unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "identity" => (self.body.len() <= limit).then(|| self.body.clone()),
            "gzip" => {
                use std::io::Read;
                let mut out = Vec::new();
                let mut decoder = flate2::read::GzDecoder::new(self.body.as_slice()).take(limit as u64 + 1);
                decoder.read_to_end(&mut out).ok()?;
                (out.len() <= limit).then_some(out)
            }
            _ => None,
        }
    }
}

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it was cut.
    Unreachable,
    /// The deadline passed.
    Timeout,
    /// The answer is too large, or no HTTP.
    Malformed,
    /// The host has no room for one more call.
    Overloaded,
}

#[derive(Default)]
struct Exchange {
    effect: Option<Effect>,
    reply: Option<Reply>,
}

/// The line between a flow and its host.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<Exchange>>);

impl Line {
    /// Asks the host and waits for the reply.
    pub(crate) async fn ask(&self, effect: Effect) -> Reply {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).effect = Some(effect);
        Waiting(self).await
    }

    /// One HTTP call.
    pub(crate) async fn call(&self, callout: Callout) -> Result<Answer, Failure> {
        match self.ask(Effect::Call(vec![callout])).await {
            Reply::Called(mut answers) => answers.pop().unwrap_or(Err(Failure::Malformed)),
            _ => Err(Failure::Malformed),
        }
    }
}

struct Waiting<'l>(&'l Line);

impl Future for Waiting<'_> {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Reply> {
        match self.0.0.lock().unwrap_or_else(PoisonError::into_inner).reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending,
        }
    }
}

/// A decision on its way: an ordinary future that is moved on by the host's replies instead of a runtime.
pub struct Flow<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
    line: Line,
}

/// Where a flow stands.
#[derive(Debug)]
pub enum Step<T> {
    /// It has ended.
    Done(T),
    /// It waits for the host.
    Wait(Effect),
}

impl<T> Flow<T> {
    pub(crate) fn new<F: Future<Output = T> + Send + 'static>(make: impl FnOnce(Line) -> F) -> Self {
        let line = Line::default();
        Self { future: Box::pin(make(line.clone())), line }
    }

    /// Begins the flow, or moves it on with the reply to what it last asked for. `None` when it has nothing to wait
    /// for and no result, which does not happen; hosts treat it as a refusal.
    pub fn resume(&mut self, reply: Option<Reply>) -> Option<Step<T>> {
        self.line.0.lock().unwrap_or_else(PoisonError::into_inner).reply = reply;
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Some(Step::Done(result)),
            Poll::Pending => {
                let effect = self.line.0.lock().unwrap_or_else(PoisonError::into_inner).effect.take();
                effect.map(Step::Wait)
            }
        }
    }
}
