-- What products and operators' systems are told: what happened, whom it is sent to, and what became
-- of each delivery.

-- One cause tells of one thing once, in the commit that makes it so.
create table events (
    id          uuid    primary key,
    type        text    not null,
    cause       text    not null,
    customer_id uuid    not null references customers (id),
    data        text    not null,
    created_at  bigint  not null,
    unique (type, cause)
);
create index events_customer on events (customer_id, id);
create trigger events_fixed before update on events
    for each statement execute function refuse('events are append only');
create trigger events_kept before delete or truncate on events
    for each statement execute function refuse('events are append only');

-- The secret signs what is sent, so it is kept as it is. Without types it is told everything;
-- otherwise they stand there with commas between them.
create table endpoints (
    id          uuid    primary key,
    url         text    not null,
    secret      text    not null,
    types       text    check (length(types) > 0),
    created_at  bigint  not null,
    disabled_at bigint
);
create trigger endpoints_fixed before update of id, url, secret, types, created_at on endpoints
    for each statement execute function refuse('an endpoint is only disabled');
create trigger endpoints_kept before delete or truncate on endpoints
    for each statement execute function refuse('endpoints are never deleted');

-- While a delivery is under way, next_attempt_at is the end of the lease. What the endpoint answered
-- last, and why that was not enough, stay with it.
create table deliveries (
    event_id        uuid    not null references events (id),
    endpoint_id     uuid    not null references endpoints (id),
    status          text    not null check (status in ('pending', 'delivered', 'failed')),
    attempts        bigint  not null default 0,
    answer          bigint,
    error           text,
    next_attempt_at bigint,
    give_up_at      bigint  not null,
    delivered_at    bigint,
    primary key (event_id, endpoint_id),
    check ((next_attempt_at is not null) = (status = 'pending')),
    check ((delivered_at is not null) = (status = 'delivered'))
);
create index deliveries_due on deliveries (endpoint_id, next_attempt_at)
    where next_attempt_at is not null;
create trigger deliveries_kept before delete or truncate on deliveries
    for each statement execute function refuse('deliveries are kept');
