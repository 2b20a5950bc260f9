-- An event that nobody sent is found in the gateway's list, and says so.
alter table inbox add column witness text not null default 'webhook'
    check (witness in ('webhook', 'listing'));

-- Up to which of its events a gateway's list was compared with the inbox, and when that was.
create table event_cursors (
    gateway     text   primary key,
    upto        bigint not null,
    compared_at bigint not null
);
