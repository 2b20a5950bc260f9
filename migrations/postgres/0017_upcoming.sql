-- Credits that can be spent from a later time on: until then they are in 'upcoming', and nothing remains of
-- their lot.
alter table accounts
    drop constraint accounts_kind_check,
    add constraint accounts_kind_check check (kind in ('issued', 'available', 'upcoming', 'held',
        'frozen', 'debt', 'consumed', 'expired', 'clawed_back', 'joined'));
alter table lots
    add column starts_at bigint,
    add column upcoming boolean not null default false,
    add constraint lots_starts_at_check
        check (starts_at is null or expires_at is null or starts_at < expires_at),
    add constraint lots_upcoming_check
        check (not upcoming or (starts_at is not null and remaining = 0));
create index lots_upcoming on lots (customer_id) where upcoming;
create index lots_starting on lots (starts_at) where upcoming;
drop trigger lots_fixed on lots;
create trigger lots_fixed before update of id, customer_id, transfer_id, note, granted, priority,
    starts_at, expires_at, created_at, promotional on lots
    for each statement execute function refuse('only what remains of a lot changes');
create trigger lots_start_once before update of upcoming on lots for each row
    when (new.upcoming and not old.upcoming) execute function refuse('a lot starts once');
