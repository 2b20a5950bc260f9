-- What a customer keeps at the gateway: who they are there, their cards, and the trial that a card
-- opens. What we owe the gateway until it is done. And its own page, as a second way to pay.

create table gateway_customers (
    gateway     text    not null,
    customer_id uuid    not null references customers (id),
    reference   text    not null,
    created_at  bigint  not null,
    primary key (gateway, customer_id),
    unique (gateway, reference)
);

-- A card is shown by what is printed on it. Its number never comes here.
create table cards (
    id            uuid    primary key,
    customer_id   uuid    not null references customers (id),
    gateway       text    not null,
    reference     text    not null,
    brand         text    not null,
    last4         text    not null check (length(last4) = 4),
    exp_month     bigint  not null check (exp_month between 1 and 12),
    exp_year      bigint  not null,
    fingerprint   text,
    default_since bigint,
    validated_at  bigint,
    added_at      bigint  not null,
    removed_at    bigint,
    unique (gateway, reference),
    check (default_since is null or removed_at is null)
);
create unique index cards_one_default on cards (customer_id) where default_since is not null;
create index cards_customer on cards (customer_id, added_at) where removed_at is null;

-- A transaction that asks a bank about a card, to keep the card or to open a trial with it.
create table validations (
    transaction_id    uuid    primary key references transactions (id),
    customer_id       uuid    not null references customers (id),
    purpose           text    not null check (purpose in ('card', 'trial')),
    expire_after_days bigint  check (expire_after_days > 0),
    return_to         text,
    expires_at        bigint  not null,
    closed_at         bigint
);
-- A second click and a second tab find the one that is open.
create unique index validations_one_open on validations (customer_id, purpose)
    where closed_at is null;
create index validations_expiry on validations (expires_at) where closed_at is null;

-- One trial for each customer, and one for each card.
create table trials (
    transaction_id uuid    primary key references transactions (id),
    customer_id    uuid    not null unique references customers (id),
    gateway        text    not null,
    fingerprint    text    not null,
    granted_at     bigint  not null,
    unique (gateway, fingerprint)
);
create trigger trials_fixed before update on trials
    for each statement execute function refuse('trials is append only');
create trigger trials_kept before delete or truncate on trials
    for each statement execute function refuse('trials is append only');


-- What the gateway must still be told, written down in the commit that makes it so. It is told
-- until it has heard; then there is no next attempt.
create table duties (
    gateway         text    not null,
    kind            text    not null check (kind in
        ('release', 'keep_card', 'detach_card', 'default_card')),
    subject         text    not null,
    customer_id     uuid    not null references customers (id),
    attempts        bigint  not null default 0,
    trouble         text,
    owed_at         bigint  not null,
    next_attempt_at bigint,
    primary key (gateway, kind, subject)
);
create index duties_due on duties (next_attempt_at) where next_attempt_at is not null;

-- The gateway's own page, opened for a transaction. One at a time.
create table checkout_sessions (
    gateway        text    not null,
    reference      text    not null,
    transaction_id uuid    not null references transactions (id),
    round          bigint  not null,
    url            text    not null,
    opened_at      bigint  not null,
    closed_at      bigint,
    primary key (gateway, reference),
    unique (transaction_id, round)
);
create unique index checkout_sessions_one_open on checkout_sessions (transaction_id)
    where closed_at is null;

-- Payments that a transaction gave up for another way to pay. Only money that came all the same
-- still counts.
create table retired_payments (
    gateway        text    not null,
    reference      text    not null,
    transaction_id uuid    not null references transactions (id),
    retired_at     bigint  not null,
    primary key (gateway, reference)
);
create index retired_payments_transaction on retired_payments (transaction_id);
