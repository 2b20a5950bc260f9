//! The history of all customers, hour by hour: who comes, who comes back, and the clock.

use std::time::Duration;

use billing::{
    Billing,
    clock::{Day, Time},
};
use futures::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::{
    gateway::Gateway,
    life::{Life, Shop},
};

const HOUR: Duration = Duration::from_secs(3600);
/// Visits at once: their writes are committed together.
const AT_ONCE: usize = 1024;
/// The clock moves on in steps: as many as there is something to do in, of an hour where there is much.
const CUSTOMERS_PER_STEP: u32 = 10;
const FEWEST_STEPS: u32 = 90;

/// How far a history is.
pub struct Progress {
    /// How many customers have come.
    pub came: u32,
    pub day: Day,
}

pub struct History<'b> {
    shop: Shop<'b>,
    customers: u32,
    steps: u32,
    step: Duration,
}

impl<'b> History<'b> {
    /// A history from where the clock stands, of so long a span. Days whose figures are written down are
    /// over for good: then it begins after them.
    pub async fn new(
        billing: &'b Billing,
        gateway: Gateway,
        customers: u32,
        span: Duration,
    ) -> anyhow::Result<Self> {
        let clock = billing.clock();
        let begin = clock.now();
        let open = billing.last_closed_day().await?.map(Day::end);
        let over = open
            .map_or(Duration::ZERO, |open| open.since(begin))
            .min(span);
        clock.advance(over);
        let (whole, span) = (span, span - over);
        let hours = u32::try_from(span.as_secs() / HOUR.as_secs()).unwrap_or(u32::MAX);
        let most = hours.max(FEWEST_STEPS);
        let steps = (customers / CUSTOMERS_PER_STEP).clamp(FEWEST_STEPS, most);
        // Another run has other names.
        let run = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let shop = Shop {
            billing,
            gateway,
            run,
            hour: HOUR.mul_f64(span.div_duration_f64(whole)),
        };
        Ok(Self {
            shop,
            customers,
            steps,
            step: span / steps,
        })
    }

    /// Plays it to its end, which is now.
    pub async fn play(&self, mut progress: impl FnMut(Progress)) -> anyhow::Result<()> {
        let mut agenda: Vec<Vec<Life>> = (0..self.steps).map(|_| Vec::new()).collect();
        for step in 0..self.steps {
            let came = self.came(step + 1);
            let mut visitors: Vec<Life> = (self.came(step)..came).map(Life::new).collect();
            visitors.append(&mut agenda[step as usize]);
            let shop = &self.shop;
            let mut visits = stream::iter(visitors)
                .map(|life| life.visit(shop))
                .buffer_unordered(AT_ONCE);
            while let Some(next) = visits.try_next().await? {
                let Some((later, life)) = next else { continue };
                let steps = later.as_secs().div_ceil(self.step.as_secs().max(1)).max(1);
                let place = usize::try_from(u64::from(step) + steps)?;
                // Who would come back after the end does so no more.
                if let Some(visitors) = agenda.get_mut(place) {
                    visitors.push(life);
                }
            }
            let day = Day::from(self.now());
            progress(Progress { came, day });
            self.shop.billing.clock().advance(self.step);
        }
        Ok(())
    }

    /// Leaves books and figures as a server would have that had been there all the time. Answers how many
    /// entries the ledger has more.
    pub async fn close(&self) -> anyhow::Result<i64> {
        let billing = self.shop.billing;
        billing.write_delays().await?;
        // Nobody else writes, so all that has an id is there.
        let checkpoint = billing.checkpoint(Duration::ZERO).await?;
        billing.close_days().await?;
        Ok(checkpoint.map_or(0, |checkpoint| checkpoint.transfers))
    }

    /// How many have come before a step: more and more in each, at the end three times as many as at first.
    fn came(&self, step: u32) -> u32 {
        let (step, steps) = (u64::from(step), u64::from(self.steps));
        let came = u64::from(self.customers) * step * (step + steps) / (2 * steps * steps);
        u32::try_from(came).unwrap_or(self.customers)
    }

    fn now(&self) -> Time {
        self.shop.billing.clock().now()
    }
}
