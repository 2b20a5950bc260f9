-- The gateway's own page, as the second way to pay an order. An order is paid in one way at a time:
-- card fields have even numbers, pages odd ones, and only the last one counts. The tables that were
-- meant for this before were never used.

drop table retired_payments;
drop table checkout_sessions;

alter table transactions add column way integer not null default 0 check (way >= 0);

-- Written before the gateway is asked to make the page, with all that the question says, so that it
-- can be asked again.
create table checkout_sessions (
    transaction_id blob    not null references transactions (id),
    way            integer not null check (way % 2 = 1),
    gateway        text    not null,
    amount         integer not null check (amount > 0),
    replaces       text,
    reference      text,
    opened_at      integer not null,
    expires_at     integer not null,
    primary key (transaction_id, way),
    unique (gateway, reference)
) strict, without rowid;
