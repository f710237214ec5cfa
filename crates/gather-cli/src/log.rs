//! The log of a server: on standard error, for people or for programs, and as traces where somebody collects them.
//!
//! Each line of a request or of a run carries its number, since both are spans.

use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    args::LogFormat,
    failure::{Failure, Result},
    session::var,
};

/// What is logged where `GATHER_LOG` says nothing.
const LOGGED: &str = "warn,gather_server=info,gather_run=info";

/// A log that goes on; what waits to be sent is sent when it is dropped.
pub(crate) struct Log {
    #[cfg(feature = "otel")]
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

/// Begins to log.
pub(crate) fn start(form: LogFormat) -> Result<Log> {
    let wanted = var("GATHER_LOG").unwrap_or_else(|| LOGGED.to_owned());
    let filter = || {
        EnvFilter::try_new(&wanted).map_err(|error| {
            Failure::new(format!(
                "`GATHER_LOG` is `{wanted}`, which says nothing of a log"
            ))
            .because(Some(&error))
            .hint("it is as in `info` or `warn,gather_server=debug`")
        })
    };
    let ansi = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let lines = match form {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(ansi)
            .with_filter(filter()?)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .with_writer(std::io::stderr)
            .with_filter(filter()?)
            .boxed(),
    };
    let log = tracing_subscriber::registry().with(lines);
    #[cfg(feature = "otel")]
    {
        use tracing_subscriber::filter::LevelFilter;
        let traces = traces::provider()?;
        let layer = traces.as_ref().map(|provider| {
            use opentelemetry::trace::TracerProvider as _;
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("gather"))
                .with_filter(LevelFilter::INFO)
        });
        begun(log.with(layer).try_init())?;
        Ok(Log { traces })
    }
    #[cfg(not(feature = "otel"))]
    {
        begun(log.try_init())?;
        Ok(Log {})
    }
}

/// Only a second log could be refused, and there is none.
fn begun(started: std::result::Result<(), tracing_subscriber::util::TryInitError>) -> Result<()> {
    started.map_err(|error| Failure::of(&error))
}

#[cfg(feature = "otel")]
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(traces) = self.traces.take() {
            // A collector that is not there loses its traces, and nobody else anything.
            let _ = traces.shutdown();
        }
    }
}

#[cfg(feature = "otel")]
mod traces {
    //! Spans for a collector of OpenTelemetry, over OTLP with HTTP and protobuf.

    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};

    use crate::{
        failure::{Failure, Result},
        session::var,
    };

    /// Where a collector is, in the variables of OpenTelemetry's own specification; without one nothing is sent.
    pub(super) fn provider() -> Result<Option<SdkTracerProvider>> {
        let named = [
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ];
        if named.iter().all(|name| var(name).is_none()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| {
                Failure::new("traces cannot be sent")
                    .because(Some(&error))
                    .hint("OTEL_EXPORTER_OTLP_ENDPOINT is as in `http://127.0.0.1:4318`")
            })?;
        let name = var("OTEL_SERVICE_NAME").unwrap_or_else(|| "gather".to_owned());
        let resource = Resource::builder().with_service_name(name).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter);
        Ok(Some(provider.build()))
    }
}
