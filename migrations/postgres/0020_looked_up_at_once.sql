-- What transfers and their uses of lots refer to is looked up once for all that a statement inserts, and not
-- row by row. What they refer to is never deleted and keeps its id, so one look when they come is as good as
-- a foreign key; and this one also sees whose accounts and lots they are.
create function refuse_foreign_accounts() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from added t
        left join accounts d on d.id = t.debit_account_id and d.customer_id = t.customer_id
        left join accounts c on c.id = t.credit_account_id and c.customer_id = t.customer_id
        where d.id is null or c.id is null)
    then
        raise foreign_key_violation using message = 'a transfer is between two accounts of its customer';
    end if;
    return null;
end
$$;
create trigger transfers_accounts after insert on transfers referencing new table as added
    for each statement execute function refuse_foreign_accounts();
alter table transfers
    drop constraint transfers_customer_id_fkey,
    drop constraint transfers_debit_account_id_fkey,
    drop constraint transfers_credit_account_id_fkey;

create function refuse_foreign_lots() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from added u
        left join transfers t on t.id = u.transfer_id
        left join lots l on l.id = u.lot_id and l.customer_id = t.customer_id
        where l.id is null)
    then
        raise foreign_key_violation using message = 'a transfer uses lots of its customer';
    end if;
    return null;
end
$$;
create trigger lot_uses_lots after insert on lot_uses referencing new table as added
    for each statement execute function refuse_foreign_lots();
alter table lot_uses
    drop constraint lot_uses_transfer_id_fkey,
    drop constraint lot_uses_lot_id_fkey;
