-- What is on sale: the catalogue with the highest number. Another is put on sale by another row; a
-- number is given once, so of two who publish at the same moment one is first.

create table catalogues (
    number       bigint primary key check (number > 0),
    currency     text   not null check (length(currency) = 3),
    -- As the catalogue's file says them.
    trial        text,
    rules        text   not null,
    -- The file from which it was published when a server started.
    file         text,
    published_by text   not null,
    published_at bigint not null
);

-- What it sells, in its order: plans and packs, and codes.
create table catalogue_offers (
    catalogue bigint not null references catalogues (number),
    position  bigint not null,
    offer_id  uuid   not null references offers (id),
    primary key (catalogue, position),
    unique (catalogue, offer_id)
);
create table catalogue_coupons (
    catalogue bigint not null references catalogues (number),
    position  bigint not null,
    coupon_id uuid   not null references coupons (id),
    primary key (catalogue, position)
);

create trigger catalogues_fixed before update on catalogues
    for each statement execute function refuse('catalogues is append only');
create trigger catalogues_kept before delete or truncate on catalogues
    for each statement execute function refuse('catalogues is append only');
create trigger catalogue_offers_fixed before update on catalogue_offers
    for each statement execute function refuse('catalogue_offers is append only');
create trigger catalogue_offers_kept before delete or truncate on catalogue_offers
    for each statement execute function refuse('catalogue_offers is append only');
create trigger catalogue_coupons_fixed before update on catalogue_coupons
    for each statement execute function refuse('catalogue_coupons is append only');
create trigger catalogue_coupons_kept before delete or truncate on catalogue_coupons
    for each statement execute function refuse('catalogue_coupons is append only');

-- How often each version was sold.
create index orders_sold on orders (offer_id) where status = 'paid';
