use billing::{people::Role, staff::audit_log::Actor};
use rstest::rstest;

use super::{dispute, refund};
use crate::{
    books::{Books, Database, PASSWORD, event},
    mail_server::{MailServer, Mood, Taken},
};

/// The customer reads of a refund once, staff of an inquiry and of the dispute that it becomes.
#[rstest]
#[tokio::test]
async fn those_concerned_get_letters(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let post = MailServer::start(Mood::Takes).await;
    let books = Books::posting_to(database, &post.url).await;
    let staff = books.billing.add_staff(
        "eve@shop.example",
        PASSWORD,
        Role::Owner,
        Actor::command_line(),
    );
    staff.await.unwrap();
    let customer = books.customer("ann@shop.example").await;
    let order = books.buy(customer, "starter").await;
    for (kind, object) in [
        ("refund.created", refund(&order, 1, 200, "pending")),
        ("refund.updated", refund(&order, 1, 200, "succeeded")),
        ("charge.refund.updated", refund(&order, 1, 200, "succeeded")),
        (
            "charge.dispute.created",
            dispute(&order, 2, 300, "warning_needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "needs_response"),
        ),
        (
            "charge.dispute.updated",
            dispute(&order, 2, 300, "under_review"),
        ),
        ("charge.dispute.closed", dispute(&order, 2, 300, "won")),
    ] {
        books.deliver(&event(kind, &object)).await.unwrap();
    }
    // Mails that are owed together leave in any order.
    let count = |mails: &[Taken], words: &str| {
        let such = mails.iter().filter(|mail| mail.text.contains(words));
        such.count()
    };
    // Beside the welcome and the confirmed order.
    let to_ann = post.mails_to("ann@shop.example", 3).await;
    assert_eq!(count(&to_ann, "Subject: Refund: Starter pack"), 1);
    let to_eve = post.mails_to("eve@shop.example", 2).await;
    for subject in [
        "A bank asks about a payment of $3.00",
        "A payment of $3.00 is disputed",
    ] {
        assert_eq!(count(&to_eve, &format!("Subject: {subject}")), 1);
    }
    books.quiet().await;
    assert_eq!(post.taken().len(), 5);
    books.close().await;
}
