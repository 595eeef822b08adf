//! Requests and replies of the sizes the bars name.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use tower::{Service, service_fn};

/// The route template that a router would have put into the extensions.
#[derive(Clone, Copy, Debug)]
pub struct Template(pub &'static str);

/// A plain request with four headers.
pub fn plain_request() -> Request<Full<Bytes>> {
    build(Request::post("/items/42"), Bytes::from_static(b"{}"), "/items/{id}")
}

/// A chat completion's request of 400 bytes.
pub fn chat_request() -> Request<Full<Bytes>> {
    static BODY: LazyLock<Bytes> = LazyLock::new(|| chat_body("false"));
    build(Request::post("/v1/chat/completions"), BODY.clone(), "/v1/chat/completions")
}

/// The same, asking for a stream.
pub fn stream_request() -> Request<Full<Bytes>> {
    static BODY: LazyLock<Bytes> = LazyLock::new(|| chat_body("true"));
    build(Request::post("/v1/chat/completions"), BODY.clone(), "/v1/chat/completions")
}

fn chat_body(stream: &str) -> Bytes {
    let frame = |content: &str| {
        format!(
            r#"{{"model":"gpt-4o-mini","stream":{stream},"temperature":0.2,"max_tokens":256,"messages":[{{"role":"system","content":"You answer briefly."}},{{"role":"user","content":"{content}"}}]}}"#
        )
    };
    let missing = 400 - frame("").len();
    frame(&"word ".repeat(100)[..missing]).into()
}

/// The request of a stream at another path.
pub fn stream_request_to(path: &'static str) -> Request<Full<Bytes>> {
    let mut request = stream_request();
    *request.uri_mut() = http::Uri::from_static(path);
    request
}

fn build(builder: http::request::Builder, body: Bytes, template: &'static str) -> Request<Full<Bytes>> {
    builder
        .header("content-type", HeaderValue::from_static("application/json"))
        .header("accept", HeaderValue::from_static("*/*"))
        .header("user-agent", HeaderValue::from_static("bench/1"))
        .header(
            "traceparent",
            HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        )
        .extension(Template(template))
        .body(Full::new(body))
        .expect("a request")
}

/// The same request with an unsampled parent.
pub fn unsampled(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let parent = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    request.headers_mut().insert("traceparent", parent);
    request
}

/// [`chat_request`] with an unsampled parent.
pub fn unsampled_chat_request() -> Request<Full<Bytes>> {
    unsampled(chat_request())
}

/// [`stream_request`] with an unsampled parent.
pub fn unsampled_stream_request() -> Request<Full<Bytes>> {
    unsampled(stream_request())
}

/// A bare service that reads the request to its end, as a client sends it, and then answers.
pub fn answering<A, B>(
    answer: impl Fn() -> Response<B> + Clone + Send + 'static,
) -> impl Service<Request<A>, Response = Response<B>, Error = Infallible, Future: Send + 'static>
where
    A: Body<Data = Bytes> + Send + 'static,
{
    service_fn(move |request: Request<A>| {
        let answer = answer.clone();
        async move {
            let mut body = pin!(request.into_body());
            while poll_fn(|cx| body.as_mut().poll_frame(cx)).await.is_some() {}
            Ok(answer())
        }
    })
}

/// Answers 200 bytes of JSON.
pub fn plain<A>()
-> impl Service<Request<A>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send + 'static>
where
    A: Body<Data = Bytes> + Send + 'static,
{
    static BODY: [u8; 200] = [b'1'; 200];
    answering(|| json(Bytes::from_static(&BODY)))
}

/// Prose as models write it, with paragraphs, and with the word that a careless search would stop at.
const PROSE: &str = r#"A tower layer wraps a service in another one that does something before and after.\n\nWhat the \"usage\" of a call was is known when its reply has ended. "#;

/// Answers a chat completion of 1.2 kB.
pub fn chat<A>()
-> impl Service<Request<A>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send + 'static>
where
    A: Body<Data = Bytes> + Send + 'static,
{
    static BODY: LazyLock<Bytes> = LazyLock::new(|| {
        let frame = |content: &str| {
            format!(
                r#"{{"id":"chatcmpl-Bg5pFqUxqVwG7L3dNkRTlQJ5vGkGm","object":"chat.completion","created":1749224119,"model":"gpt-4o-mini-2024-07-18","choices":[{{"index":0,"message":{{"role":"assistant","content":"{content}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":82,"completion_tokens":117,"total_tokens":199,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_62a23a81ef"}}"#
            )
        };
        let missing = 1200 - frame("").len();
        frame(&format!("{PROSE}{}", &"Words of no consequence follow. ".repeat(40)[..missing - PROSE.len()]))
            .into()
    });
    answering(|| json(BODY.clone()))
}

/// Answers a stream of that many events of 200 bytes, each a frame of its own, and `[DONE]`.
pub fn stream<A, const EVENTS: usize>()
-> impl Service<Request<A>, Response = Response<Frames>, Error = Infallible, Future: Send + 'static>
where
    A: Body<Data = Bytes> + Send + 'static,
{
    static EVENT: LazyLock<Bytes> = LazyLock::new(|| {
        let frame = |padding: &str| {
            format!(
                "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1749224119,\"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{padding}\"}},\"finish_reason\":null}}],\"usage\":null}}\n\n"
            )
        };
        let missing = 200 - frame("").len();
        frame(&"s".repeat(missing)).into()
    });
    const END: &[&[u8]] = &[
        b"data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
        b"data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":500,\"total_tokens\":510}}\n\n",
        b"data: [DONE]\n\n",
    ];
    answering(|| {
        let mut reply =
            Response::new(Frames { event: EVENT.clone(), left: EVENTS, end: END.iter().copied().collect() });
        reply.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
        reply
    })
}

fn json(body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

/// A body of many frames whose length nobody promised.
#[derive(Debug)]
pub struct Frames {
    event: Bytes,
    left: usize,
    end: VecDeque<&'static [u8]>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(Some(Ok(Frame::data(self.event.clone()))));
        }
        Poll::Ready(self.end.pop_front().map(|bytes| Ok(Frame::data(Bytes::from_static(bytes)))))
    }
}
