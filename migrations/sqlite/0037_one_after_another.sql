-- A customer's transfers are a list: each names the one that it follows, and the account of what is available
-- names the last. What a commit writes of that lies together, however large the ledger is, while an index of
-- customers and numbers has a place of its own for each of them.
alter table accounts add column head blob check (head is null or kind = 'available');
update accounts set head = (select id from transfers t
                            where t.customer_id = accounts.customer_id order by seq desc limit 1)
    where kind = 'available';

create table new_transfers (
    id                blob    primary key,
    customer_id       blob    not null references customers (id),
    seq               integer not null check (seq > 0),
    -- The customer's transfer before; none for the first.
    follows           blob    unique check ((follows is null) = (seq = 1)),
    debit_account_id  blob    not null references accounts (id),
    credit_account_id blob    not null references accounts (id),
    amount            integer not null check (amount > 0),
    reason            text    not null,
    note              text    not null,
    transaction_id    blob    references transactions (id),
    refund_id         blob    references refunds (id),
    dispute_id        blob    references disputes (id)
        check (refund_id is null or dispute_id is null),
    hold_id           blob    references holds (id),
    reverses          blob    references transfers (id),
    source_kind       text    not null,
    source_id         text    not null,
    effect            text    not null,
    available_after   integer not null check (available_after >= 0),
    created_at        integer not null,
    hash              blob    check (length(hash) = 32),
    check (debit_account_id <> credit_account_id)
) strict;
insert into new_transfers
    select t.id, t.customer_id, t.seq, b.id, t.debit_account_id, t.credit_account_id, t.amount, t.reason,
           t.note, t.transaction_id, t.refund_id, t.dispute_id, t.hold_id, t.reverses, t.source_kind,
           t.source_id, t.effect, t.available_after, t.created_at, t.hash
    from transfers t left join transfers b on b.customer_id = t.customer_id and b.seq = t.seq - 1
    order by t.id;
drop table transfers;
-- Triggers of other tables name the one that is missing for a moment.
pragma legacy_alter_table = on;
alter table new_transfers rename to transfers;
pragma legacy_alter_table = off;

create unique index transfers_first on transfers (customer_id) where follows is null;
-- A source is there once for each effect. The source of a spend is a customer's id, 36 characters and a
-- colon, with the key that its caller chose: keys in an order of time have their places side by side when
-- they come first.
create unique index transfers_source on transfers
    (source_kind, effect, substr(source_id, 38), substr(source_id, 1, 37));
create index transfers_transaction on transfers (transaction_id) where transaction_id is not null;
create index transfers_refund on transfers (refund_id) where refund_id is not null;
create index transfers_dispute on transfers (dispute_id) where dispute_id is not null;
create index transfers_hold on transfers (hold_id) where hold_id is not null;
create unique index transfers_reverses on transfers (reverses) where reverses is not null;
create index transfers_expiry on transfers (customer_id) where reason = 'expiry';
create index transfers_debt on transfers (customer_id) where reason in ('debt_paid', 'debt_returned');

create trigger transfers_fixed before update on transfers
begin select raise(abort, 'transfers is append only'); end;
create trigger transfers_kept before delete on transfers
begin select raise(abort, 'transfers is append only'); end;
create trigger transfers_chained before insert on transfers when new.hash is null
begin select raise(abort, 'a transfer is part of a chain'); end;
create trigger transfers_follow before insert on transfers
when new.follows is not null and not exists
    (select 1 from transfers b
     where b.id = new.follows and b.customer_id = new.customer_id and b.seq = new.seq - 1)
begin select raise(abort, 'a transfer follows the one before'); end;
