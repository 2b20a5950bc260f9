-- What a customer keeps at the gateway: who they are there, their cards, and the trial that a card
-- opens. What we owe the gateway until it is done. And its own page, as a second way to pay.

create table gateway_customers (
    gateway     text    not null,
    customer_id blob    not null references customers (id),
    reference   text    not null,
    created_at  integer not null,
    primary key (gateway, customer_id),
    unique (gateway, reference)
) strict, without rowid;

-- A card is shown by what is printed on it. Its number never comes here.
create table cards (
    id            blob    primary key,
    customer_id   blob    not null references customers (id),
    gateway       text    not null,
    reference     text    not null,
    brand         text    not null,
    last4         text    not null check (length(last4) = 4),
    exp_month     integer not null check (exp_month between 1 and 12),
    exp_year      integer not null,
    fingerprint   text,
    default_since integer,
    validated_at  integer,
    added_at      integer not null,
    removed_at    integer,
    unique (gateway, reference),
    check (default_since is null or removed_at is null)
) strict;
create unique index cards_one_default on cards (customer_id) where default_since is not null;
create index cards_customer on cards (customer_id, added_at) where removed_at is null;

-- A transaction that asks a bank about a card, to keep the card or to open a trial with it.
create table validations (
    transaction_id    blob    primary key references transactions (id),
    customer_id       blob    not null references customers (id),
    purpose           text    not null check (purpose in ('card', 'trial')),
    expire_after_days integer check (expire_after_days > 0),
    return_to         text,
    expires_at        integer not null,
    closed_at         integer
) strict;
-- A second click and a second tab find the one that is open.
create unique index validations_one_open on validations (customer_id, purpose)
    where closed_at is null;
create index validations_expiry on validations (expires_at) where closed_at is null;

-- One trial for each customer, and one for each card.
create table trials (
    transaction_id blob    primary key references transactions (id),
    customer_id    blob    not null unique references customers (id),
    gateway        text    not null,
    fingerprint    text    not null,
    granted_at     integer not null,
    unique (gateway, fingerprint)
) strict;
create trigger trials_fixed before update on trials
begin select raise(abort, 'trials is append only'); end;
create trigger trials_kept before delete on trials
begin select raise(abort, 'trials is append only'); end;

-- What the gateway must still be told, written down in the commit that makes it so. It is told
-- until it has heard; then there is no next attempt.
create table duties (
    gateway         text    not null,
    kind            text    not null check (kind in
        ('release', 'keep_card', 'detach_card', 'default_card')),
    subject         text    not null,
    customer_id     blob    not null references customers (id),
    attempts        integer not null default 0,
    trouble         text,
    owed_at         integer not null,
    next_attempt_at integer,
    primary key (gateway, kind, subject)
) strict, without rowid;
create index duties_due on duties (next_attempt_at) where next_attempt_at is not null;

-- The gateway's own page, opened for a transaction. One at a time.
create table checkout_sessions (
    gateway        text    not null,
    reference      text    not null,
    transaction_id blob    not null references transactions (id),
    round          integer not null,
    url            text    not null,
    opened_at      integer not null,
    closed_at      integer,
    primary key (gateway, reference),
    unique (transaction_id, round)
) strict, without rowid;
create unique index checkout_sessions_one_open on checkout_sessions (transaction_id)
    where closed_at is null;

-- Payments that a transaction gave up for another way to pay. Only money that came all the same
-- still counts.
create table retired_payments (
    gateway        text    not null,
    reference      text    not null,
    transaction_id blob    not null references transactions (id),
    retired_at     integer not null,
    primary key (gateway, reference)
) strict, without rowid;
create index retired_payments_transaction on retired_payments (transaction_id);
