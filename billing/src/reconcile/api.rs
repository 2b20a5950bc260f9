//! Reads a period from the gateway's API, a page at a time.

use futures::{StreamExt, TryStreamExt};

use super::{
    Class, Difference, Finding, Line, Pair, Payout, Reconciliation, Said, Stage, step::Step,
};
use crate::{Billing, Error, Result, gateway::stripe::Page};

/// How many questions to the gateway are under way at once.
pub(super) const AT_ONCE: usize = 8;

impl Billing {
    /// The next page of a list.
    pub(super) async fn read_page(&self, run: &Reconciliation) -> Result<Step> {
        let period = run.period.ok_or(Error::Broken("a run of no time"))?;
        let after = run.cursor.as_str();
        let Page { data, next } = match run.stage {
            Stage::Charges => self.stripe.charges_in(period, after).await?,
            Stage::Refunds => self.stripe.refunds_in(period, after).await?,
            Stage::Disputes => self.stripe.disputes_in(period, after).await?,
            Stage::Payouts => {
                let page = self.stripe.payouts_in(period, after).await?;
                return self.read_payouts(run, page).await;
            }
            _ => return Err(Error::Broken("nothing to read at this stage")),
        };
        let pairs = self.paired_at_gateway(run, data).await?;
        Ok(Step {
            next,
            ..self.compared(run, pairs)
        })
    }

    /// Each payout with its lines. They are compared like all others: what came long ago may be met here
    /// for the first time.
    async fn read_payouts(
        &self,
        run: &Reconciliation,
        page: Page<(Payout, Vec<Line>)>,
    ) -> Result<Step> {
        let mut step = Step::default();
        for (payout, lines) in page.data {
            let pairs = self.paired_at_gateway(run, lines).await?;
            let of_payout = self.compared(run, pairs);
            step.lines += of_payout.lines;
            step.findings.extend(of_payout.findings);
            step.earnings.extend(of_payout.earnings);
            step.findings.extend(self.differing(run, &payout));
            step.payouts.push(payout);
        }
        step.next = page.next;
        Ok(step)
    }

    fn differing(&self, run: &Reconciliation, payout: &Payout) -> Option<Finding> {
        let contains = crate::money::Money {
            value: payout.contains,
            ..payout.amount
        };
        let difference = Difference {
            class: Class::PayoutDiffers,
            subject: payout.reference.clone(),
            detail: format!("{} were paid out, of {contains}", payout.amount),
        };
        (contains != payout.amount).then(|| Finding {
            amount: Some(payout.amount),
            happened_at: payout.arrives_at,
            ..Finding::of(run, difference, self.clock.now())
        })
    }

    /// Pairs lines, and asks of payments that nothing here knows which invoice they pay: a plan's
    /// payments do not carry our ids.
    async fn paired_at_gateway(&self, run: &Reconciliation, lines: Vec<Line>) -> Result<Vec<Pair>> {
        let pairs = self.paired(&run.gateway, lines).await?;
        let (unknown, mut known): (Vec<Pair>, Vec<Pair>) = pairs
            .into_iter()
            .partition(|pair| pair.known.is_none() && pair.line.said == Said::Paid);
        let asked: Vec<Line> = futures::stream::iter(unknown)
            .map(|pair| self.with_invoice(pair.line))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        known.extend(self.paired(&run.gateway, asked).await?);
        Ok(known)
    }

    async fn with_invoice(&self, line: Line) -> Result<Line> {
        let invoice = match &line.payment {
            Some(payment) if line.invoice.is_none() => self.stripe.invoice_paid_by(payment).await?,
            _ => line.invoice.clone(),
        };
        Ok(Line { invoice, ..line })
    }
}
