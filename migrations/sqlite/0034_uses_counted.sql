-- The uses of a code that count stand in an order, too, as paid orders of an offer do since the last one.
drop index redemptions_coupon;
create index redemptions_counted on redemptions (coupon_id, id) where given_back_at is null;
