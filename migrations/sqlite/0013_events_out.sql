-- What products and operators' systems are told: what happened, whom it is sent to, and what became
-- of each delivery.

-- One cause tells of one thing once, in the commit that makes it so.
create table events (
    id          blob    primary key,
    type        text    not null,
    cause       text    not null,
    customer_id blob    not null references customers (id),
    data        text    not null,
    created_at  integer not null,
    unique (type, cause)
) strict;
create index events_customer on events (customer_id, id);
create trigger events_fixed before update on events
begin select raise(abort, 'events are append only'); end;
create trigger events_kept before delete on events
begin select raise(abort, 'events are append only'); end;

-- The secret signs what is sent, so it is kept as it is. Without types it is told everything;
-- otherwise they stand there with commas between them.
create table endpoints (
    id          blob    primary key,
    url         text    not null,
    secret      text    not null,
    types       text    check (length(types) > 0),
    created_at  integer not null,
    disabled_at integer
) strict;
create trigger endpoints_fixed before update of id, url, secret, types, created_at on endpoints
begin select raise(abort, 'an endpoint is only disabled'); end;
create trigger endpoints_kept before delete on endpoints
begin select raise(abort, 'endpoints are never deleted'); end;

-- While a delivery is under way, next_attempt_at is the end of the lease. What the endpoint answered
-- last, and why that was not enough, stay with it.
create table deliveries (
    event_id        blob    not null references events (id),
    endpoint_id     blob    not null references endpoints (id),
    status          text    not null check (status in ('pending', 'delivered', 'failed')),
    attempts        integer not null default 0,
    answer          integer,
    error           text,
    next_attempt_at integer,
    give_up_at      integer not null,
    delivered_at    integer,
    primary key (event_id, endpoint_id),
    check ((next_attempt_at is not null) = (status = 'pending')),
    check ((delivered_at is not null) = (status = 'delivered'))
) strict, without rowid;
create index deliveries_due on deliveries (endpoint_id, next_attempt_at)
    where next_attempt_at is not null;
create trigger deliveries_kept before delete on deliveries
begin select raise(abort, 'deliveries are kept'); end;
