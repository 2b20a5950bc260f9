-- Plans: who pays for which again and again, and what becomes of credits that are left.

-- What becomes of the credits of a plan that are left when its period ends; for packs there is none.
alter table offers add column rollover text check (rollover in ('none', 'capped', 'all'));
alter table offers add column rollover_cap bigint check (rollover_cap > 0);

-- Under which id a gateway charges for an offer. Made there once, when it is first needed.
create table prices (
    offer_id   uuid   not null references offers (id),
    gateway    text    not null,
    reference  text    not null,
    created_at bigint not null,
    primary key (offer_id, gateway),
    unique (gateway, reference)
);

-- A customer's plan. The offer is the one that was paid for last; next_offer_id is the one that the
-- next period is paid for, if it is another. paid_until ends the newest period that was paid.
create table subscriptions (
    id            uuid    primary key,
    customer_id   uuid   not null references customers (id),
    offer_id      uuid   not null references offers (id),
    next_offer_id uuid    references offers (id),
    status        text    not null check (status in ('starting', 'active', 'past_due', 'ended')),
    gateway       text    not null,
    reference     text,
    period_start  bigint,
    period_end    bigint,
    paid_until    bigint,
    cancel_at_end boolean not null default false,
    past_due_since bigint,
    next_check_at bigint,
    version       bigint not null,
    created_at    bigint not null,
    updated_at    bigint not null,
    ended_at      bigint,
    unique (gateway, reference),
    check ((ended_at is not null) = (status = 'ended')),
    check ((period_start is null) = (period_end is null)),
    check ((past_due_since is not null) = (status = 'past_due')),
    check (next_check_at is null or status <> 'ended')
);
create unique index subscriptions_one_live on subscriptions (customer_id) where status <> 'ended';
create index subscriptions_customer on subscriptions (customer_id, id);
create index subscriptions_check on subscriptions (next_check_at) where next_check_at is not null;
create index subscriptions_past_due on subscriptions (past_due_since)
    where past_due_since is not null;

-- How a plan came to be what it is: one row for each version, with who said so.
create table subscription_changes (
    subscription_id uuid   not null references subscriptions (id),
    version         bigint not null,
    status          text    not null,
    offer_id        uuid   not null references offers (id),
    witness         text    not null,
    detail          text,
    at              bigint not null,
    primary key (subscription_id, version)
);

create trigger subscription_changes_fixed before update on subscription_changes
    for each statement execute function refuse('subscription_changes is append only');
create trigger subscription_changes_kept before delete or truncate on subscription_changes
    for each statement execute function refuse('subscription_changes is append only');

alter table transactions add column subscription_id uuid references subscriptions (id);
create index transactions_subscription on transactions (subscription_id)
    where subscription_id is not null;
-- One change of a plan at a time.
create unique index transactions_one_change on transactions (subscription_id)
    where kind = 'plan_change' and settled_at is null;
