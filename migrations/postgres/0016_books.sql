-- Who was named before they had an account, corrections, and the books of the house.

-- Where a customer without a person reads mail, as a product said: whoever verifies it is theirs.
alter table customers add column address text
    check (address is null or (address = lower(address) and person_id is null));
-- Whoever names this customer means that one.
alter table customers add column joined_into uuid references customers (id)
    check (joined_into is null or (person_id is null and address is null));
create unique index customers_address on customers (address) where address is not null;
create index customers_joined on customers (joined_into) where joined_into is not null;
-- A customer is joined and buys in turn: each locks the row, and sees what the other did.
create function refuse_joined() returns trigger language plpgsql as $$
begin
    if (select joined_into from customers where id = new.customer_id for share) is not null then
        raise exception 'this customer was joined into another';
    end if;
    return new;
end
$$;
create trigger transactions_of_one before insert on transactions
    for each row execute function refuse_joined();

-- What left one customer for another is in 'joined': above zero there, below zero here.
alter table accounts
    drop constraint accounts_kind_check,
    add constraint accounts_kind_check check (kind in ('issued', 'available', 'held', 'frozen', 'debt',
        'consumed', 'expired', 'clawed_back', 'joined')),
    drop constraint accounts_check,
    add constraint accounts_check check (kind in ('issued', 'debt', 'joined') or balance >= 0);

-- What a transfer undoes. Each is undone once.
alter table transfers add column reverses uuid references transfers (id);
create unique index transfers_reverses on transfers (reverses) where reverses is not null;

-- All that moved on a day in UTC, between which kinds of accounts and why, up to the last checkpoint.
create table ledger_days (
    -- Since 1970.
    day         bigint  not null,
    debit_kind  text    not null,
    credit_kind text    not null,
    reason      text    not null,
    credits     bigint  not null check (credits > 0),
    transfers   bigint  not null check (transfers > 0),
    primary key (day, debit_kind, credit_kind, reason)
);
insert into ledger_days
    select t.created_at / 86400000000, d.kind, c.kind, t.reason, cast(sum(t.amount) as bigint), count(*)
    from transfers t join accounts d on d.id = t.debit_account_id
         join accounts c on c.id = t.credit_account_id
    where t.id <= (select upto from checkpoints order by number desc limit 1)
    group by t.created_at / 86400000000, d.kind, c.kind, t.reason;
create trigger ledger_days_kept before delete or truncate on ledger_days
    for each statement execute function refuse('the books of the house are kept');
-- To how many rows of it a checkpoint added. Those from before are in it.
alter table checkpoints add column days bigint;
create trigger checkpoints_booked before insert on checkpoints for each row
    when (new.days is null) execute function refuse('a checkpoint adds to the books of the house');
