-- Kinds differ in their amounts, as codes cost nothing and packs something: so who looks for one of them by
-- amount goes through an index of its own, and not through all others first.
create index transactions_by_kind_and_amount on transactions (kind, amount, id);
