-- What is on sale: the catalogue with the highest number. Another is put on sale by another row; a
-- number is given once, so of two who publish at the same moment one is first.

create table catalogues (
    number       integer primary key check (number > 0),
    currency     text    not null check (length(currency) = 3),
    -- As the catalogue's file says them.
    trial        text    check (json_valid(trial)),
    rules        text    not null check (json_valid(rules)),
    -- The file from which it was published when a server started.
    file         text,
    published_by text    not null,
    published_at integer not null
) strict;

-- What it sells, in its order: plans and packs, and codes.
create table catalogue_offers (
    catalogue integer not null references catalogues (number),
    position  integer not null,
    offer_id  blob    not null references offers (id),
    primary key (catalogue, position),
    unique (catalogue, offer_id)
) strict, without rowid;
create table catalogue_coupons (
    catalogue integer not null references catalogues (number),
    position  integer not null,
    coupon_id blob    not null references coupons (id),
    primary key (catalogue, position)
) strict, without rowid;

create trigger catalogues_fixed before update on catalogues
begin select raise(abort, 'catalogues is append only'); end;
create trigger catalogues_kept before delete on catalogues
begin select raise(abort, 'catalogues is append only'); end;
create trigger catalogue_offers_fixed before update on catalogue_offers
begin select raise(abort, 'catalogue_offers is append only'); end;
create trigger catalogue_offers_kept before delete on catalogue_offers
begin select raise(abort, 'catalogue_offers is append only'); end;
create trigger catalogue_coupons_fixed before update on catalogue_coupons
begin select raise(abort, 'catalogue_coupons is append only'); end;
create trigger catalogue_coupons_kept before delete on catalogue_coupons
begin select raise(abort, 'catalogue_coupons is append only'); end;

-- How often each version was sold.
create index orders_sold on orders (offer_id) where status = 'paid';
