//! Who did what, to what, why, and what it was before and after. Lines are written in the commit that
//! does the thing; where the thing begins with a question to the gateway, in the commit before it. No
//! line is ever changed.

use serde_json::Value;

use super::{Cursor, Part, Permission, Rows};
use crate::{
    Billing, Result,
    clock::Time,
    id::{AuditId, CustomerId, PersonId},
    people::{Person, Role},
    store::{Tx, audit_log},
    words::words,
};

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Nobody who signs in, when it is done at the command line.
    pub person: Option<PersonId>,
    /// Their address at that time.
    pub name: String,
    pub role: Option<Role>,
    /// Where the request came from.
    pub address: Option<String>,
}

impl Actor {
    pub fn person(person: &Person, address: Option<String>) -> Self {
        Self {
            person: Some(person.id),
            name: person.email.clone(),
            role: person.role,
            address,
        }
    }

    /// Whether their role allows it. Whoever can run commands on the server may do everything.
    pub fn may(&self, permission: Permission) -> bool {
        match (self.person, self.role) {
            (_, Some(role)) => role.may(permission),
            (None, None) => true,
            (Some(_), None) => false,
        }
    }

    /// Whoever can run commands on the server.
    pub fn command_line() -> Self {
        Self {
            person: None,
            name: "command line".to_owned(),
            role: None,
            address: None,
        }
    }

    /// Nobody: a time was over.
    pub(crate) fn by_itself() -> Self {
        Self {
            name: "by itself".to_owned(),
            ..Self::command_line()
        }
    }

    /// Whoever wrote the file that names what is sold.
    pub(crate) fn catalogue_file() -> Self {
        Self {
            name: "catalogue file".to_owned(),
            ..Self::command_line()
        }
    }
}

/// What was done. The words are kept in the log, so none of them is ever given another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    AddStaff,
    ChangeRole,
    CloseStaff,
    SignOutStaff,
    SetUpAuthenticator,
    RemoveAuthenticator,
    AddPasskey,
    RenamePasskey,
    RemovePasskey,
    /// Its device counts back: there may be a copy of it.
    RefusePasskey,
    RenewRecoveryCodes,
    UseRecoveryCode,
    SkipSecondFactor,
    ResetSecondFactor,
    AddApiKey,
    RevokeApiKey,
    AddEndpoint,
    TestEndpoint,
    ShowEndpointSecret,
    ReplayEvents,
    DisableEndpoint,
    HandleEvent,
    SendTestEvent,
    SetEventAside,
    TakeEventBack,
    SendMailAgain,
    ReplayDelivery,
    StartReconciliation,
    ActOnFinding,
    ActOnFindings,
    /// The gateway was asked about it at once.
    FetchTransaction,
    Refund,
    Note,
    GiveCredits,
    TakeCredits,
    EndSessions,
    /// A plan was changed or ended in the customer's place.
    SteerPlan,
    /// Somebody began to look at what a customer sees.
    BeginView,
    EndView,
    /// A second person was asked.
    Propose,
    ApproveProposal,
    RefuseProposal,
    WithdrawProposal,
    ExpireProposal,
    AddToCatalogue,
    ChangeInCatalogue,
    TakeOffSale,
    PutOnSale,
    ReorderCatalogue,
    ImportCatalogue,
    /// By a server that started with a file that says something else.
    LoadCatalogue,
}

words!(Action {
    AddStaff = "staff.add",
    ChangeRole = "staff.change_role",
    CloseStaff = "staff.close",
    SignOutStaff = "staff.sign_out",
    SetUpAuthenticator = "second_factor.set_up",
    RemoveAuthenticator = "second_factor.remove",
    AddPasskey = "passkey.add",
    RenamePasskey = "passkey.rename",
    RemovePasskey = "passkey.remove",
    RefusePasskey = "passkey.refuse",
    RenewRecoveryCodes = "second_factor.recovery_codes",
    UseRecoveryCode = "second_factor.recover",
    SkipSecondFactor = "second_factor.skip",
    ResetSecondFactor = "second_factor.reset",
    AddApiKey = "api_key.add",
    RevokeApiKey = "api_key.revoke",
    AddEndpoint = "endpoint.add",
    TestEndpoint = "endpoint.test",
    ShowEndpointSecret = "endpoint.show_secret",
    ReplayEvents = "endpoint.replay",
    DisableEndpoint = "endpoint.disable",
    HandleEvent = "event.handle",
    SendTestEvent = "event.send_test",
    SetEventAside = "event.set_aside",
    TakeEventBack = "event.take_back",
    SendMailAgain = "mail.send_again",
    ReplayDelivery = "delivery.replay",
    StartReconciliation = "reconciliation.start",
    ActOnFinding = "finding.act",
    ActOnFindings = "reconciliation.act",
    FetchTransaction = "transaction.fetch",
    Refund = "transaction.refund",
    Note = "customer.note",
    GiveCredits = "customer.give",
    TakeCredits = "customer.take",
    EndSessions = "customer.sign_out",
    SteerPlan = "plan.steer",
    BeginView = "customer.view",
    EndView = "customer.view_end",
    Propose = "proposal.make",
    ApproveProposal = "proposal.approve",
    RefuseProposal = "proposal.refuse",
    WithdrawProposal = "proposal.withdraw",
    ExpireProposal = "proposal.expire",
    AddToCatalogue = "catalogue.add",
    ChangeInCatalogue = "catalogue.change",
    TakeOffSale = "catalogue.take_off",
    PutOnSale = "catalogue.put_back",
    ReorderCatalogue = "catalogue.reorder",
    ImportCatalogue = "catalogue.import",
    LoadCatalogue = "catalogue.load",
});

/// What it was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    Customer,
    Staff,
    Session,
    Order,
    Transaction,
    Refund,
    Subscription,
    Event,
    Mail,
    Finding,
    Reconciliation,
    Offer,
    Coupon,
    Catalogue,
    ApiKey,
    Endpoint,
    Proposal,
}

words!(SubjectKind {
    Customer = "customer",
    Staff = "staff",
    Session = "session",
    Order = "order",
    Transaction = "transaction",
    Refund = "refund",
    Subscription = "subscription",
    Event = "event",
    Mail = "mail",
    Finding = "finding",
    Reconciliation = "reconciliation",
    Offer = "offer",
    Coupon = "coupon",
    Catalogue = "catalogue",
    ApiKey = "api_key",
    Endpoint = "endpoint",
    Proposal = "proposal",
});

/// Something that is done, as it is told to the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    pub action: Action,
    pub kind: SubjectKind,
    /// Its id, or what else names it.
    pub subject: String,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// In the words of who does it; empty where none is asked for.
    pub reason: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Deed {
    pub fn new(action: Action, kind: SubjectKind, subject: impl ToString) -> Self {
        Self {
            action,
            kind,
            subject: subject.to_string(),
            customer: None,
            reason: String::new(),
            before: None,
            after: None,
        }
    }

    pub fn of(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    pub fn because(mut self, reason: &str) -> Self {
        reason.trim().clone_into(&mut self.reason);
        self
    }

    pub fn before(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    pub fn after(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub id: AuditId,
    pub at: Time,
    pub actor: Actor,
    pub deed: Deed,
}

/// Which lines are wanted; all of what is said must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The address that somebody had when they did it.
    pub who: Option<String>,
    pub action: Option<Action>,
    pub customer: Option<CustomerId>,
    /// The id of what it was done to.
    pub subject: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

/// Writes a line, in the commit that does what it says.
pub(crate) async fn record(tx: &mut Tx, actor: &Actor, deed: &Deed, now: Time) -> Result<()> {
    audit_log::insert(tx, AuditId::new(), actor, deed, now).await
}

impl Billing {
    /// Writes a line about something that is done elsewhere, before it is.
    pub async fn note_deed(&self, by: &Actor, deed: Deed) -> Result<()> {
        let (by, now) = (by.clone(), self.clock.now());
        self.store
            .write(move |tx| Box::pin(async move { record(tx, &by, &deed, now).await }))
            .await
    }

    /// Lines of the log by their time.
    pub async fn audit_log(&self, filter: &Filter, part: Part) -> Result<Rows<Line>> {
        let lines = audit_log::part(&mut self.store.read().await?, filter, part).await?;
        Ok(part.rows(lines, |line| Cursor {
            key: line.at.0,
            id: line.id.0,
        }))
    }
}
