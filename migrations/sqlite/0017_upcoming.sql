-- Credits that can be spent from a later time on: until then they are in 'upcoming', and nothing remains of
-- their lot.
create table new_accounts (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    kind        text    not null check (kind in ('issued', 'available', 'upcoming', 'held', 'frozen',
        'debt', 'consumed', 'expired', 'clawed_back', 'joined')),
    balance     integer not null,
    version     integer not null,
    unique (customer_id, kind),
    check (kind in ('issued', 'debt', 'joined') or balance >= 0)
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

alter table lots add column starts_at integer
    check (starts_at is null or expires_at is null or starts_at < expires_at);
alter table lots add column upcoming integer not null default 0
    check (upcoming = 0 or (upcoming = 1 and starts_at is not null and remaining = 0));
create index lots_upcoming on lots (customer_id) where upcoming;
create index lots_starting on lots (starts_at) where upcoming;
drop trigger lots_fixed;
create trigger lots_fixed before update of id, customer_id, transfer_id, note, granted, priority,
    starts_at, expires_at, created_at, promotional on lots
begin select raise(abort, 'only what remains of a lot changes'); end;
create trigger lots_start_once before update of upcoming on lots when new.upcoming > old.upcoming
begin select raise(abort, 'a lot starts once'); end;
