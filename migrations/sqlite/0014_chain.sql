-- Every customer's transfers are a chain of hashes, and checkpoints hash all that was written.

-- Those from before have none; the chain begins behind them.
alter table transfers add column hash blob check (length(hash) = 32);
create trigger transfers_chained before insert on transfers when new.hash is null
begin select raise(abort, 'a transfer is part of a chain'); end;

create table checkpoints (
    number     integer primary key check (number > 0),
    -- It covers the transfers with ids up to here and after the checkpoint before.
    upto       blob    not null unique,
    transfers  integer not null check (transfers > 0),
    hash       blob    not null check (length(hash) = 32),
    created_at integer not null
) strict;
create trigger checkpoints_fixed before update on checkpoints
begin select raise(abort, 'checkpoints is append only'); end;
create trigger checkpoints_kept before delete on checkpoints
begin select raise(abort, 'checkpoints is append only'); end;
