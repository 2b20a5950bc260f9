-- Coupons, what was redeemed of them, and the numbers of documents.

-- What a code brought and brings. A version never changes. `offers` are keys, with a space between;
-- none means every pack.
create table coupons (
    id                blob    primary key,
    code              text    not null check (code = upper(code)),
    version           integer not null check (version > 0),
    name              text    not null,
    credits           integer check (credits > 0),
    expire_after_days integer check (expire_after_days > 0),
    percent_off       integer check (percent_off between 1 and 100),
    amount_off        integer check (amount_off > 0),
    currency          text    check (length(currency) = 3),
    per_customer      integer check (per_customer > 0),
    total             integer check (total > 0),
    until             integer,
    offers            text    not null,
    created_at        integer not null,
    unique (code, version),
    check (1 = case when credits     is null then 0 else 1 end
             + case when percent_off is null then 0 else 1 end
             + case when amount_off  is null then 0 else 1 end),
    check (expire_after_days is null or credits is not null),
    check ((amount_off is null) = (currency is null))
) strict;

-- How often a code is in use, and how often it may be: by everybody, and by each customer. Two who
-- want the last use meet in the same row.
create table coupon_uses (
    code text    primary key,
    used integer not null check (used >= 0),
    most integer,
    check (most is null or used <= most)
) strict;
create table coupon_customer_uses (
    code        text    not null,
    customer_id blob    not null references customers (id),
    used        integer not null check (used >= 0),
    most        integer,
    primary key (code, customer_id),
    check (most is null or used <= most)
) strict, without rowid;

-- One use of a coupon by a customer, and what it did to the price of its transaction. It counts
-- until it is given back, which an order that nobody pays does.
create table redemptions (
    id             blob    primary key,
    coupon_id      blob    not null references coupons (id),
    customer_id    blob    not null references customers (id),
    transaction_id blob    not null references transactions (id),
    list_price     integer not null check (list_price >= 0),
    discount       integer not null check (discount between 0 and list_price),
    key            text,
    created_at     integer not null,
    given_back_at  integer,
    unique (customer_id, key)
) strict;
create unique index redemptions_one_each on redemptions (transaction_id)
    where given_back_at is null;
create index redemptions_coupon on redemptions (coupon_id);

-- The last number given in each year, and what was given. Numbers are taken in the commit that
-- settles, so that none is missing and none is there twice.
create table document_years (
    year integer primary key,
    last integer not null check (last > 0)
) strict;
create table documents (
    id             blob    primary key,
    year           integer not null,
    number         integer not null check (number > 0),
    kind           text    not null check (kind in ('receipt')),
    transaction_id blob    not null references transactions (id),
    card_brand     text,
    card_last4     text    check (length(card_last4) = 4),
    issued_at      integer not null,
    unique (year, number),
    unique (transaction_id, kind),
    check ((card_brand is null) = (card_last4 is null))
) strict;

-- What was paid before gets its numbers now.
insert into documents (id, year, number, kind, transaction_id, issued_at)
    select randomblob(16), year, row_number() over (partition by year order by settled_at, id),
           'receipt', id, settled_at
    from (select id, settled_at,
                 cast(strftime('%Y', settled_at / 1000000, 'unixepoch') as integer) as year
          from transactions where state = 'succeeded') paid;
insert into document_years (year, last) select year, max(number) from documents group by year;

create trigger coupons_fixed before update on coupons
begin select raise(abort, 'a sold version never changes'); end;
create trigger coupons_kept before delete on coupons
begin select raise(abort, 'a sold version never changes'); end;

create trigger redemptions_fixed before update of
    id, coupon_id, customer_id, transaction_id, list_price, discount, key, created_at on redemptions
begin select raise(abort, 'a redemption is given back, and not changed'); end;
create trigger redemptions_kept before delete on redemptions
begin select raise(abort, 'redemptions is append only'); end;

create trigger documents_fixed before update of
    id, year, number, kind, transaction_id, issued_at on documents
begin select raise(abort, 'a document keeps its number'); end;
create trigger documents_kept before delete on documents
begin select raise(abort, 'documents is append only'); end;
