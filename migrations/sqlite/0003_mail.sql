-- Mail that we owe, and what an account needs to look after itself.

-- When the present address was proven to be the person's, and when the account was closed: then
-- nothing of the person is left in it but the id.
alter table people add column verified_at integer;
alter table people add column closed_at integer;

-- A secret that was sent to an address: who brings it back reads the mail of that address. It has
-- ended when it was used, or when something else made it void.
create table proofs (
    id         blob   primary key,
    person_id  blob   not null references people (id),
    purpose    text   not null check (purpose in ('address', 'password')),
    email      text   not null check (email = lower(email)),
    token_hash blob   not null unique,
    created_at integer not null,
    expires_at integer not null,
    ended_at   integer
) strict;
create index proofs_person on proofs (person_id);

-- Every mail, written with the state that caused it and delivered at least once. One cause owes one
-- letter to one person. While a mail is being delivered, next_attempt_at is the end of the lease.
create table outbox (
    id              blob   primary key,
    person_id       blob   not null references people (id),
    email           text   not null,
    cause_kind      text   not null,
    cause_id        text   not null,
    letter          text   not null,
    facts           text   not null,
    status          text   not null check (status in ('owed', 'sent', 'given_up', 'withdrawn')),
    attempts        integer not null default 0,
    error           text,
    created_at      integer not null,
    next_attempt_at integer,
    give_up_at      integer not null,
    sent_at         integer,
    unique (cause_kind, cause_id, letter, person_id),
    check ((next_attempt_at is not null) = (status = 'owed')),
    check ((sent_at is not null) = (status = 'sent'))
) strict;
create index outbox_due on outbox (next_attempt_at) where next_attempt_at is not null;
create index outbox_given_up on outbox (created_at) where status = 'given_up';
create index outbox_person on outbox (person_id);

create trigger outbox_kept before delete on outbox
begin select raise(abort, 'the outbox is kept'); end;
