-- What staff did: who, when, from where, to what, why, and what it was before and after.

create table audit_log (
    id           blob    primary key,
    at           integer not null,
    -- None at the command line.
    person_id    blob    references people (id),
    name         text    not null,
    role         text    check (role in ('viewer', 'support', 'admin', 'owner')),
    address      text,
    action       text    not null,
    subject_kind text    not null,
    subject      text    not null,
    customer_id  blob    references customers (id),
    reason       text    not null,
    before       text    check (json_valid(before)),
    after        text    check (json_valid(after))
) strict;
create index audit_log_by_time on audit_log (at, id);
create index audit_log_by_name on audit_log (name, at, id);
create index audit_log_by_customer on audit_log (customer_id, at, id) where customer_id is not null;
create index audit_log_by_subject on audit_log (subject, at, id);
create index audit_log_by_action on audit_log (action, at, id);
create trigger audit_log_fixed before update on audit_log
begin select raise(abort, 'audit_log is append only'); end;
create trigger audit_log_kept before delete on audit_log
begin select raise(abort, 'audit_log is append only'); end;
