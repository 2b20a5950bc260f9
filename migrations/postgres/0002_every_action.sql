-- Room for every payment action: kinds of transactions that belong to no order and say themselves
-- what they are for, and accounts for credits that are frozen, owed or taken back. What was taken out of a lot can be given back to it,
-- as a negative use.

alter table transactions
    drop constraint transactions_kind_check,
    add constraint transactions_kind_check check (kind in
        ('purchase', 'subscription', 'renewal', 'plan_change', 'coupon', 'card_validation')),
    drop constraint transactions_credits_check,
    add constraint transactions_credits_check check (credits >= 0),
    alter column order_id drop not null,
    add column title text;
update transactions t set title = offers.name || ' pack'
    from orders join offers on offers.id = orders.offer_id where orders.id = t.order_id;
alter table transactions alter column title set not null;

alter table accounts
    drop constraint accounts_kind_check,
    add constraint accounts_kind_check check (kind in
        ('issued', 'available', 'frozen', 'debt', 'consumed', 'expired', 'clawed_back')),
    drop constraint accounts_check,
    add constraint accounts_check check (kind in ('issued', 'debt') or balance >= 0);

alter table lot_uses
    drop constraint lot_uses_amount_check,
    add constraint lot_uses_amount_check check (amount <> 0);
