-- Staff who look at the site as a customer sees it: for how long, why, and how much of it. The rows of a
-- customer go when their account is closed; the log keeps that they were.

create table views (
    id          uuid    primary key,
    -- The session of the member of staff: with it the view is over.
    session_id  uuid    not null,
    person_id   uuid    not null references people (id),
    customer_id uuid    not null references customers (id),
    reason      text    not null check (length(reason) > 0),
    begun_at    bigint  not null,
    -- At the latest.
    ends_at     bigint  not null check (ends_at > begun_at),
    ended_at    bigint  check (ended_at >= begun_at),
    -- How many pages were looked at.
    pages       bigint  not null default 0 check (pages >= 0)
);
-- Nobody is two customers at once.
create unique index views_open on views (session_id) where ended_at is null;
create index views_ending on views (ends_at) where ended_at is null;
create index views_of_customer on views (customer_id, begun_at);
create trigger views_fixed before update of
    id, session_id, person_id, customer_id, reason, begun_at, ends_at on views
    for each statement execute function refuse('only the end of a view changes');
create trigger views_end_once before update on views
    for each row when (old.ended_at is not null) execute function refuse('a view ends once');
