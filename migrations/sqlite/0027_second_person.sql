-- What one member of staff wants to do and another decides about: credits given or taken, or money back,
-- above what one may move alone.

create table proposals (
    id             blob    primary key,
    kind           text    not null check (kind in ('give', 'take', 'refund')),
    customer_id    blob    not null references customers (id),
    transaction_id blob    references transactions (id),
    -- In credits, or in the currency's smallest unit.
    amount         integer not null check (amount > 0),
    currency       text    check (length(currency) = 3),
    -- What the gateway is told of a refund.
    word           text    check (word in ('duplicate', 'fraudulent', 'requested_by_customer')),
    -- What the customer reads of credits.
    note           text    check (length(note) > 0),
    -- When given credits run out.
    until          integer,
    reason         text    not null check (length(reason) > 0),
    -- Made when the form was shown: a second click asks nobody twice.
    key            text    not null,
    asked_by       blob    not null references people (id),
    asked_by_name  text    not null,
    created_at     integer not null,
    expires_at     integer not null,
    state          text    not null check (state in
        ('open', 'approved', 'refused', 'withdrawn', 'expired')),
    decided_by     blob    references people (id),
    decided_by_name text,
    decision       text,
    decided_at     integer,
    unique (customer_id, key),
    check ((kind = 'refund') = (transaction_id is not null)),
    check ((kind = 'refund') = (currency is not null)),
    check ((kind = 'refund') = (word is not null)),
    check ((kind = 'refund') = (note is null)),
    check (until is null or kind = 'give'),
    check ((state = 'open') = (decided_at is null)),
    check ((state in ('open', 'expired')) = (decided_by is null)),
    -- Nobody decides about what they want themselves; they may only take it back.
    check (state not in ('approved', 'refused') or decided_by <> asked_by),
    check (state <> 'withdrawn' or decided_by = asked_by)
) strict;
create index proposals_open on proposals (expires_at, id) where state = 'open';
create index proposals_of_customer on proposals (customer_id, id);
create index proposals_of_transaction on proposals (transaction_id) where transaction_id is not null;
create trigger proposals_fixed before update of
    id, kind, customer_id, transaction_id, amount, currency, word, note, until, reason, key, asked_by,
    asked_by_name, created_at, expires_at on proposals
begin select raise(abort, 'only what became of a proposal changes'); end;
create trigger proposals_decided_once before update on proposals when old.state <> 'open'
begin select raise(abort, 'a proposal is decided once'); end;
create trigger proposals_kept before delete on proposals
begin select raise(abort, 'proposals are kept'); end;
