-- Mail that we owe, and what an account needs to look after itself.

-- When the present address was proven to be the person's, and when the account was closed: then
-- nothing of the person is left in it but the id.
alter table people add column verified_at bigint;
alter table people add column closed_at bigint;

-- A secret that was sent to an address: who brings it back reads the mail of that address. It has
-- ended when it was used, or when something else made it void.
create table proofs (
    id         uuid   primary key,
    person_id  uuid   not null references people (id),
    purpose    text   not null check (purpose in ('address', 'password')),
    email      text   not null check (email = lower(email)),
    token_hash bytea  not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at   bigint
);
create index proofs_person on proofs (person_id);

-- Every mail, written with the state that caused it and delivered at least once. One cause owes one
-- letter to one person. While a mail is being delivered, next_attempt_at is the end of the lease.
create table outbox (
    id              uuid   primary key,
    person_id       uuid   not null references people (id),
    email           text   not null,
    cause_kind      text   not null,
    cause_id        text   not null,
    letter          text   not null,
    facts           text   not null,
    status          text   not null check (status in ('owed', 'sent', 'given_up', 'withdrawn')),
    attempts        bigint not null default 0,
    error           text,
    created_at      bigint not null,
    next_attempt_at bigint,
    give_up_at      bigint not null,
    sent_at         bigint,
    unique (cause_kind, cause_id, letter, person_id),
    check ((next_attempt_at is not null) = (status = 'owed')),
    check ((sent_at is not null) = (status = 'sent'))
);
create index outbox_due on outbox (next_attempt_at) where next_attempt_at is not null;
create index outbox_given_up on outbox (created_at) where status = 'given_up';
create index outbox_person on outbox (person_id);

create trigger outbox_kept before delete or truncate on outbox
    for each statement execute function refuse('the outbox is kept');
