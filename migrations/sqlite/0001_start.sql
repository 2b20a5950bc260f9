-- Ids are UUIDv7 (16 bytes), times are microseconds since 1970 UTC, amounts are whole numbers in
-- their smallest unit. The PostgreSQL file beside this one says the same in its own types.

create table people (
    id            blob    primary key,
    email         text    not null unique check (email = lower(email)),
    password_hash text    not null,
    role          text    check (role in ('viewer', 'support', 'admin', 'owner')),
    created_at    integer not null
) strict;

create table customers (
    id          blob    primary key,
    person_id   blob    unique references people (id),
    external_id text    unique,
    created_at  integer not null
) strict;

create table sessions (
    id           blob    primary key,
    person_id    blob    not null references people (id),
    token_hash   blob    not null unique,
    user_agent   text    not null,
    created_at   integer not null,
    last_seen_at integer not null,
    expires_at   integer not null
) strict;
create index sessions_person on sessions (person_id);

-- What is and was sold. A version never changes.
create table offers (
    id          blob    primary key,
    key         text    not null,
    version     integer not null check (version > 0),
    kind        text    not null check (kind in ('pack', 'plan')),
    period      text    check (period in ('month', 'year')),
    name        text    not null,
    description text    not null,
    price       integer not null check (price >= 0),
    currency    text    not null check (length(currency) = 3),
    credits     integer not null check (credits > 0),
    created_at  integer not null,
    unique (key, version),
    check ((kind = 'plan') = (period is not null))
) strict;

create table orders (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    offer_id    blob    not null references offers (id),
    status      text    not null check (status in ('open', 'paid', 'canceled', 'expired')),
    return_to   text,
    created_at  integer not null,
    expires_at  integer not null
) strict;
-- A double click, a second tab and the back button all find the same open order.
create unique index orders_one_open on orders (customer_id, offer_id) where status = 'open';
create index orders_customer on orders (customer_id, id);
create index orders_expiry on orders (expires_at) where status = 'open';

create table transactions (
    id              blob    primary key,
    kind            text    not null check (kind in ('purchase')),
    state           text    not null check (state in
        ('created', 'requires_action', 'processing', 'failed', 'succeeded', 'canceled')),
    customer_id     blob    not null references customers (id),
    order_id        blob    not null references orders (id),
    amount          integer not null check (amount >= 0),
    currency        text    not null check (length(currency) = 3),
    credits         integer not null check (credits > 0),
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
create index transactions_order on transactions (order_id);
create index transactions_check on transactions (next_check_at) where next_check_at is not null;
create index transactions_review on transactions (updated_at) where review is not null;

-- How a transaction came to be what it is: one row for each version, with who said so.
create table transaction_changes (
    transaction_id blob    not null references transactions (id),
    version        integer not null,
    state          text    not null,
    witness        text    not null,
    detail         text,
    at             integer not null,
    primary key (transaction_id, version)
) strict, without rowid;

create table inbox (
    id              blob    primary key,
    gateway         text    not null,
    event_id        text    not null,
    kind            text    not null,
    api_version     text,
    body            text    not null,
    status          text    not null check (status in
        ('received', 'processed', 'ignored', 'parked', 'failed')),
    reason          text,
    attempts        integer not null default 0,
    received_at     integer not null,
    next_attempt_at integer,
    unique (gateway, event_id),
    check ((next_attempt_at is null) = (status in ('processed', 'ignored')))
) strict;
create index inbox_due on inbox (next_attempt_at) where next_attempt_at is not null;

-- The ledger. Every customer has a small chart of accounts of their own, so that no row is hot for
-- all: credits come from 'issued' (which goes below zero), lie in 'available', go to 'consumed'.
create table accounts (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    kind        text    not null check (kind in ('issued', 'available', 'consumed')),
    balance     integer not null,
    version     integer not null,
    unique (customer_id, kind),
    check (kind = 'issued' or balance >= 0)
) strict;

create table transfers (
    id                blob    primary key,
    customer_id       blob    not null references customers (id),
    seq               integer not null,
    debit_account_id  blob    not null references accounts (id),
    credit_account_id blob    not null references accounts (id),
    amount            integer not null check (amount > 0),
    reason            text    not null,
    note              text    not null,
    transaction_id    blob    references transactions (id),
    source_kind       text    not null,
    source_id         text    not null,
    effect            text    not null,
    available_after   integer not null check (available_after >= 0),
    created_at        integer not null,
    unique (customer_id, seq),
    unique (source_kind, source_id, effect),
    check (debit_account_id <> credit_account_id)
) strict;

create index transfers_transaction on transfers (transaction_id)
    where transaction_id is not null;

create table lots (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    transfer_id blob    not null unique references transfers (id),
    note        text    not null,
    granted     integer not null check (granted > 0),
    remaining   integer not null check (remaining between 0 and granted),
    priority    integer not null default 0,
    expires_at  integer,
    created_at  integer not null
) strict;
create index lots_open on lots (customer_id, priority, created_at) where remaining > 0;

create table lot_uses (
    transfer_id blob    not null references transfers (id),
    lot_id      blob    not null references lots (id),
    amount      integer not null check (amount > 0),
    primary key (transfer_id, lot_id)
) strict, without rowid;

-- History is not rewritten: the database refuses.
create trigger offers_fixed before update on offers
begin select raise(abort, 'a sold version never changes'); end;
create trigger offers_kept before delete on offers
begin select raise(abort, 'a sold version never changes'); end;

create trigger transaction_changes_fixed before update on transaction_changes
begin select raise(abort, 'transaction_changes is append only'); end;
create trigger transaction_changes_kept before delete on transaction_changes
begin select raise(abort, 'transaction_changes is append only'); end;

create trigger transfers_fixed before update on transfers
begin select raise(abort, 'transfers is append only'); end;
create trigger transfers_kept before delete on transfers
begin select raise(abort, 'transfers is append only'); end;

create trigger lot_uses_fixed before update on lot_uses
begin select raise(abort, 'lot_uses is append only'); end;
create trigger lot_uses_kept before delete on lot_uses
begin select raise(abort, 'lot_uses is append only'); end;

create trigger lots_fixed before update of
    id, customer_id, transfer_id, note, granted, priority, expires_at, created_at on lots
begin select raise(abort, 'only what remains of a lot changes'); end;
create trigger lots_kept before delete on lots
begin select raise(abort, 'lots is append only'); end;

create trigger accounts_fixed before update of id, customer_id, kind on accounts
begin select raise(abort, 'only the balance of an account changes'); end;
create trigger accounts_kept before delete on accounts
begin select raise(abort, 'accounts are never deleted'); end;

create trigger inbox_kept before delete on inbox
begin select raise(abort, 'the inbox is kept'); end;
