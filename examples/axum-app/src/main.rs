//! Serves the application, by default on port 3000.

use std::net::SocketAddr;

use clap::Parser;

/// An axum application with tower-genai's layers on its router.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Serve `POST /test` instead, which posts on with the current trace: for the W3C's trace-context test suite.
    #[arg(long)]
    w3c_echo: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let app = if arguments.w3c_echo { axum_app::w3c_echo::app() } else { axum_app::app()? };
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
