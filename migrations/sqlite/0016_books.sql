-- Who was named before they had an account, corrections, and the books of the house.

-- Where a customer without a person reads mail, as a product said: whoever verifies it is theirs.
alter table customers add column address text
    check (address is null or (address = lower(address) and person_id is null));
-- Whoever names this customer means that one.
alter table customers add column joined_into blob references customers (id)
    check (joined_into is null or (person_id is null and address is null));
create unique index customers_address on customers (address) where address is not null;
create index customers_joined on customers (joined_into) where joined_into is not null;
create trigger transactions_of_one before insert on transactions
when exists (select 1 from customers where id = new.customer_id and joined_into is not null)
begin select raise(abort, 'this customer was joined into another'); end;

-- What left one customer for another is in 'joined': above zero there, below zero here.
create table new_accounts (
    id          blob    primary key,
    customer_id blob    not null references customers (id),
    kind        text    not null check (kind in ('issued', 'available', 'held', 'frozen', 'debt',
        'consumed', 'expired', 'clawed_back', 'joined')),
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

-- What a transfer undoes. Each is undone once.
alter table transfers add column reverses blob references transfers (id);
create unique index transfers_reverses on transfers (reverses) where reverses is not null;

-- All that moved on a day in UTC, between which kinds of accounts and why, up to the last checkpoint.
create table ledger_days (
    -- Since 1970.
    day         integer not null,
    debit_kind  text    not null,
    credit_kind text    not null,
    reason      text    not null,
    credits     integer not null check (credits > 0),
    transfers   integer not null check (transfers > 0),
    primary key (day, debit_kind, credit_kind, reason)
) strict, without rowid;
insert into ledger_days
    select t.created_at / 86400000000, d.kind, c.kind, t.reason, sum(t.amount), count(*)
    from transfers t join accounts d on d.id = t.debit_account_id
         join accounts c on c.id = t.credit_account_id
    where t.id <= (select upto from checkpoints order by number desc limit 1)
    group by t.created_at / 86400000000, d.kind, c.kind, t.reason;
create trigger ledger_days_kept before delete on ledger_days
begin select raise(abort, 'the books of the house are kept'); end;
-- To how many rows of it a checkpoint added. Those from before are in it.
alter table checkpoints add column days integer;
create trigger checkpoints_booked before insert on checkpoints when new.days is null
begin select raise(abort, 'a checkpoint adds to the books of the house'); end;
