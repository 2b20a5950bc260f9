//! The gateway makes a page, and a customer is led there.

use super::Session;
use crate::{
    Billing, Error, Result,
    gateway::{PageStatus, stripe::PageWish},
    money::Money,
    order::{FIRST_CHECK, Order},
    store::{checkout_sessions, transactions},
    transaction::Transaction,
};

impl Billing {
    /// Makes a page, notes it, and answers where it is. Nobody gets to see one that was made in vain,
    /// because its order was closed or turned to another way meanwhile.
    pub(super) async fn make_page(
        &self,
        order: &Order,
        transaction: &Transaction,
        session: &Session,
    ) -> Result<Option<String>> {
        if !self.end_payment(session.replaces.as_deref()).await? {
            return Ok(None);
        }
        let site = &self.mail.site;
        let (id, way) = (transaction.id, transaction.way);
        let wish = PageWish {
            transaction: id,
            way,
            order: order.id,
            customer: order.customer,
            owner: self.gateway_customer(order.customer).await?,
            amount: Money {
                value: session.amount,
                ..transaction.amount
            },
            description: order.description(),
            expires_at: session.expires_at,
            success_url: format!("{site}/callback/stripe/{id}"),
            cancel_url: format!("{site}/checkout/{}", order.id),
        };
        let page = self.stripe.create_page(&wish).await?;
        let (reference, first_check) = (page.reference.clone(), self.clock.now().plus(FIRST_CHECK));
        let is_noted = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ours =
                        transactions::set_reference(tx, id, way, &reference, first_check).await?;
                    if ours {
                        checkout_sessions::set_reference(tx, id, way, &reference).await?;
                    }
                    Ok::<_, Error>(ours)
                })
            })
            .await?;
        if is_noted {
            return Ok(page.url);
        }
        let present = self.present(id).await?;
        if present.way != way || present.settled_at.is_some() {
            self.end_page(&page.reference).await?;
        }
        Ok(None)
    }

    /// Where a page is, as long as it is open.
    pub(super) async fn where_is(&self, reference: &str) -> Result<Option<String>> {
        let page = self.stripe.page(reference).await?;
        self.settle_answer(page.payment).await?;
        Ok(page.url.filter(|_| page.status == PageStatus::Open))
    }
}
