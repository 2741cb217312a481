//! Carrying out the engine's effects: HTTP calls with deadlines, shared between requests.

use access_rules::{Answer, Callout, Effect, Failure, Flow, Host, Moment, Reply, Step};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// Clock and randomness of the process.
pub(crate) struct Native;

impl Host for Native {
    fn now(&self) -> Moment {
        super::now()
    }

    fn random(&self) -> [u8; 16] {
        random()
    }
}

/// Sixteen random bytes.
pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Nothing that needs randomness may go on without it.
        tracing::error!(%error, "the system gives no randomness");
        std::process::abort();
    }
    bytes
}

/// No answer of a service is larger than this.
const MAX_ANSWER: usize = 4 << 20;

type Result = std::result::Result<Answer, Failure>;

/// Makes HTTP calls.
pub(crate) struct Caller {
    client: reqwest::Client,
    room: Semaphore,
    shared: Mutex<HashMap<[u8; 16], watch::Receiver<Option<Result>>>>,
}

impl Caller {
    /// A caller with at most so many calls under way.
    pub(crate) fn new(connect_timeout: Duration, most: usize) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect_timeout)
            .no_proxy()
            .build()?;
        Ok(Self { client, room: Semaphore::new(most.min(Semaphore::MAX_PERMITS)), shared: Mutex::default() })
    }

    /// Runs a flow to its end. `body` is the request's body.
    pub(crate) async fn run<T>(
        self: &Arc<Self>,
        mut flow: Flow<T>,
        body: impl AsyncFnOnce() -> Option<Vec<u8>>,
    ) -> Option<T> {
        let mut body = Some(body);
        let mut reply = None;
        loop {
            match flow.resume(reply.take())? {
                Step::Done(result) => return Some(result),
                Step::Wait(Effect::Sleep(pause)) => {
                    tokio::time::sleep(pause).await;
                    reply = Some(Reply::Woke);
                }
                Step::Wait(Effect::Body) => {
                    reply = Some(Reply::Body(match body.take() {
                        Some(read) => read().await,
                        None => None,
                    }));
                }
                Step::Wait(Effect::Call(callouts)) => {
                    let calls: Vec<_> = callouts
                        .into_iter()
                        .map(|callout| {
                            let caller = Arc::clone(self);
                            tokio::spawn(async move { caller.call(callout).await })
                        })
                        .collect();
                    let mut results = Vec::with_capacity(calls.len());
                    for call in calls {
                        results.push(call.await.unwrap_or(Err(Failure::Malformed)));
                    }
                    reply = Some(Reply::Called(results));
                }
            }
        }
    }

    /// One call; calls of one key are one call.
    async fn call(self: Arc<Self>, callout: Callout) -> Result {
        let Some(key) = callout.share else { return self.make(callout).await };
        let mut answer = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            match shared.get(&key) {
                Some(under_way) => under_way.clone(),
                None => {
                    let (sender, receiver) = watch::channel(None);
                    shared.insert(key, receiver.clone());
                    let caller = Arc::clone(&self);
                    // Of its own, so that it outlives the request that asked first.
                    tokio::spawn(async move {
                        let result = caller.make(callout).await;
                        caller.shared.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                        let _ = sender.send(Some(result));
                    });
                    receiver
                }
            }
        };
        let result = answer.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        result.unwrap_or(Err(Failure::Malformed))
    }

    async fn make(&self, callout: Callout) -> Result {
        let Ok(_place) = self.room.try_acquire() else { return Err(Failure::Overloaded) };
        let deadline = callout.deadline;
        match tokio::time::timeout(deadline, self.send(callout)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::Timeout),
        }
    }

    async fn send(&self, callout: Callout) -> Result {
        let url = format!("{}{}", callout.endpoint.origin(), callout.target);
        let method = reqwest::Method::from_bytes(callout.method.as_bytes()).map_err(|_| Failure::Malformed)?;
        let mut request = self.client.request(method, url);
        for (name, value) in &callout.headers {
            request = request.header(name.as_str(), value.as_slice());
        }
        if !callout.body.is_empty() {
            request = request.body(callout.body);
        }
        let mut answer = request
            .send()
            .await
            .map_err(|error| if error.is_timeout() { Failure::Timeout } else { Failure::Unreachable })?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::Unreachable)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(Failure::Malformed);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: answer.status().as_u16(), headers, body })
    }
}
