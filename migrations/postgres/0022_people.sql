-- What the desk lists and looks for: each by an index, however much there is. And what staff note of
-- customers: no note is changed, and all of them go when the account is closed.

create index transactions_by_time on transactions (created_at, id);
create index transactions_by_state on transactions (state, created_at, id);
create index transactions_by_kind on transactions (kind, created_at, id);
create index transactions_by_amount on transactions (amount, id);
create index transactions_of_amount on transactions (amount, created_at, id);
create index customers_by_time on customers (created_at, id) where joined_into is null;
create index documents_by_card on documents (card_last4, issued_at) where card_last4 is not null;
create index cards_by_last4 on cards (last4);
create index earnings_by_reference on earnings (gateway, reference);

-- The beginning of an address is looked up in the index of the whole one, which takes an order by bytes.
alter table people alter column email type text collate "C";
alter table customers alter column address type text collate "C";

create table notes (
    id          uuid    primary key,
    customer_id uuid    not null references customers (id),
    -- Made when the form was shown: a second click writes nothing.
    key         text    not null,
    by_person   uuid    not null references people (id),
    by_name     text    not null,
    text        text    not null check (length(text) > 0),
    created_at  bigint  not null,
    unique (customer_id, key)
);
create index notes_of_customer on notes (customer_id, created_at, id);
create trigger notes_fixed before update on notes
    for each statement execute function refuse('a note is not changed');
