//! Names of spans, by the conventions.

use std::borrow::Cow;

use http::Method;
use tower_genai_core::Operation;

/// The method as `http.request.method` has it; `None` for methods nobody registered, of which there is no end.
pub(crate) fn known_method(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 10] =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}

/// `{method}`, or `HTTP`.
pub(crate) fn of_method(method: &Method) -> &'static str {
    known_method(method).unwrap_or("HTTP")
}

/// `{method} {route}`.
pub(crate) fn of_exchange(method: &Method, route: Option<&str>) -> Cow<'static, str> {
    let method = of_method(method);
    match route {
        Some(route) => {
            let mut name = String::with_capacity(method.len() + 1 + route.len());
            name.push_str(method);
            name.push(' ');
            name.push_str(route);
            name.into()
        }
        None => method.into(),
    }
}

/// The name of a model call before its model is known.
pub(crate) fn of_operation(operation: Operation, method: &Method) -> &'static str {
    match operation {
        // A request to a provider that matches no known API is an HTTP request first.
        Operation::Unknown => of_method(method),
        known => known.as_str(),
    }
}

/// The event that marks the first output of a stream.
pub(crate) const FIRST_CHUNK: &str = "tower_genai.first_chunk";

/// `{operation} {model}`.
pub(crate) fn of_call(operation: Operation, method: &Method, model: Option<&str>) -> Cow<'static, str> {
    let first = of_operation(operation, method);
    match model {
        Some(model) => {
            let mut name = String::with_capacity(first.len() + 1 + model.len());
            name.push_str(first);
            name.push(' ');
            name.push_str(model);
            name.into()
        }
        None => first.into(),
    }
}
