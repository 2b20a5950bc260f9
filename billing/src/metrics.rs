//! What those who run it watch: counted where it happens, read off where it lies. One set for each
//! process, because that is what is scraped.

use std::{fmt, sync::LazyLock, time::Duration};

use prometheus_client::{
    encoding::text::encode_registry,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::{
    Billing, Result,
    gateway::stripe,
    reconcile::Class,
    store::{
        backlog::{self, Backlog},
        event_cursors, findings, reconciliations,
    },
};

/// What is counted in this process.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// A label and its value, of which there are few.
type Label = (&'static str, &'static str);
/// A histogram for each pair of values.
type Histograms = Family<[(&'static str, String); 2], Histogram, fn() -> Histogram>;

pub(crate) struct Metrics {
    registry: Registry,
    /// From the moment of which the gateway says that it was paid, until it was settled. Gateways
    /// tell it in whole seconds.
    pub payment_to_credit: Histogram,
    /// From the moment of a gateway's event until it was here.
    pub webhook_lag: Histogram,
    /// By `result`: stored, refused, failed.
    pub webhooks: Family<[Label; 1], Counter>,
    /// Events that nobody sent: they were found in the gateway's list.
    pub webhooks_missed: Counter,
    /// Final transactions, by `kind`, `state` and `witness`, who told us.
    pub settled: Family<[Label; 3], Counter>,
    /// By `result`: done, insufficient, refused, failed.
    pub spends: Family<[Label; 1], Counter>,
    /// How long a commit took, from its first job until it was durable.
    pub commit: Histogram,
    /// How many jobs were in one.
    pub commit_jobs: Histogram,
    /// How long the gateway took to answer, by `resource` and `result`: ok, refused, unreachable,
    /// unreadable.
    pub gateway: Histograms,
    /// Rows that break a law, by the last look.
    pub law_violations: Family<[Label; 1], Gauge>,
    /// How often a connection was taken to read.
    pub database_reads: Counter,
    waiters: Gauge,
    writer_queue: Gauge,
    database_up: Gauge,
    events_compared_age: Family<[Label; 1], Gauge>,
    backlog: Family<[Label; 1], Gauge>,
    backlog_age: Family<[Label; 1], Gauge>,
    trouble: Family<[Label; 1], Gauge>,
    findings: Family<[Label; 1], Gauge>,
    reconciliation_age: Family<[Label; 1], Gauge>,
}

/// From 1 ms to half a minute.
fn of_answers() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

impl Metrics {
    /// Tells nothing of the database.
    fn forget_database(&self) {
        self.backlog.clear();
        self.backlog_age.clear();
        self.trouble.clear();
        self.events_compared_age.clear();
        self.findings.clear();
        self.reconciliation_age.clear();
    }

    fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("tender"),
            // From 1 s to 18 hours.
            payment_to_credit: Histogram::new(exponential_buckets(1.0, 2.0, 17)),
            webhook_lag: Histogram::new(exponential_buckets(1.0, 2.0, 17)),
            webhooks: Family::default(),
            webhooks_missed: Counter::default(),
            settled: Family::default(),
            spends: Family::default(),
            // From 0.1 ms to 3 s.
            commit: Histogram::new(exponential_buckets(0.0001, 2.0, 16)),
            commit_jobs: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            gateway: Family::new_with_constructor(of_answers),
            law_violations: Family::default(),
            database_reads: Counter::default(),
            waiters: Gauge::default(),
            writer_queue: Gauge::default(),
            database_up: Gauge::default(),
            events_compared_age: Family::default(),
            backlog: Family::default(),
            backlog_age: Family::default(),
            trouble: Family::default(),
            findings: Family::default(),
            reconciliation_age: Family::default(),
        };
        metrics.register();
        // What has not happened yet is told as none.
        for result in ["stored", "refused", "failed"] {
            drop(metrics.webhooks.get_or_create(&[("result", result)]));
        }
        for result in ["done", "insufficient", "refused", "failed"] {
            drop(metrics.spends.get_or_create(&[("result", result)]));
        }
        metrics
    }

    fn register(&mut self) {
        let it = &mut self.registry;
        it.register_with_unit(
            "payment_to_credit",
            "From being paid, as the gateway tells it, to being settled",
            Unit::Seconds,
            self.payment_to_credit.clone(),
        );
        it.register_with_unit(
            "webhook_lag",
            "From a gateway's event to its arrival",
            Unit::Seconds,
            self.webhook_lag.clone(),
        );
        it.register("webhooks", "Webhooks that came", self.webhooks.clone());
        it.register(
            "webhooks_missed",
            "Events that nobody sent, found in the gateway's list",
            self.webhooks_missed.clone(),
        );
        it.register_with_unit(
            "events_compared_age",
            "How long ago the gateway's list of events was compared with the inbox",
            Unit::Seconds,
            self.events_compared_age.clone(),
        );
        it.register(
            "transactions_settled",
            "Transactions that became final",
            self.settled.clone(),
        );
        it.register("spends", "Wishes to spend credits", self.spends.clone());
        it.register_with_unit(
            "commit",
            "Durable commits",
            Unit::Seconds,
            self.commit.clone(),
        );
        it.register(
            "commit_jobs",
            "Jobs in one commit",
            self.commit_jobs.clone(),
        );
        it.register_with_unit(
            "gateway_request",
            "Answers of the gateway",
            Unit::Seconds,
            self.gateway.clone(),
        );
        it.register(
            "law_violations",
            "Rows that break a law, by the last look",
            self.law_violations.clone(),
        );
        it.register(
            "database_reads",
            "How often a connection was taken to read",
            self.database_reads.clone(),
        );
        it.register(
            "waiters",
            "Clients and workers that wait for a change",
            self.waiters.clone(),
        );
        it.register(
            "writer_queue",
            "Jobs that wait for the next commit",
            self.writer_queue.clone(),
        );
        it.register(
            "database_up",
            "Whether the database answered just now",
            self.database_up.clone(),
        );
        it.register(
            "backlog",
            "What is still to be done, in the database",
            self.backlog.clone(),
        );
        it.register_with_unit(
            "backlog_age",
            "How old the oldest of it is",
            Unit::Seconds,
            self.backlog_age.clone(),
        );
        it.register(
            "trouble",
            "What did not work so far or needs a person, in the database",
            self.trouble.clone(),
        );
        it.register(
            "findings",
            "What differs from the gateway's books and nobody has decided, by class",
            self.findings.clone(),
        );
        it.register_with_unit(
            "reconciliation_age",
            "Since a reconciliation last came to its end; nothing, while none has",
            Unit::Seconds,
            self.reconciliation_age.clone(),
        );
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl Billing {
    /// Writes the metrics of this process and of the database in the text form of OpenMetrics, without
    /// its end, so that others can follow.
    ///
    /// # Errors
    /// When the database does not answer; what this process counts is written all the same.
    pub async fn write_metrics(&self, text: &mut String) -> Result<()> {
        let looked = self.look_at_database().await;
        METRICS.database_up.set(i64::from(looked.is_ok()));
        if looked.is_err() {
            // What it said before may not be so any more.
            METRICS.forget_database();
        }
        METRICS.waiters.set(self.store.updates.waiters());
        METRICS.writer_queue.set(self.store.queued());
        // Writing to a string cannot fail.
        let _: fmt::Result = encode_registry(text, &METRICS.registry);
        looked
    }

    async fn look_at_database(&self) -> Result<()> {
        let now = self.clock.now();
        let mut conn = self.store.read().await?;
        // What was never done is as late as the shop is old.
        let begin = event_cursors::begin(&mut conn).await?.unwrap_or(now);
        let cursor = event_cursors::find(&mut conn, stripe::NAME).await?;
        let compared_at = cursor.map_or(begin, |cursor| cursor.compared_at);
        let age = seconds(now.since(compared_at));
        let of_gateway = [("gateway", stripe::NAME)];
        METRICS
            .events_compared_age
            .get_or_create(&of_gateway)
            .set(age);
        let undecided = findings::undecided_counts(&mut conn).await?;
        for &class in Class::ALL {
            let found = undecided.iter().find(|(undecided, _)| *undecided == class);
            let labels = [("class", class.as_str())];
            let found = found.map_or(0, |(_, findings)| *findings);
            METRICS.findings.get_or_create(&labels).set(found);
        }
        let reconciled = reconciliations::done_until(&mut conn).await?;
        METRICS
            .reconciliation_age
            .get_or_create(&of_gateway)
            .set(reconciled.map_or(0, |at| seconds(now.since(at))));
        for queue in backlog::all(&mut conn).await? {
            let Backlog {
                name,
                depth,
                oldest,
                trouble,
            } = queue;
            let age = oldest.map_or(0, |oldest| seconds(now.since(oldest)));
            let labels = [("queue", name)];
            METRICS.backlog.get_or_create(&labels).set(depth);
            METRICS.backlog_age.get_or_create(&labels).set(age);
            METRICS.trouble.get_or_create(&labels).set(trouble);
        }
        Ok(())
    }
}
