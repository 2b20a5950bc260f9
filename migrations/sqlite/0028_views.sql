-- Staff who look at the site as a customer sees it: for how long, why, and how much of it. The rows of a
-- customer go when their account is closed; the log keeps that they were.

create table views (
    id          blob    primary key,
    -- The session of the member of staff: with it the view is over.
    session_id  blob    not null,
    person_id   blob    not null references people (id),
    customer_id blob    not null references customers (id),
    reason      text    not null check (length(reason) > 0),
    begun_at    integer not null,
    -- At the latest.
    ends_at     integer not null check (ends_at > begun_at),
    ended_at    integer check (ended_at >= begun_at),
    -- How many pages were looked at.
    pages       integer not null default 0 check (pages >= 0)
) strict;
-- Nobody is two customers at once.
create unique index views_open on views (session_id) where ended_at is null;
create index views_ending on views (ends_at) where ended_at is null;
create index views_of_customer on views (customer_id, begun_at);
create trigger views_fixed before update of
    id, session_id, person_id, customer_id, reason, begun_at, ends_at on views
begin select raise(abort, 'only the end of a view changes'); end;
create trigger views_end_once before update on views when old.ended_at is not null
begin select raise(abort, 'a view ends once'); end;
