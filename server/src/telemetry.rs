//! Where goes what is logged: lines to standard error, and traces to a collector, if one is set.

use std::io::stderr;

use anyhow::Context;
use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

const SERVICE: &str = "tender";

/// Sends traces as long as it lives, and what is left of them when it is dropped.
pub struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Logs from now on. To be called outside of a runtime, because traces are sent by a thread of
    /// their own, which blocks.
    ///
    /// # Errors
    /// Names the setting, when traces cannot be sent to `collector`.
    pub fn start(collector: Option<&str>) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        let provider = collector
            .map(provider)
            .transpose()
            .context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let traces = provider
            .as_ref()
            .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)));
        tracing_subscriber::registry()
            .with(filter)
            .with(fmt::layer().with_writer(stderr))
            .with(traces)
            .init();
        Ok(Self(provider))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// How much is sampled, and what else a collector wants, is read from the standard variables
/// `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS`.
fn provider(collector: &str) -> anyhow::Result<SdkTracerProvider> {
    // Another part of the process may have chosen already; that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::blocking::Client::builder().build()?)
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .build()?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(SERVICE).build())
        .with_batch_exporter(exporter)
        .build())
}
