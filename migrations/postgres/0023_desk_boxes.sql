-- Events that staff set aside are in a state of their own. An event keeps what signed it and who sent it,
-- how often it came once more, and which transaction it was about.
alter table inbox drop constraint inbox_status_check;
alter table inbox drop constraint inbox_check;
alter table inbox add column signature text;
alter table inbox add column user_agent text;
alter table inbox add column duplicates bigint not null default 0 check (duplicates >= 0);
-- As the event names it, which may be one that is not there.
alter table inbox add column transaction_id uuid;
alter table inbox add constraint inbox_status_check check (status in
    ('received', 'processed', 'ignored', 'parked', 'failed', 'set_aside'));
alter table inbox add constraint inbox_check
    check ((next_attempt_at is null) = (status in ('processed', 'ignored', 'set_aside')));
alter table inbox add constraint inbox_reason check (status <> 'set_aside' or length(reason) > 0);
update inbox set transaction_id = c.transaction_id
from (select distinct on (detail) detail, transaction_id from transaction_changes
      where witness in ('webhook', 'listing') order by detail, transaction_id) c
where c.detail = inbox.event_id;

-- What was refused at the door, counted by cause and minute: nothing of it is kept but that.
create table refused_webhooks (
    -- In minutes since 1970.
    minute bigint not null,
    cause  text    not null check (cause in ('no_signature', 'unreadable_signature', 'old', 'changed_body',
        'wrong_secret', 'not_an_event', 'other_mode', 'too_large')),
    times  bigint not null check (times > 0),
    primary key (minute, cause)
);

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
