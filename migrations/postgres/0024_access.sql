-- Who is let in: staff by two factors, programs by their keys.

-- The app on a device of a member of staff that shows codes.
create table authenticators (
    person_id uuid primary key references people (id),
    secret    bytea not null check (length(secret) >= 16),
    -- The last 30 seconds whose code was used, counted from 1970: no code is used twice.
    last_step bigint not null,
    set_up_at bigint not null
);

-- Codes for whoever has lost that device. What is stored is their hashes; each works once.
create table recovery_codes (
    code_hash bytea primary key,
    person_id uuid not null references people (id),
    used_at   bigint
);
create index recovery_codes_person on recovery_codes (person_id);

-- When the second factor was given in it; and the secret of an app that is being set up in it.
alter table sessions add column second_factor_at bigint;
alter table sessions add column offered_secret bytea;

-- Staff are few among all who sign in.
create index people_staff on people (role) where role is not null;

-- To the minute.
alter table api_keys add column last_used_at bigint;
