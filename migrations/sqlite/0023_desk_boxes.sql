-- Events that staff set aside are in a state of their own. An event keeps what signed it and who sent it,
-- how often it came once more, and which transaction it was about.
create table new_inbox (
    id              blob    primary key,
    gateway         text    not null,
    event_id        text    not null,
    kind            text    not null,
    api_version     text,
    body            text    not null,
    status          text    not null check (status in
        ('received', 'processed', 'ignored', 'parked', 'failed', 'set_aside')),
    reason          text,
    attempts        integer not null default 0,
    received_at     integer not null,
    next_attempt_at integer,
    plain_since     integer,
    witness         text    not null default 'webhook' check (witness in ('webhook', 'listing')),
    signature       text,
    user_agent      text,
    duplicates      integer not null default 0 check (duplicates >= 0),
    -- As the event names it, which may be one that is not there.
    transaction_id  blob,
    unique (gateway, event_id),
    check ((next_attempt_at is null) = (status in ('processed', 'ignored', 'set_aside'))),
    check (status <> 'set_aside' or length(reason) > 0)
) strict;
insert into new_inbox
  (id, gateway, event_id, kind, api_version, body, status, reason, attempts, received_at,
   next_attempt_at, plain_since, witness, transaction_id)
select i.id, i.gateway, i.event_id, i.kind, i.api_version, i.body, i.status, i.reason, i.attempts,
       i.received_at, i.next_attempt_at, i.plain_since, i.witness, c.transaction_id
from inbox i left join
  (select detail, min(transaction_id) as transaction_id from transaction_changes
   where witness in ('webhook', 'listing') group by detail) c on c.detail = i.event_id;
drop table inbox;
alter table new_inbox rename to inbox;
create index inbox_due on inbox (next_attempt_at) where next_attempt_at is not null;
create index inbox_personal on inbox (received_at) where plain_since is null;
create trigger inbox_kept before delete on inbox
begin select raise(abort, 'the inbox is kept'); end;

-- What was refused at the door, counted by cause and minute: nothing of it is kept but that.
create table refused_webhooks (
    -- In minutes since 1970.
    minute integer not null,
    cause  text    not null check (cause in ('no_signature', 'unreadable_signature', 'old', 'changed_body',
        'wrong_secret', 'not_an_event', 'other_mode', 'too_large')),
    times  integer not null check (times > 0),
    primary key (minute, cause)
) strict, without rowid;

-- What staff look through: all by time, and by what is asked for most. What went well is nearly all, so
-- it needs no index of its own.
create index inbox_by_time on inbox (received_at, id);
create index inbox_by_kind on inbox (kind, received_at, id);
create index inbox_by_transaction on inbox (transaction_id, received_at, id)
    where transaction_id is not null;
create index inbox_by_status on inbox (status, received_at, id) where status <> 'processed';
create index outbox_by_time on outbox (created_at, id);
create index outbox_by_letter on outbox (letter, created_at, id);
create index outbox_by_email on outbox (email, created_at, id);
create index outbox_by_status on outbox (status, created_at, id) where status <> 'sent';
create index deliveries_by_endpoint on deliveries (endpoint_id, event_id);
create index deliveries_by_status on deliveries (status, event_id, endpoint_id)
    where status <> 'delivered';
