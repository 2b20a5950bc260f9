-- Plans: who pays for which again and again, and what becomes of credits that are left.

-- What becomes of the credits of a plan that are left when its period ends; for packs there is none.
alter table offers add column rollover text check (rollover in ('none', 'capped', 'all'));
alter table offers add column rollover_cap integer check (rollover_cap > 0);

-- Under which id a gateway charges for an offer. Made there once, when it is first needed.
create table prices (
    offer_id   blob    not null references offers (id),
    gateway    text    not null,
    reference  text    not null,
    created_at integer not null,
    primary key (offer_id, gateway),
    unique (gateway, reference)
) strict, without rowid;

-- A customer's plan. The offer is the one that was paid for last; next_offer_id is the one that the
-- next period is paid for, if it is another. paid_until ends the newest period that was paid.
create table subscriptions (
    id            blob    primary key,
    customer_id   blob    not null references customers (id),
    offer_id      blob    not null references offers (id),
    next_offer_id blob    references offers (id),
    status        text    not null check (status in ('starting', 'active', 'past_due', 'ended')),
    gateway       text    not null,
    reference     text,
    period_start  integer,
    period_end    integer,
    paid_until    integer,
    cancel_at_end integer not null default 0,
    past_due_since integer,
    next_check_at integer,
    version       integer not null,
    created_at    integer not null,
    updated_at    integer not null,
    ended_at      integer,
    unique (gateway, reference),
    check ((ended_at is not null) = (status = 'ended')),
    check ((period_start is null) = (period_end is null)),
    check ((past_due_since is not null) = (status = 'past_due')),
    check (next_check_at is null or status <> 'ended')
) strict;
create unique index subscriptions_one_live on subscriptions (customer_id) where status <> 'ended';
create index subscriptions_customer on subscriptions (customer_id, id);
create index subscriptions_check on subscriptions (next_check_at) where next_check_at is not null;
create index subscriptions_past_due on subscriptions (past_due_since)
    where past_due_since is not null;

-- How a plan came to be what it is: one row for each version, with who said so.
create table subscription_changes (
    subscription_id blob    not null references subscriptions (id),
    version         integer not null,
    status          text    not null,
    offer_id        blob    not null references offers (id),
    witness         text    not null,
    detail          text,
    at              integer not null,
    primary key (subscription_id, version)
) strict, without rowid;

create trigger subscription_changes_fixed before update on subscription_changes
begin select raise(abort, 'subscription_changes is append only'); end;
create trigger subscription_changes_kept before delete on subscription_changes
begin select raise(abort, 'subscription_changes is append only'); end;

alter table transactions add column subscription_id blob references subscriptions (id);
create index transactions_subscription on transactions (subscription_id)
    where subscription_id is not null;
-- One change of a plan at a time.
create unique index transactions_one_change on transactions (subscription_id)
    where kind = 'plan_change' and settled_at is null;
