-- A second way to give a second factor: passkeys.

-- The passkeys of staff. What answers for one is on their devices; here is what its answers are held
-- against.
create table passkeys (
    id            uuid primary key,
    person_id     uuid not null references people (id),
    -- What the device calls it. No two people have the same one.
    credential_id bytea not null unique,
    -- What its owner calls it.
    name          text not null check (length(name) between 1 and 60),
    -- The public key and how it was made, as the library keeps it.
    credential    text not null,
    -- How often it was used, as far as its device counts. It never goes back.
    uses          bigint not null check (uses >= 0),
    added_at      bigint not null,
    last_used_at  bigint
);
create index passkeys_person on passkeys (person_id);

-- The one question to a passkey that is open in a session, and since when: answered once, or not at all.
alter table sessions add column passkey_question text;
alter table sessions add column passkey_asked_at bigint;
