-- Money that goes back: refunds, disputes, and warnings of them. A row says what it holds of the
-- credits that its payment granted, and the transfers that took them name the row.

create table refunds (
    id             uuid    primary key,
    transaction_id uuid    not null references transactions (id),
    gateway        text    not null,
    reference      text,
    -- Names our own wish; what was refunded at the gateway has none.
    request_key    text,
    amount         bigint not null check (amount > 0),
    currency       text    not null check (length(currency) = 3),
    state          text    not null check (state in ('pending', 'succeeded', 'canceled', 'failed')),
    reason         text,
    failure        text,
    taken          bigint not null check (taken >= 0),
    owed           bigint not null check (owed >= 0),
    written_off    bigint not null check (written_off >= 0),
    version        bigint not null,
    happened_at    bigint not null,
    next_check_at  bigint,
    created_at     bigint not null,
    updated_at     bigint not null,
    unique (gateway, reference),
    unique (transaction_id, request_key),
    check (reference is not null or request_key is not null),
    check (state in ('pending', 'succeeded') or taken + owed + written_off = 0)
);
create index refunds_check on refunds (next_check_at) where next_check_at is not null;
create index refunds_failed on refunds (updated_at) where state = 'failed';

create table refund_changes (
    refund_id   uuid    not null references refunds (id),
    version     bigint not null,
    state       text    not null,
    taken       bigint not null,
    owed        bigint not null,
    written_off bigint not null,
    witness     text    not null,
    detail      text,
    at          bigint not null,
    primary key (refund_id, version)
);

create table disputes (
    id             uuid    primary key,
    transaction_id uuid    not null references transactions (id),
    gateway        text    not null,
    reference      text    not null,
    amount         bigint not null check (amount >= 0),
    currency       text    not null check (length(currency) = 3),
    state          text    not null check (state in
        ('inquiry', 'inquiry_closed', 'open', 'prevented', 'won', 'lost')),
    reason         text    not null,
    respond_by     bigint,
    frozen         bigint not null check (frozen >= 0),
    taken          bigint not null check (taken >= 0),
    owed           bigint not null check (owed >= 0),
    written_off    bigint not null check (written_off >= 0),
    version        bigint not null,
    happened_at    bigint not null,
    next_check_at  bigint,
    created_at     bigint not null,
    updated_at     bigint not null,
    unique (gateway, reference),
    check (state in ('inquiry', 'open') or frozen = 0),
    check (state = 'lost' or taken + owed + written_off = 0)
);
create index disputes_transaction on disputes (transaction_id);
create index disputes_check on disputes (next_check_at) where next_check_at is not null;
create index disputes_open on disputes (happened_at) where state in ('inquiry', 'open');

create table dispute_changes (
    dispute_id  uuid    not null references disputes (id),
    version     bigint not null,
    state       text    not null,
    frozen      bigint not null,
    taken       bigint not null,
    owed        bigint not null,
    written_off bigint not null,
    witness     text    not null,
    detail      text,
    at          bigint not null,
    primary key (dispute_id, version)
);

create table fraud_warnings (
    id             uuid    primary key,
    transaction_id uuid    not null references transactions (id),
    gateway        text    not null,
    reference      text    not null,
    kind           text    not null,
    happened_at    bigint not null,
    created_at     bigint not null,
    unique (gateway, reference)
);
create index fraud_warnings_transaction on fraud_warnings (transaction_id);

-- The payment behind a transaction, where that is known by another id: the invoice of a plan.
create table payments (
    gateway        text    not null,
    reference      text    not null,
    transaction_id uuid    not null references transactions (id),
    created_at     bigint not null,
    primary key (gateway, reference)
);
create index payments_transaction on payments (transaction_id);

-- On whose behalf credits moved.
alter table transfers
    add column refund_id uuid references refunds (id),
    add column dispute_id uuid references disputes (id),
    add check (dispute_id is null or refund_id is null);
create index transfers_refund on transfers (refund_id) where refund_id is not null;
create index transfers_dispute on transfers (dispute_id) where dispute_id is not null;

-- What refunds and disputes hold of the credits that one payment granted, never more than it did.
create view claims as
    select transaction_id, taken + owed + written_off as credits from refunds
    union all
    select transaction_id, frozen + taken + owed + written_off as credits from disputes;

create function claims_within() returns trigger language plpgsql as $$
begin
    if (select sum(credits) from claims where transaction_id = new.transaction_id)
     > (select coalesce(sum(lots.granted), 0) from lots
        join transfers on transfers.id = lots.transfer_id
        where transfers.transaction_id = new.transaction_id) then
        raise exception 'more credits are taken back than were granted';
    end if;
    return null;
end
$$;
create trigger refunds_within after insert or update of taken, owed, written_off on refunds
    for each row execute function claims_within();
create trigger disputes_within
    after insert or update of frozen, taken, owed, written_off on disputes
    for each row execute function claims_within();

-- A customer may owe credits; nobody is owed any.
alter table accounts add constraint accounts_owe
    check (kind not in ('issued', 'debt') or balance <= 0);

create trigger refunds_fixed before update of
    id, transaction_id, gateway, request_key, amount, currency, created_at on refunds
    for each statement execute function refuse('only what became of a refund changes');
create trigger refunds_known before update of reference on refunds
    for each row when (old.reference is not null and old.reference <> new.reference)
    execute function refuse('a refund has one reference for ever');
create trigger refunds_kept before delete or truncate on refunds
    for each statement execute function refuse('refunds are never deleted');

create trigger disputes_fixed before update of
    id, transaction_id, gateway, reference, created_at on disputes
    for each statement execute function refuse('only what became of a dispute changes');
create trigger disputes_kept before delete or truncate on disputes
    for each statement execute function refuse('disputes are never deleted');

create trigger refund_changes_fixed before update on refund_changes
    for each statement execute function refuse('refund_changes is append only');
create trigger refund_changes_kept before delete or truncate on refund_changes
    for each statement execute function refuse('refund_changes is append only');

create trigger dispute_changes_fixed before update on dispute_changes
    for each statement execute function refuse('dispute_changes is append only');
create trigger dispute_changes_kept before delete or truncate on dispute_changes
    for each statement execute function refuse('dispute_changes is append only');

create trigger fraud_warnings_fixed before update on fraud_warnings
    for each statement execute function refuse('fraud_warnings is append only');
create trigger fraud_warnings_kept before delete or truncate on fraud_warnings
    for each statement execute function refuse('fraud_warnings is append only');

create trigger payments_fixed before update on payments
    for each statement execute function refuse('payments is append only');
create trigger payments_kept before delete or truncate on payments
    for each statement execute function refuse('payments is append only');
