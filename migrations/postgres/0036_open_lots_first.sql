-- Lots with something left are found among those alone, however many a customer used up. With more columns
-- than this one, the index of all lots looked to SQLite like the shorter way.
drop index lots_open;
create index lots_open on lots (customer_id) where remaining > 0;
