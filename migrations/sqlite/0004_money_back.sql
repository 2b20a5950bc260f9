-- Money that goes back: refunds, disputes, and warnings of them. A row says what it holds of the
-- credits that its payment granted, and the transfers that took them name the row.

create table refunds (
    id             blob    primary key,
    transaction_id blob    not null references transactions (id),
    gateway        text    not null,
    reference      text,
    -- Names our own wish; what was refunded at the gateway has none.
    request_key    text,
    amount         integer not null check (amount > 0),
    currency       text    not null check (length(currency) = 3),
    state          text    not null check (state in ('pending', 'succeeded', 'canceled', 'failed')),
    reason         text,
    failure        text,
    taken          integer not null check (taken >= 0),
    owed           integer not null check (owed >= 0),
    written_off    integer not null check (written_off >= 0),
    version        integer not null,
    happened_at    integer not null,
    next_check_at  integer,
    created_at     integer not null,
    updated_at     integer not null,
    unique (gateway, reference),
    unique (transaction_id, request_key),
    check (reference is not null or request_key is not null),
    check (state in ('pending', 'succeeded') or taken + owed + written_off = 0)
) strict;
create index refunds_check on refunds (next_check_at) where next_check_at is not null;
create index refunds_failed on refunds (updated_at) where state = 'failed';

create table refund_changes (
    refund_id   blob    not null references refunds (id),
    version     integer not null,
    state       text    not null,
    taken       integer not null,
    owed        integer not null,
    written_off integer not null,
    witness     text    not null,
    detail      text,
    at          integer not null,
    primary key (refund_id, version)
) strict, without rowid;

create table disputes (
    id             blob    primary key,
    transaction_id blob    not null references transactions (id),
    gateway        text    not null,
    reference      text    not null,
    amount         integer not null check (amount >= 0),
    currency       text    not null check (length(currency) = 3),
    state          text    not null check (state in
        ('inquiry', 'inquiry_closed', 'open', 'prevented', 'won', 'lost')),
    reason         text    not null,
    respond_by     integer,
    frozen         integer not null check (frozen >= 0),
    taken          integer not null check (taken >= 0),
    owed           integer not null check (owed >= 0),
    written_off    integer not null check (written_off >= 0),
    version        integer not null,
    happened_at    integer not null,
    next_check_at  integer,
    created_at     integer not null,
    updated_at     integer not null,
    unique (gateway, reference),
    check (state in ('inquiry', 'open') or frozen = 0),
    check (state = 'lost' or taken + owed + written_off = 0)
) strict;
create index disputes_transaction on disputes (transaction_id);
create index disputes_check on disputes (next_check_at) where next_check_at is not null;
create index disputes_open on disputes (happened_at) where state in ('inquiry', 'open');

create table dispute_changes (
    dispute_id  blob    not null references disputes (id),
    version     integer not null,
    state       text    not null,
    frozen      integer not null,
    taken       integer not null,
    owed        integer not null,
    written_off integer not null,
    witness     text    not null,
    detail      text,
    at          integer not null,
    primary key (dispute_id, version)
) strict, without rowid;

create table fraud_warnings (
    id             blob    primary key,
    transaction_id blob    not null references transactions (id),
    gateway        text    not null,
    reference      text    not null,
    kind           text    not null,
    happened_at    integer not null,
    created_at     integer not null,
    unique (gateway, reference)
) strict;
create index fraud_warnings_transaction on fraud_warnings (transaction_id);

-- The payment behind a transaction, where that is known by another id: the invoice of a plan.
create table payments (
    gateway        text    not null,
    reference      text    not null,
    transaction_id blob    not null references transactions (id),
    created_at     integer not null,
    primary key (gateway, reference)
) strict, without rowid;
create index payments_transaction on payments (transaction_id);

-- On whose behalf credits moved.
alter table transfers add column refund_id blob references refunds (id);
alter table transfers add column dispute_id blob references disputes (id)
    check (dispute_id is null or refund_id is null);
create index transfers_refund on transfers (refund_id) where refund_id is not null;
create index transfers_dispute on transfers (dispute_id) where dispute_id is not null;

-- What refunds and disputes hold of the credits that one payment granted, never more than it did.
create view claims as
    select transaction_id, taken + owed + written_off as credits from refunds
    union all
    select transaction_id, frozen + taken + owed + written_off as credits from disputes;

create trigger refunds_begin_within after insert on refunds
begin
    select raise(abort, 'more credits are taken back than were granted')
    where (select sum(credits) from claims where transaction_id = new.transaction_id)
        > (select coalesce(sum(lots.granted), 0) from lots
           join transfers on transfers.id = lots.transfer_id
           where transfers.transaction_id = new.transaction_id);
end;
create trigger refunds_stay_within after update of taken, owed, written_off on refunds
begin
    select raise(abort, 'more credits are taken back than were granted')
    where (select sum(credits) from claims where transaction_id = new.transaction_id)
        > (select coalesce(sum(lots.granted), 0) from lots
           join transfers on transfers.id = lots.transfer_id
           where transfers.transaction_id = new.transaction_id);
end;
create trigger disputes_begin_within after insert on disputes
begin
    select raise(abort, 'more credits are taken back than were granted')
    where (select sum(credits) from claims where transaction_id = new.transaction_id)
        > (select coalesce(sum(lots.granted), 0) from lots
           join transfers on transfers.id = lots.transfer_id
           where transfers.transaction_id = new.transaction_id);
end;
create trigger disputes_stay_within after update of frozen, taken, owed, written_off on disputes
begin
    select raise(abort, 'more credits are taken back than were granted')
    where (select sum(credits) from claims where transaction_id = new.transaction_id)
        > (select coalesce(sum(lots.granted), 0) from lots
           join transfers on transfers.id = lots.transfer_id
           where transfers.transaction_id = new.transaction_id);
end;

-- A customer may owe credits; nobody is owed any.
create trigger accounts_owe before update of balance on accounts
when new.kind in ('issued', 'debt') and new.balance > 0
begin select raise(abort, 'what is issued or owed is never above zero'); end;

create trigger refunds_fixed before update of
    id, transaction_id, gateway, request_key, amount, currency, created_at on refunds
begin select raise(abort, 'only what became of a refund changes'); end;
create trigger refunds_known before update of reference on refunds
when old.reference is not null and old.reference <> new.reference
begin select raise(abort, 'a refund has one reference for ever'); end;
create trigger refunds_kept before delete on refunds
begin select raise(abort, 'refunds are never deleted'); end;

create trigger disputes_fixed before update of
    id, transaction_id, gateway, reference, created_at on disputes
begin select raise(abort, 'only what became of a dispute changes'); end;
create trigger disputes_kept before delete on disputes
begin select raise(abort, 'disputes are never deleted'); end;

create trigger refund_changes_fixed before update on refund_changes
begin select raise(abort, 'refund_changes is append only'); end;
create trigger refund_changes_kept before delete on refund_changes
begin select raise(abort, 'refund_changes is append only'); end;

create trigger dispute_changes_fixed before update on dispute_changes
begin select raise(abort, 'dispute_changes is append only'); end;
create trigger dispute_changes_kept before delete on dispute_changes
begin select raise(abort, 'dispute_changes is append only'); end;

create trigger fraud_warnings_fixed before update on fraud_warnings
begin select raise(abort, 'fraud_warnings is append only'); end;
create trigger fraud_warnings_kept before delete on fraud_warnings
begin select raise(abort, 'fraud_warnings is append only'); end;

create trigger payments_fixed before update on payments
begin select raise(abort, 'payments is append only'); end;
create trigger payments_kept before delete on payments
begin select raise(abort, 'payments is append only'); end;
