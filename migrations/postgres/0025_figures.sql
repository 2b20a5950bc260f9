-- What happened on each day, for those who watch the whole: figures of days that are over, and how long
-- customers and events took.

-- A day in UTC is written down once, some hours after it is over. 'closed' says that it was, whatever
-- else there is of it.
create table day_figures (
    -- Since 1970.
    day      bigint  not null,
    figure   text    not null check (figure in ('closed', 'revenue', 'payments', 'declined', 'refunded',
        'customers', 'plans_begun', 'plans_ended')),
    -- Of amounts, in the smallest unit; of counts it is empty.
    currency text    not null check (length(currency) = 3 or currency = ''),
    value    bigint  not null,
    primary key (day, figure, currency)
);
create trigger day_figures_fixed before update on day_figures
    for each statement execute function refuse('a day that is over stays as it was');
create trigger day_figures_kept before delete or truncate on day_figures
    for each statement execute function refuse('a day that is over stays as it was');

-- What happened when, for the days that are not written down.
create index transactions_sold on transactions (settled_at, currency, amount)
    where state = 'succeeded' and amount > 0;
create index transaction_changes_failed on transaction_changes (at) where state = 'failed';
create index refund_changes_time on refund_changes (at);
create index subscription_changes_time on subscription_changes (at);

-- How many took no longer than that, and longer than the bound before it.
create table delays (
    day   bigint  not null,
    what  text    not null check (what in ('payment_to_credit', 'webhook')),
    up_to bigint  not null,
    count bigint  not null check (count > 0),
    primary key (day, what, up_to)
);
create trigger delays_kept before delete or truncate on delays
    for each statement execute function refuse('delays are kept');
