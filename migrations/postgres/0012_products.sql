-- What products need that spend credits: keys to the API, credits that are set aside, and lots that
-- run out by themselves.

create table api_keys (
    id          uuid    primary key,
    name        text    not null check (length(name) > 0),
    scope       text    not null check (scope in ('read', 'write')),
    secret_hash bytea   not null unique,
    created_at  bigint  not null,
    revoked_at  bigint
);
create trigger api_keys_fixed before update of id, name, scope, secret_hash, created_at on api_keys
    for each statement execute function refuse('a key is only revoked');
create trigger api_keys_kept before delete or truncate on api_keys
    for each statement execute function refuse('api_keys are never deleted');

alter table accounts
    drop constraint accounts_kind_check,
    add constraint accounts_kind_check check (kind in
        ('issued', 'available', 'held', 'frozen', 'debt', 'consumed', 'expired', 'clawed_back'));

create table holds (
    id          uuid    primary key,
    customer_id uuid    not null references customers (id),
    -- Made by who asked: the same key holds once.
    key         text    not null,
    amount      bigint  not null check (amount > 0),
    note        text    not null,
    status      text    not null check (status in ('open', 'captured', 'released', 'expired')),
    captured    bigint  not null default 0 check (captured between 0 and amount),
    -- What was available when it began.
    available_after bigint not null check (available_after >= 0),
    expires_at  bigint  not null,
    created_at  bigint  not null,
    ended_at    bigint,
    unique (customer_id, key),
    check (status = 'captured' or captured = 0),
    check ((status = 'open') = (ended_at is null))
);
create index holds_open on holds (expires_at) where status = 'open';
create trigger holds_fixed before update of
    id, customer_id, key, amount, note, available_after, expires_at, created_at on holds
    for each statement execute function refuse('only the end of a hold changes');
create trigger holds_end_once before update on holds
    for each row when (old.status <> 'open') execute function refuse('a hold ends once');
create trigger holds_kept before delete or truncate on holds
    for each statement execute function refuse('holds are never deleted');

-- Made by who gave a customer their external_id: the same key names once.
alter table customers add column naming_key text;
create unique index customers_naming_key on customers (naming_key) where naming_key is not null;

-- On whose behalf credits moved.
alter table transfers add column hold_id uuid references holds (id);
create index transfers_hold on transfers (hold_id) where hold_id is not null;

-- Credits that nobody paid for are spent before those that somebody did.
alter table lots add column promotional boolean not null default false;
update lots set promotional = true
    where transfer_id in (select id from transfers where reason in ('coupon', 'trial'));
drop trigger lots_fixed on lots;
create trigger lots_fixed before update of
    id, customer_id, transfer_id, note, granted, priority, expires_at, created_at, promotional on lots
    for each statement execute function refuse('only what remains of a lot changes');
create index lots_due on lots (expires_at) where remaining > 0 and expires_at is not null;

-- Lists of one customer, newest first.
create index transactions_customer on transactions (customer_id, id);
