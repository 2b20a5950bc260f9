-- What was sold is found by when it settled. Written so, the state does not make the index of states look like
-- the better way: nearly all transactions succeed, and SQLite does not know.
drop index transactions_sold;
create index transactions_sold on transactions (settled_at, currency, amount)
    where (state = 'succeeded') is true and amount > 0;

-- What ran out of a lot is found by whose it is, and not among all that was ever spent of any lot.
create index transfers_expiry on transfers (customer_id) where reason = 'expiry';

-- Why the last delivery to an endpoint was in vain, among all that were not.
create index deliveries_in_vain on deliveries (endpoint_id, event_id) where error is not null;

-- All lots that a customer ever had, for whoever explains a balance.
create index lots_by_customer on lots (customer_id, transfer_id);

-- Mails that need a person, among all that were ever sent.
create index outbox_in_trouble on outbox (created_at)
    where status = 'given_up' or (status = 'owed' and error is not null);
