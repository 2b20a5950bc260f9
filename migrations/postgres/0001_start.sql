-- Ids are UUIDv7, times are microseconds since 1970 UTC, amounts are whole numbers in
-- their smallest unit. The SQLite file beside this one says the same in its own types.

create table people (
    id            uuid    primary key,
    email         text    not null unique check (email = lower(email)),
    password_hash text    not null,
    role          text    check (role in ('viewer', 'support', 'admin', 'owner')),
    created_at    bigint not null
);

create table customers (
    id          uuid    primary key,
    person_id   uuid    unique references people (id),
    external_id text    unique,
    created_at  bigint not null
);

create table sessions (
    id           uuid    primary key,
    person_id    uuid    not null references people (id),
    token_hash   bytea   not null unique,
    user_agent   text    not null,
    created_at   bigint not null,
    last_seen_at bigint not null,
    expires_at   bigint not null
);
create index sessions_person on sessions (person_id);

-- What is and was sold. A version never changes.
create table offers (
    id          uuid    primary key,
    key         text    not null,
    version     bigint not null check (version > 0),
    kind        text    not null check (kind in ('pack', 'plan')),
    period      text    check (period in ('month', 'year')),
    name        text    not null,
    description text    not null,
    price       bigint not null check (price >= 0),
    currency    text    not null check (length(currency) = 3),
    credits     bigint not null check (credits > 0),
    created_at  bigint not null,
    unique (key, version),
    check ((kind = 'plan') = (period is not null))
);

create table orders (
    id          uuid    primary key,
    customer_id uuid    not null references customers (id),
    offer_id    uuid    not null references offers (id),
    status      text    not null check (status in ('open', 'paid', 'canceled', 'expired')),
    return_to   text,
    created_at  bigint not null,
    expires_at  bigint not null
);
-- A double click, a second tab and the back button all find the same open order.
create unique index orders_one_open on orders (customer_id, offer_id) where status = 'open';
create index orders_customer on orders (customer_id, id);
create index orders_expiry on orders (expires_at) where status = 'open';

create table transactions (
    id              uuid    primary key,
    kind            text    not null check (kind in ('purchase')),
    state           text    not null check (state in
        ('created', 'requires_action', 'processing', 'failed', 'succeeded', 'canceled')),
    customer_id     uuid    not null references customers (id),
    order_id        uuid    not null references orders (id),
    amount          bigint not null check (amount >= 0),
    currency        text    not null check (length(currency) = 3),
    credits         bigint not null check (credits > 0),
    gateway         text    not null,
    reference       text,
    version         bigint not null,
    failure_code    text,
    failure_message text,
    review          text,
    settled_at      bigint,
    next_check_at   bigint,
    checks          bigint not null default 0,
    created_at      bigint not null,
    updated_at      bigint not null,
    unique (gateway, reference),
    check ((settled_at is not null) = (state in ('succeeded', 'canceled')))
);
create index transactions_order on transactions (order_id);
create index transactions_check on transactions (next_check_at) where next_check_at is not null;
create index transactions_review on transactions (updated_at) where review is not null;

-- How a transaction came to be what it is: one row for each version, with who said so.
create table transaction_changes (
    transaction_id uuid    not null references transactions (id),
    version        bigint not null,
    state          text    not null,
    witness        text    not null,
    detail         text,
    at             bigint not null,
    primary key (transaction_id, version)
);

create table inbox (
    id              uuid    primary key,
    gateway         text    not null,
    event_id        text    not null,
    kind            text    not null,
    api_version     text,
    body            text    not null,
    status          text    not null check (status in
        ('received', 'processed', 'ignored', 'parked', 'failed')),
    reason          text,
    attempts        bigint not null default 0,
    received_at     bigint not null,
    next_attempt_at bigint,
    unique (gateway, event_id),
    check ((next_attempt_at is null) = (status in ('processed', 'ignored')))
);
create index inbox_due on inbox (next_attempt_at) where next_attempt_at is not null;

-- The ledger. Every customer has a small chart of accounts of their own, so that no row is hot for
-- all: credits come from 'issued' (which goes below zero), lie in 'available', go to 'consumed'.
create table accounts (
    id          uuid    primary key,
    customer_id uuid    not null references customers (id),
    kind        text    not null check (kind in ('issued', 'available', 'consumed')),
    balance     bigint not null,
    version     bigint not null,
    unique (customer_id, kind),
    check (kind = 'issued' or balance >= 0)
);

create table transfers (
    id                uuid    primary key,
    customer_id       uuid    not null references customers (id),
    seq               bigint not null,
    debit_account_id  uuid    not null references accounts (id),
    credit_account_id uuid    not null references accounts (id),
    amount            bigint not null check (amount > 0),
    reason            text    not null,
    note              text    not null,
    transaction_id    uuid    references transactions (id),
    source_kind       text    not null,
    source_id         text    not null,
    effect            text    not null,
    available_after   bigint not null check (available_after >= 0),
    created_at        bigint not null,
    unique (customer_id, seq),
    unique (source_kind, source_id, effect),
    check (debit_account_id <> credit_account_id)
);

create index transfers_transaction on transfers (transaction_id)
    where transaction_id is not null;

create table lots (
    id          uuid    primary key,
    customer_id uuid    not null references customers (id),
    transfer_id uuid    not null unique references transfers (id),
    note        text    not null,
    granted     bigint not null check (granted > 0),
    remaining   bigint not null check (remaining between 0 and granted),
    priority    bigint not null default 0,
    expires_at  bigint,
    created_at  bigint not null
);
create index lots_open on lots (customer_id, priority, created_at) where remaining > 0;

create table lot_uses (
    transfer_id uuid    not null references transfers (id),
    lot_id      uuid    not null references lots (id),
    amount      bigint not null check (amount > 0),
    primary key (transfer_id, lot_id)
);

-- History is not rewritten: the database refuses.
create function refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0];
end
$$;

create trigger offers_fixed before update on offers
    for each statement execute function refuse('a sold version never changes');
create trigger offers_kept before delete or truncate on offers
    for each statement execute function refuse('a sold version never changes');

create trigger transaction_changes_fixed before update on transaction_changes
    for each statement execute function refuse('transaction_changes is append only');
create trigger transaction_changes_kept before delete or truncate on transaction_changes
    for each statement execute function refuse('transaction_changes is append only');

create trigger transfers_fixed before update on transfers
    for each statement execute function refuse('transfers is append only');
create trigger transfers_kept before delete or truncate on transfers
    for each statement execute function refuse('transfers is append only');

create trigger lot_uses_fixed before update on lot_uses
    for each statement execute function refuse('lot_uses is append only');
create trigger lot_uses_kept before delete or truncate on lot_uses
    for each statement execute function refuse('lot_uses is append only');

create trigger lots_fixed before update of id, customer_id, transfer_id, note, granted, priority, expires_at, created_at on lots
    for each statement execute function refuse('only what remains of a lot changes');
create trigger lots_kept before delete or truncate on lots
    for each statement execute function refuse('lots is append only');

create trigger accounts_fixed before update of id, customer_id, kind on accounts
    for each statement execute function refuse('only the balance of an account changes');
create trigger accounts_kept before delete or truncate on accounts
    for each statement execute function refuse('accounts are never deleted');

create trigger inbox_kept before delete or truncate on inbox
    for each statement execute function refuse('the inbox is kept');
