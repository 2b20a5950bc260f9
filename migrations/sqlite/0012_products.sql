-- What products need that spend credits: keys to the API, credits that are set aside, and lots that
-- run out by themselves.

create table api_keys (
    id          blob    primary key,
    name        text    not null check (length(name) > 0),
    scope       text    not null check (scope in ('read', 'write')),
    secret_hash blob    not null unique,
    created_at  integer not null,
    revoked_at  integer
) strict;
create trigger api_keys_fixed before update of id, name, scope, secret_hash, created_at on api_keys
begin select raise(abort, 'a key is only revoked'); end;
create trigger api_keys_kept before delete on api_keys
begin select raise(abort, 'api_keys are never deleted'); end;

create table new_accounts (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    kind        text    not null check (kind in
        ('issued', 'available', 'held', 'frozen', 'debt', 'consumed', 'expired', 'clawed_back')),
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
create trigger accounts_owe before update of balance on accounts
when new.kind in ('issued', 'debt') and new.balance > 0
begin select raise(abort, 'what is issued or owed is never above zero'); end;

create table holds (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    -- Made by who asked: the same key holds once.
    key         text    not null,
    amount      integer not null check (amount > 0),
    note        text    not null,
    status      text    not null check (status in ('open', 'captured', 'released', 'expired')),
    captured    integer not null default 0 check (captured between 0 and amount),
    -- What was available when it began.
    available_after integer not null check (available_after >= 0),
    expires_at  integer not null,
    created_at  integer not null,
    ended_at    integer,
    unique (customer_id, key),
    check (status = 'captured' or captured = 0),
    check ((status = 'open') = (ended_at is null))
) strict;
create index holds_open on holds (expires_at) where status = 'open';
create trigger holds_fixed before update of
    id, customer_id, key, amount, note, available_after, expires_at, created_at on holds
begin select raise(abort, 'only the end of a hold changes'); end;
create trigger holds_end_once before update on holds when old.status <> 'open'
begin select raise(abort, 'a hold ends once'); end;
create trigger holds_kept before delete on holds
begin select raise(abort, 'holds are never deleted'); end;

-- Made by who gave a customer their external_id: the same key names once.
alter table customers add column naming_key text;
create unique index customers_naming_key on customers (naming_key) where naming_key is not null;

-- On whose behalf credits moved.
alter table transfers add column hold_id blob references holds (id);
create index transfers_hold on transfers (hold_id) where hold_id is not null;

-- Credits that nobody paid for are spent before those that somebody did.
alter table lots add column promotional integer not null default 0 check (promotional in (0, 1));
update lots set promotional = 1
    where transfer_id in (select id from transfers where reason in ('coupon', 'trial'));
drop trigger lots_fixed;
create trigger lots_fixed before update of
    id, customer_id, transfer_id, note, granted, priority, expires_at, created_at, promotional on lots
begin select raise(abort, 'only what remains of a lot changes'); end;
create index lots_due on lots (expires_at) where remaining > 0 and expires_at is not null;

-- Lists of one customer, newest first.
create index transactions_customer on transactions (customer_id, id);
