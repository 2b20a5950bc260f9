-- Reconciliation: what a gateway says it did, compared with what is written here. A run and what it
-- found are kept; so is what the gateway took of each payment, and how it was paid out.

create table reconciliations (
    id          uuid    primary key,
    gateway     text    not null,
    source      text    not null check (source in ('api', 'file')),
    -- The file's name, and the hash of all that is in it.
    file        text,
    hash        text,
    -- Of which time, from the first moment and before the second. A file alone may have none.
    from_at     bigint,
    to_at       bigint,
    -- Whether what is found is acted on.
    applies     boolean not null,
    started_by  text    not null,
    stage       text    not null check (stage in ('charges', 'refunds', 'disputes', 'payouts', 'file',
        'orders', 'known_refunds', 'known_disputes', 'acting', 'finished')),
    -- How far the stage has come.
    cursor      text    not null default '',
    lines       bigint  not null default 0 check (lines >= 0),
    unreadable  bigint  not null default 0 check (unreadable >= 0),
    created_at  bigint  not null,
    updated_at  bigint  not null,
    finished_at bigint,
    check ((source = 'file') = (file is not null)),
    check ((file is null) = (hash is null)),
    check (source = 'file' or from_at is not null),
    check ((from_at is null) = (to_at is null)),
    check (from_at < to_at),
    check ((finished_at is not null) = (stage = 'finished'))
);
-- Who begins the same again goes on with it.
create unique index reconciliations_one_unfinished on reconciliations
    (gateway, source, coalesce(hash, ''), coalesce(from_at, 0), coalesce(to_at, 0), applies)
    where finished_at is null;
create index reconciliations_finished on reconciliations (finished_at) where finished_at is not null;
create trigger reconciliations_fixed before update of
    id, gateway, source, file, hash, from_at, to_at, applies, started_by, created_at
    on reconciliations
    for each statement execute function refuse('only how far a reconciliation has come changes');
create trigger reconciliations_kept before delete or truncate on reconciliations
    for each statement execute function refuse('reconciliations are kept');

-- Lines of a file that say nothing that we understand.
create table unreadable_lines (
    reconciliation_id uuid    not null references reconciliations (id),
    line              bigint  not null,
    problem           text    not null,
    primary key (reconciliation_id, line)
);

-- What differs. The subject is the gateway's id of it, or ours where the gateway knows none; the same
-- is found once, however many runs meet it.
create table findings (
    id             uuid    primary key,
    gateway        text    not null,
    class          text    not null check (class in ('paid_not_settled', 'settled_not_paid',
        'payment_without_order', 'order_without_payment', 'duplicate_payment', 'amount_differs',
        'credits_differ', 'fee_differs', 'refund_not_known', 'refund_not_there',
        'dispute_not_known', 'dispute_not_there', 'payout_differs')),
    subject        text    not null,
    -- Whose payment it is about.
    payment        text,
    transaction_id uuid    references transactions (id),
    amount         bigint,
    currency       text    check (length(currency) = 3),
    detail         text    not null,
    happened_at    bigint  not null,
    found_by       uuid    not null references reconciliations (id),
    -- The latest run that met it.
    seen_by        uuid    not null references reconciliations (id),
    state          text    not null check (state in ('open', 'held', 'done')),
    action         text    check (action in ('settle', 'refund', 'reverse', 'hold', 'leave')),
    -- What came of it, and who wished it.
    outcome        text,
    acted_by       text,
    acted_at       bigint,
    -- Why it did not work so far.
    trouble        text,
    version        bigint  not null default 1,
    created_at     bigint  not null,
    unique (gateway, class, subject),
    check ((amount is null) = (currency is null)),
    check ((state = 'open') = (acted_at is null)),
    check ((acted_at is null) = (acted_by is null)),
    check ((acted_at is null) = (outcome is null)),
    check (state <> 'held' or action = 'hold')
);
create index findings_open on findings (class, id) where state <> 'done';
create index findings_transaction on findings (transaction_id) where transaction_id is not null;
create trigger findings_fixed before update of
    id, gateway, class, subject, payment, transaction_id, happened_at, found_by, created_at
    on findings
    for each statement execute function refuse('only what became of a finding changes');
create trigger findings_done before update of state, action, outcome, acted_by, acted_at on findings
    for each row when (old.state = 'done') execute function refuse('what was done stays done');
create trigger findings_kept before delete or truncate on findings
    for each statement execute function refuse('findings are kept');

-- Which run met what.
create table met_findings (
    reconciliation_id uuid    not null references reconciliations (id),
    class             text    not null,
    finding_id        uuid    not null references findings (id),
    primary key (reconciliation_id, class, finding_id)
);
create trigger met_findings_fixed before update on met_findings
    for each statement execute function refuse('met_findings is append only');
create trigger met_findings_kept before delete or truncate on met_findings
    for each statement execute function refuse('met_findings is append only');

-- What the gateway's own books say of our payments, refunds and disputes, line by line: what came in
-- or went out, what it took for that, and in which payout that arrived.
create table earnings (
    transaction_id uuid    not null references transactions (id),
    -- The gateway's id of the line, and of what it is about.
    line           text    not null,
    reference      text    not null,
    gateway        text    not null,
    kind           text    not null check (kind in ('payment', 'refund', 'dispute')),
    amount         bigint  not null,
    currency       text    not null check (length(currency) = 3),
    -- In the currency in which the gateway pays out.
    fee            bigint  not null,
    fee_currency   text    not null check (length(fee_currency) = 3),
    payout         text,
    happened_at    bigint  not null,
    primary key (transaction_id, line)
);
create index earnings_payout on earnings (gateway, payout) where payout is not null;
create trigger earnings_known before update of payout on earnings
    for each row when (old.payout is not null and old.payout is distinct from new.payout) execute function refuse('what was paid out is paid out once');
create trigger earnings_fixed before update of
    transaction_id, line, reference, gateway, kind, amount, currency, fee, fee_currency, happened_at
    on earnings
    for each statement execute function refuse('only the payout of an earning becomes known later');
create trigger earnings_kept before delete or truncate on earnings
    for each statement execute function refuse('earnings are kept');

-- What the gateway paid to our bank, and what its lines add up to.
create table payouts (
    gateway    text    not null,
    reference  text    not null,
    amount     bigint  not null,
    contains   bigint  not null,
    lines      bigint  not null check (lines >= 0),
    currency   text    not null check (length(currency) = 3),
    status     text    not null,
    arrives_at bigint  not null,
    primary key (gateway, reference)
);
create trigger payouts_kept before delete or truncate on payouts
    for each statement execute function refuse('payouts are kept');

-- When money came, to compare what came in a period.
create index transactions_paid on transactions (settled_at, id) where state = 'succeeded';
