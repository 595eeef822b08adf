//! Serves gRPC on port 50051 and, beside it, `/metrics` on port 9464.

use axum::Router;
use tokio::net::TcpListener;
use tower_genai::{Metrics, MetricsService};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = Metrics::new();
    let scrape = MetricsService::builder().source(metrics.clone()).build()?;
    let admin = TcpListener::bind("127.0.0.1:9464").await?;
    let grpc = TcpListener::bind("127.0.0.1:50051").await?;
    tokio::spawn(async { axum::serve(admin, Router::new().route_service("/metrics", scrape)).await });
    tonic_server::serve(grpc, metrics).await?;
    Ok(())
}
