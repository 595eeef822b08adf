//! Bodies look to their neighbours as if nobody watched them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use support::{MockBody, Recorder, Step, reply};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai_core::{
    Call, CallGuard, CallHandle, CallLayer, CallRecord, End, Observer, RequestBody, Same, TapBody, TapFuture,
    Watch, Wrap,
};

type Plain = UnsyncBoxBody<Bytes, &'static str>;

fn post(path: &str) -> Request<Full<Bytes>> {
    Request::post(path).body(Full::from("{}")).unwrap()
}

#[test]
fn layer_service_future_and_body_are_send_and_clone_where_they_must_be() {
    fn send<T: Send + 'static>() {}
    fn sync<T: Sync>() {}
    fn clone<T: Clone>() {}
    send::<CallLayer>();
    sync::<CallLayer>();
    clone::<CallLayer<Same<Plain>, Wrap>>();
    send::<Call<()>>();
    sync::<Call<()>>();
    clone::<Call<()>>();
    send::<TapFuture<std::future::Ready<()>, Wrap>>();
    send::<TapBody<Full<Bytes>>>();
    sync::<TapBody<Full<Bytes>>>();
    clone::<TapBody<Full<Bytes>>>();
    send::<RequestBody<Full<Bytes>>>();
    sync::<RequestBody<Full<Bytes>>>();
    clone::<RequestBody<Full<Bytes>>>();
    send::<CallGuard>();
    send::<CallHandle>();
    sync::<CallHandle>();
    send::<CallRecord>();
    send::<Box<dyn Watch>>();
    send::<Box<dyn Observer>>();
}

#[tokio::test]
async fn size_hint_and_end_are_those_of_the_body() {
    for path in ["/v1/chat/completions", "/plain"] {
        let service =
            CallLayer::server().layer(service_fn(async |request: Request<RequestBody<Full<Bytes>>>| {
                assert_eq!(request.body().size_hint().exact(), Some(2));
                Ok::<_, Infallible>(reply(
                    200,
                    &[],
                    MockBody::new([Step::Data("ab")]).telling_end().exactly(2),
                ))
            }));
        let mut body = service.oneshot(post(path)).await.unwrap().into_body();
        assert_eq!(body.size_hint().exact(), Some(2), "{path}");
        assert!(!body.is_end_stream());
        body.frame().await.unwrap().unwrap();
        assert!(body.is_end_stream());
    }
}

#[tokio::test]
async fn frames_pass_one_by_one_as_they_are() {
    let steps =
        [Step::Data("data: {\"a"), Step::Data("\":1}\n"), Step::Data("\n"), Step::Trailers(&[("t", "1")])];
    let service = CallLayer::server().layer(service_fn(move |_: Request<RequestBody<Full<Bytes>>>| {
        let body = MockBody::new(steps.clone());
        async { Ok::<_, Infallible>(reply(200, &[("content-type", "text/event-stream")], body)) }
    }));
    let mut body = service.oneshot(post("/v1/chat/completions")).await.unwrap().into_body();
    for expected in ["data: {\"a", "\":1}\n", "\n"] {
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), expected);
    }
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap()["t"], "1");
}

/// A neighbour that names its body type, as `axum::serve` and `from_fn` do.
fn concrete(
    service: impl Service<Request<Plain>, Response = Response<Plain>, Error = Infallible>,
) -> impl Service<Request<Plain>, Response = Response<Plain>, Error = Infallible> {
    service
}

#[tokio::test]
async fn same_body_keeps_the_type_on_both_sides() {
    let recorder = Recorder::default();
    let inner = service_fn(async |request: Request<Plain>| {
        request.into_body().collect().await.unwrap();
        let body = MockBody::new([Step::Data("{\"model\":\"m\"}")]);
        Ok(reply(200, &[("content-type", "application/json")], body).map(BodyExt::boxed_unsync))
    });
    let layer = CallLayer::server().with(recorder.clone()).same_body(BodyExt::boxed_unsync);
    let service = concrete(layer.layer(concrete(inner)));
    let request =
        post("/v1/chat/completions").map(|body| body.map_err(|never| match never {}).boxed_unsync());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "{\"model\":\"m\"}");
    assert_eq!(recorder.only_record().response_model(), Some("m"));
}

#[tokio::test]
async fn grpc_status_comes_from_the_trailers_or_from_a_head_without_a_body() {
    let recorder = Recorder::default();
    let grpc = [("content-type", "application/grpc")];
    let cases = [
        reply(
            200,
            &grpc,
            MockBody::new([Step::Data("x"), Step::Trailers(&[("grpc-status", "5")]), Step::Never]),
        ),
        reply(200, &[grpc[0], ("grpc-status", "12")], MockBody::new([]).telling_end()),
    ];
    for case in cases {
        let mut case = Some(case);
        let service = CallLayer::server().with(recorder.clone()).layer(service_fn(
            move |_: Request<RequestBody<Full<Bytes>>>| {
                let reply = case.take().unwrap();
                async { Ok::<_, Infallible>(reply) }
            },
        ));
        let mut request = post("/package.Service/Method");
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        let mut body = service.oneshot(request).await.unwrap().into_body();
        while let Some(Ok(frame)) = body.frame().await {
            if frame.is_trailers() {
                break;
            }
        }
    }
    let told = recorder.told();
    assert!(told.records.is_empty(), "gRPC is no model call");
    let seen: Vec<_> =
        told.exchanges.iter().map(|e| (e.grpc, e.route.as_deref(), e.grpc_status, e.end)).collect();
    let route = Some("package.Service/Method");
    assert_eq!(seen, [(true, route, Some(5), End::Complete), (true, route, Some(12), End::Complete)]);
}

#[tokio::test]
async fn an_upgrade_ends_the_exchange_at_its_head() {
    let recorder = Recorder::default();
    let service =
        CallLayer::server().with(recorder.clone()).layer(service_fn(async |_: Request<RequestBody<_>>| {
            Ok::<_, Infallible>(reply(101, &[], MockBody::new([Step::Never])))
        }));
    let request = Request::get("/v1/realtime").body(Full::<Bytes>::default()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(recorder.ends(), [End::Upgraded]);
    drop(response);
    assert_eq!(recorder.ends().len(), 1);
}

#[tokio::test]
async fn an_observer_that_panics_hurts_nobody_and_is_counted() {
    struct Panics;
    impl Observer for Panics {
        fn name(&self) -> &'static str {
            "panics"
        }
        fn begin(&self, _: &mut tower_genai_core::Head<'_>) -> Option<Box<dyn Watch>> {
            Some(Box::new(PanicsToo))
        }
        fn enrich(&self, _: &mut CallRecord) {
            panic!("enrich");
        }
    }
    struct PanicsToo;
    impl Watch for PanicsToo {
        fn around(&mut self, _: &mut dyn FnMut()) {
            panic!("around, before anything ran");
        }
    }
    impl Drop for PanicsToo {
        fn drop(&mut self) {
            panic!("drop");
        }
    }
    let recorder = Recorder::default();
    let self_check = tower_genai_core::SelfCheck::new();
    let layer = CallLayer::server().with(Panics).with(recorder.clone()).self_check(self_check.clone());
    let service = layer.layer(service_fn(async |_: Request<RequestBody<_>>| {
        Ok::<_, Infallible>(reply(200, &[], MockBody::new([Step::Data("hello")])))
    }));
    let response = service.oneshot(post("/v1/chat/completions")).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    recorder.only_record();
    // Around the call, around the poll, in `enrich`, and in the drop.
    assert_eq!(self_check.panics(), [("panics", 4)]);
}

#[tokio::test]
async fn a_route_or_a_gate_that_panics_hurts_nobody_and_is_counted() {
    let recorder = Recorder::default();
    let self_check = tower_genai_core::SelfCheck::new();
    let layer = CallLayer::server()
        .with(recorder.clone())
        .self_check(self_check.clone())
        .route(|_| panic!("route"))
        .gate(tower_genai_core::Gate::recognised().also(|_| panic!("gate")));
    let service = layer.layer(service_fn(async |_: Request<RequestBody<_>>| {
        Ok::<_, Infallible>(reply(200, &[], MockBody::new([Step::Data("hello")])))
    }));
    let response = service.oneshot(post("/v1/chat/completions")).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    // The path is known without the judge.
    recorder.only_record();
    assert_eq!(self_check.panics(), [("route", 1), ("gate", 1)]);
}
