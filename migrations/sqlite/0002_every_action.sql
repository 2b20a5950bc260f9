-- Room for every payment action: kinds of transactions that belong to no order and say themselves
-- what they are for, and accounts for credits that are frozen, owed or taken back. What was taken out of a lot can be given back to it,
-- as a negative use. SQLite changes a check only by making the table anew; foreign keys are off
-- while the schema changes, and checked afterwards.

create table new_transactions (
    id              blob    primary key,
    kind            text    not null check (kind in
        ('purchase', 'subscription', 'renewal', 'plan_change', 'coupon', 'card_validation')),
    state           text    not null check (state in
        ('created', 'requires_action', 'processing', 'failed', 'succeeded', 'canceled')),
    customer_id     blob    not null references customers (id),
    order_id        blob    references orders (id),
    title           text    not null,
    amount          integer not null check (amount >= 0),
    currency        text    not null check (length(currency) = 3),
    credits         integer not null check (credits >= 0),
    gateway         text    not null,
    reference       text,
    version         integer not null,
    failure_code    text,
    failure_message text,
    review          text,
    settled_at      integer,
    next_check_at   integer,
    checks          integer not null default 0,
    created_at      integer not null,
    updated_at      integer not null,
    unique (gateway, reference),
    check ((settled_at is not null) = (state in ('succeeded', 'canceled')))
) strict;
insert into new_transactions
    select t.id, t.kind, t.state, t.customer_id, t.order_id,
           (select offers.name || ' pack' from orders join offers on offers.id = orders.offer_id
            where orders.id = t.order_id),
           t.amount, t.currency, t.credits, t.gateway, t.reference, t.version, t.failure_code,
           t.failure_message, t.review, t.settled_at, t.next_check_at, t.checks, t.created_at,
           t.updated_at
    from transactions t;
drop table transactions;
alter table new_transactions rename to transactions;
create index transactions_order on transactions (order_id);
create index transactions_check on transactions (next_check_at) where next_check_at is not null;
create index transactions_review on transactions (updated_at) where review is not null;

create table new_accounts (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    kind        text    not null check (kind in
        ('issued', 'available', 'frozen', 'debt', 'consumed', 'expired', 'clawed_back')),
    balance     integer not null,
    version     integer not null,
    unique (customer_id, kind),
    check (kind in ('issued', 'debt') or balance >= 0)
) strict;
insert into new_accounts select * from accounts;
drop table accounts;
alter table new_accounts rename to accounts;
create trigger accounts_fixed before update of id, customer_id, kind on accounts
begin select raise(abort, 'only the balance of an account changes'); end;
create trigger accounts_kept before delete on accounts
begin select raise(abort, 'accounts are never deleted'); end;

create table new_lot_uses (
    transfer_id blob    not null references transfers (id),
    lot_id      blob    not null references lots (id),
    amount      integer not null check (amount <> 0),
    primary key (transfer_id, lot_id)
) strict, without rowid;
insert into new_lot_uses select * from lot_uses;
drop table lot_uses;
alter table new_lot_uses rename to lot_uses;
create trigger lot_uses_fixed before update on lot_uses
begin select raise(abort, 'lot_uses is append only'); end;
create trigger lot_uses_kept before delete on lot_uses
begin select raise(abort, 'lot_uses is append only'); end;
