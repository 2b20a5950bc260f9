-- One change of a plan at a time is what a customer can order. What the gateway tells of one that was
-- given up here is about that one, whatever was ordered since.
drop index transactions_one_change;
create unique index transactions_one_change on transactions (subscription_id)
    where kind = 'plan_change' and settled_at is null and order_id is not null;
