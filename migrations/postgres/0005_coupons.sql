-- Coupons, what was redeemed of them, and the numbers of documents.

-- What a code brought and brings. A version never changes. `offers` are keys, with a space between;
-- none means every pack.
create table coupons (
    id                uuid    primary key,
    code              text    not null check (code = upper(code)),
    version           bigint not null check (version > 0),
    name              text    not null,
    credits           bigint check (credits > 0),
    expire_after_days bigint check (expire_after_days > 0),
    percent_off       bigint check (percent_off between 1 and 100),
    amount_off        bigint check (amount_off > 0),
    currency          text    check (length(currency) = 3),
    per_customer      bigint check (per_customer > 0),
    total             bigint check (total > 0),
    until             bigint,
    offers            text    not null,
    created_at        bigint not null,
    unique (code, version),
    check (1 = case when credits     is null then 0 else 1 end
             + case when percent_off is null then 0 else 1 end
             + case when amount_off  is null then 0 else 1 end),
    check (expire_after_days is null or credits is not null),
    check ((amount_off is null) = (currency is null))
);

-- How often a code is in use, and how often it may be: by everybody, and by each customer. Two who
-- want the last use meet in the same row.
create table coupon_uses (
    code text    primary key,
    used bigint not null check (used >= 0),
    most bigint,
    check (most is null or used <= most)
);
create table coupon_customer_uses (
    code        text    not null,
    customer_id uuid    not null references customers (id),
    used        bigint not null check (used >= 0),
    most        bigint,
    primary key (code, customer_id),
    check (most is null or used <= most)
);

-- One use of a coupon by a customer, and what it did to the price of its transaction. It counts
-- until it is given back, which an order that nobody pays does.
create table redemptions (
    id             uuid    primary key,
    coupon_id      uuid    not null references coupons (id),
    customer_id    uuid    not null references customers (id),
    transaction_id uuid    not null references transactions (id),
    list_price     bigint not null check (list_price >= 0),
    discount       bigint not null check (discount between 0 and list_price),
    key            text,
    created_at     bigint not null,
    given_back_at  bigint,
    unique (customer_id, key)
);
create unique index redemptions_one_each on redemptions (transaction_id)
    where given_back_at is null;
create index redemptions_coupon on redemptions (coupon_id);

-- The last number given in each year, and what was given. Numbers are taken in the commit that
-- settles, so that none is missing and none is there twice.
create table document_years (
    year bigint primary key,
    last bigint not null check (last > 0)
);
create table documents (
    id             uuid    primary key,
    year           bigint not null,
    number         bigint not null check (number > 0),
    kind           text    not null check (kind in ('receipt')),
    transaction_id uuid    not null references transactions (id),
    card_brand     text,
    card_last4     text    check (length(card_last4) = 4),
    issued_at      bigint not null,
    unique (year, number),
    unique (transaction_id, kind),
    check ((card_brand is null) = (card_last4 is null))
);

-- What was paid before gets its numbers now.
insert into documents (id, year, number, kind, transaction_id, issued_at)
    select gen_random_uuid(), year, row_number() over (partition by year order by settled_at, id),
           'receipt', id, settled_at
    from (select id, settled_at,
                 extract(year from to_timestamp(settled_at / 1000000) at time zone 'UTC')::bigint as year
          from transactions where state = 'succeeded') paid;
insert into document_years (year, last) select year, max(number) from documents group by year;

create trigger coupons_fixed before update on coupons
    for each statement execute function refuse('a sold version never changes');
create trigger coupons_kept before delete or truncate on coupons
    for each statement execute function refuse('a sold version never changes');

create trigger redemptions_fixed before update of
    id, coupon_id, customer_id, transaction_id, list_price, discount, key, created_at on redemptions
    for each statement execute function refuse('a redemption is given back, and not changed');
create trigger redemptions_kept before delete or truncate on redemptions
    for each statement execute function refuse('redemptions is append only');

create trigger documents_fixed before update of
    id, year, number, kind, transaction_id, issued_at on documents
    for each statement execute function refuse('a document keeps its number');
create trigger documents_kept before delete or truncate on documents
    for each statement execute function refuse('documents is append only');
