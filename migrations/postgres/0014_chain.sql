-- Every customer's transfers are a chain of hashes, and checkpoints hash all that was written.

-- Those from before have none; the chain begins behind them.
alter table transfers add column hash bytea check (length(hash) = 32);
create trigger transfers_chained before insert on transfers
    for each row when (new.hash is null) execute function refuse('a transfer is part of a chain');

create table checkpoints (
    number     bigint  primary key check (number > 0),
    -- It covers the transfers with ids up to here and after the checkpoint before.
    upto       uuid    not null unique,
    transfers  bigint  not null check (transfers > 0),
    hash       bytea   not null check (length(hash) = 32),
    created_at bigint  not null
);
create trigger checkpoints_fixed before update on checkpoints
    for each statement execute function refuse('checkpoints is append only');
create trigger checkpoints_kept before delete or truncate on checkpoints
    for each statement execute function refuse('checkpoints is append only');
