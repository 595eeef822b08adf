//! A tonic server with [`MetricsLayer`] around its services: what is counted is the gRPC status, which comes in the
//! trailers, after the HTTP status has long said 200.

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tower_genai::{Metrics, MetricsLayer};

/// Serves gRPC health checking on the listener, counted in `metrics`.
///
/// # Errors
///
/// When the transport fails.
pub async fn serve(listener: TcpListener, metrics: Metrics) -> Result<(), tonic::transport::Error> {
    let (_, health) = tonic_health::server::health_reporter();
    Server::builder()
        .layer(MetricsLayer::server(&metrics))
        .add_service(health)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
}
