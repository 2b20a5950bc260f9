-- What runs out soon is added up from the index alone.
drop index lots_due;
create index lots_due on lots (expires_at, remaining) where remaining > 0 and expires_at is not null;

-- The paid orders of an offer stand in an order, so that the first ones are counted from the index: without
-- one, PostgreSQL would rather look for them in the whole table.
drop index orders_sold;
create index orders_sold on orders (offer_id, id) where status = 'paid';

-- Those of a state by their amounts: few are cancelled, and their amounts may be any.
create index transactions_by_state_and_amount on transactions (state, amount, id);
