-- Which server does what is done again and again for all, and until when it is believed to.
create table leases (
    name   text    primary key,
    holder blob    not null,
    until  integer not null
) strict;
