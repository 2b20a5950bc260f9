-- A customer's transfers are a list: each names the one that it follows, and the account of what is available
-- names the last. What a commit writes of that lies together, however large the ledger is, while an index of
-- customers and numbers has a place of its own for each of them.
alter table accounts add column head uuid check (head is null or kind = 'available');
alter table transfers add column follows uuid;

update accounts set head = (select id from transfers t
                            where t.customer_id = accounts.customer_id order by seq desc limit 1)
    where kind = 'available';
alter table transfers disable trigger user;
update transfers t set follows = b.id
    from transfers b where b.customer_id = t.customer_id and b.seq = t.seq - 1;
alter table transfers enable trigger user;

alter table transfers
    drop constraint transfers_customer_id_seq_key,
    drop constraint transfers_source_kind_source_id_effect_key,
    add unique (follows),
    add check (seq > 0),
    -- The customer's transfer before; none for the first.
    add check ((follows is null) = (seq = 1));
create unique index transfers_first on transfers (customer_id) where follows is null;
-- A source is there once for each effect. The source of a spend is a customer's id, 36 characters and a
-- colon, with the key that its caller chose: keys in an order of time have their places side by side when
-- they come first.
create unique index transfers_source on transfers
    (source_kind, effect, substr(source_id, 38), substr(source_id, 1, 37));
create index transfers_debt on transfers (customer_id) where reason in ('debt_paid', 'debt_returned');

create function refuse_gaps() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from added t
        left join transfers b
            on b.id = t.follows and b.customer_id = t.customer_id and b.seq = t.seq - 1
        where t.follows is not null and b.id is null)
    then
        raise foreign_key_violation using message = 'a transfer follows the one before';
    end if;
    return null;
end
$$;
create trigger transfers_follow after insert on transfers referencing new table as added
    for each statement execute function refuse_gaps();
