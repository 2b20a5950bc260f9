-- When everything personal was taken out of an old event. Until then it stands as it came.
alter table inbox add column plain_since integer;
create index inbox_personal on inbox (received_at) where plain_since is null;
