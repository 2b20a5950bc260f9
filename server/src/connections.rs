//! Connections of clients, until they are told to end. HTTP/1.1 alone: what speaks more to browsers
//! stands in front. Making room for two protocols costs each client that waits eight kilobytes.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tower::Service;

/// When no connection can be taken, as with too many open files, we try again after so long.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers clients with `site` until `stop`. Comes back when those have their answers who asked before.
pub async fn serve(listener: TcpListener, site: Router, stop: CancellationToken) {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, client)) => answer(stream, client, site.clone(), &connections),
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot take a connection");
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

fn answer(stream: TcpStream, client: SocketAddr, site: Router, connections: &GracefulShutdown) {
    let answering = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        site.clone().call(request)
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answering);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

/// It went away before we took it.
fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
